#pragma once

#include <functional>
#include <systemc>
#include <utility>

namespace spinvp {

/// Wires the chip's interrupt to a system whose models call functions instead of driving signals: `changed` is called
/// with the level whenever it changes, from a method process, so it must not wait.
///
///     IrqCallback interrupt{"interrupt", [this](bool level) { controller_.set_line(5, level); }};
///     chip.irq.bind(interrupt.irq);
class IrqCallback : public sc_core::sc_module {
 public:
  sc_core::sc_signal<bool> irq{"irq"};  ///< bind the chip's port to it

  IrqCallback(sc_core::sc_module_name name, std::function<void(bool)> changed)
      : sc_module(name), changed_(std::move(changed)) {}

 private:
  // Processes are made as the simulation begins, so that a module can be destroyed before.
  void before_end_of_elaboration() override {
    SC_HAS_PROCESS(IrqCallback);
    SC_METHOD(report);
    sensitive << irq;
    dont_initialize();
  }
  void report() { changed_(irq.read()); }

  const std::function<void(bool)> changed_;
};

}  // namespace spinvp
