#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/tlm_quantumkeeper.h>

#include <cstdint>
#include <optional>
#include <systemc>
#include <tlm>
#include <vector>

#include "platform/cpu/core_bus.h"
#include "platform/cpu/cpu_debugger.h"
#include "platform/cpu/cpu_observer.h"
#include "platform/cpu/rv32_core.h"

namespace spinvp::platform {

struct CpuConfig {
  sc_core::sc_time clock_period;  ///< not zero
  std::uint32_t reset_pc = 0;
  std::uint32_t hart_id = 0;
  sc_core::sc_time quantum;    ///< how far the CPU may run ahead; less than a clock period: not at all
  bool data_over_bus = false;  ///< each load and store is a transaction; direct memory serves fetches only
};

/// An RV32IMAC hart on a TLM-2.0 bus, loosely timed.
///
/// Time: one clock cycle an instruction, plus the delays that bus targets annotate, rounded up to whole cycles; DMI
/// accesses cost nothing extra. So local time is always mcycle * clock_period, sleep included. The CPU runs ahead of
/// simulated time by at most a quantum and catches up before each access that is not DMI. After such a data access it
/// lets its own cycle pass, so that an interrupt line that the access changed has settled when the next instruction
/// begins. In WFI it waits for the interrupt lines only and wakes at the next clock edge. Where the bus refuses the
/// trap handler's own instructions the CPU would take the same trap for ever: it stops instead, so that the simulation
/// can end.
class Cpu : public sc_core::sc_module, private CoreBus {
 public:
  tlm_utils::simple_initiator_socket<Cpu> bus{"bus"};
  sc_core::sc_in<bool> software_irq{"software_irq"};  ///< mip.MSIP
  sc_core::sc_in<bool> timer_irq{"timer_irq"};        ///< mip.MTIP
  sc_core::sc_in<bool> external_irq{"external_irq"};  ///< mip.MEIP

  /// Throws InputError when the clock period is zero.
  Cpu(sc_core::sc_module_name name, const CpuConfig& config);

  std::uint64_t instructions() const { return core_.instructions(); }  ///< retired
  std::uint64_t cycles() const { return core_.cycles(); }              ///< local time in clock cycles
  sc_core::sc_time sleep_time() const { return cycles_to_time(sleep_cycles_); }
  /// A tool, such as a debugger, changed memory.
  void invalidate_code(std::uint64_t address, std::uint64_t length) { core_.invalidate(address, length); }
  /// Somebody else on the bus, such as a DMA, changed memory: watches see that.
  void memory_written(std::uint64_t address, std::uint64_t length);

  /// Registers, pc, CSRs, breakpoints and watches for a debugger or a test; use it while the CPU does not run.
  Rv32Core& core() { return core_; }
  const Rv32Core& core() const { return core_; }

  // Before the simulation starts
  /// Halts before the first instruction, and then as the debugger asks. Each halt lets simulated time catch up with the
  /// hart, as the end of a quantum does. Without a debugger nothing of this costs anything.
  void attach(CpuDebugger& debugger) { debugger_ = &debugger; }
  void add_observer(CpuObserver& observer) { observers_.push_back(&observer); }

 private:
  /// The standard keeper with a quantum of its own instead of the global one.
  class QuantumKeeper : public tlm_utils::tlm_quantumkeeper {
   public:
    explicit QuantumKeeper(const sc_core::sc_time& quantum) : quantum_(quantum) {}
    /// Local time that is left until the CPU has to synchronise.
    sc_core::sc_time remaining() const;

   protected:
    sc_core::sc_time compute_local_quantum() override;

   private:
    sc_core::sc_time quantum_;
  };

  void execute();
  /// Until something other than the program's next instruction has to happen; at most `cycles` attempts.
  StopReason run(std::uint64_t cycles);
  void sleep();
  void wait_for_wake_up();
  /// One instruction, or the entry into an interrupt's handler, and the halt behind it; less while the hart sleeps.
  void step();
  bool halt_wanted();
  void halt_after(StopReason reason);
  void halt(HaltReason reason);
  /// Waits until simulated time has reached the start of `cycle`.
  void synchronise(std::uint64_t cycle);
  void sample_interrupts();
  sc_core::sc_time cycles_to_time(std::uint64_t cycles) const;
  std::uint64_t time_to_cycles(const sc_core::sc_time& time) const;  // rounded up

  bool fetch(std::uint32_t address, std::uint16_t& halfword) override;
  void stop_when_locked_up(std::uint32_t address);
  bool read(std::uint32_t address, std::uint32_t length, std::uint32_t& value) override;
  bool write(std::uint32_t address, std::uint32_t length, std::uint32_t value) override;
  bool transport(tlm::tlm_command command, std::uint32_t address, std::uint8_t* data, std::uint32_t length);
  void request_direct_memory(tlm::tlm_command command, std::uint32_t address);
  void invalidate_direct_memory(sc_dt::uint64 first, sc_dt::uint64 last);

  CpuConfig config_;
  Rv32Core core_;
  QuantumKeeper quantum_keeper_;
  sc_core::sc_time start_time_;
  std::uint64_t sleep_cycles_ = 0;
  CpuDebugger* debugger_ = nullptr;
  Resume resume_ = Resume::Run;
  std::optional<WatchHit> other_write_;  // to watched bytes, since the last halt
  sc_core::sc_event other_write_event_;
  std::vector<CpuObserver*> observers_;

  // Fetches in a row that were refused at one address, without an instruction in between.
  std::uint32_t refused_address_ = 0;
  std::uint64_t refused_at_ = 0;  // instructions retired
  int refused_ = 0;
};

}  // namespace spinvp::platform
