#pragma once

#include <cstdint>
#include <vector>

#include "platform/register_device.h"

namespace spinvp::platform {

/// Interrupt controller for one hart in machine mode, as the RISC-V PLIC specification lays it out (context 0):
///   0x0 + 4 id priority · 0x1000 pending · 0x2000 enable · 0x200000 threshold · 0x200004 claim/complete
/// Sources are levels: a source that is still high when its handler completes is pending again. The highest priority
/// wins, then the lowest number; priority 0 never interrupts.
class Plic : public RegisterDevice {
 public:
  sc_core::sc_vector<sc_core::sc_in<bool>> sources;  ///< [id - 1]: source 0 does not exist
  sc_core::sc_out<bool> irq{"irq"};

  static constexpr unsigned max_sources = 1023;
  static constexpr std::uint32_t max_priority = 7;

  /// InputError when `source_count` is not in 1..1023.
  Plic(sc_core::sc_module_name name, unsigned source_count);

 private:
  struct Source {
    std::uint32_t priority = 0;
    bool enabled = false;
    bool pending = false;
    bool in_service = false;  ///< claimed, not completed: the gateway is closed
  };

  void declare_registers();
  void sample_sources();  ///< method process
  void drive_irq();       ///< method process: the only writer of the line
  void open_gateway(unsigned id);
  unsigned best_candidate() const;  ///< 0: none
  std::uint32_t claim();
  void complete(std::uint32_t id);

  std::vector<Source> state_;  ///< [id], 0 unused
  std::uint32_t threshold_ = 0;
  sc_core::sc_event changed_;
};

}  // namespace spinvp::platform
