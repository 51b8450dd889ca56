#pragma once

#include <memory>
#include <systemc>
#include <vector>

#include "platform/faults/bus_faults.h"
#include "platform/faults/injected_fault.h"
#include "platform/faults/interrupt_faults.h"
#include "platform/faults/strike_log.h"

namespace spinvp::platform {

/// The faults that a system shall have, as modules to be put into its wires: one for each wire that a fault concerns,
/// none for the others.
class FaultInjector {
 public:
  explicit FaultInjector(std::vector<InjectedFault> faults);

  /// Null when no fault concerns the wire.
  BusFaults* cpu() { return cpu_.get(); }
  BusFaults* dma() { return dma_.get(); }
  InterruptFaults* interrupt() { return interrupt_.get(); }

  /// Where the chip's commands stand in memory, for faults that corrupt them.
  void set_command_ranges(std::vector<AddressRange> ranges);

  const std::vector<InjectedFault>& faults() const { return faults_; }
  const StrikeLog& strikes() const { return log_; }

 private:
  std::vector<InjectedFault> faults_;
  StrikeLog log_;
  std::unique_ptr<BusFaults> cpu_;
  std::unique_ptr<BusFaults> dma_;
  std::unique_ptr<InterruptFaults> interrupt_;
};

}  // namespace spinvp::platform
