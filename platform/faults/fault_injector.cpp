#include "platform/faults/fault_injector.h"

#include <algorithm>
#include <utility>

namespace spinvp::platform {

FaultInjector::FaultInjector(std::vector<InjectedFault> faults) : faults_(std::move(faults)), log_(faults_.size()) {
  const auto concerned = [this](FaultWire wire) {
    return std::any_of(faults_.begin(), faults_.end(), [wire](const InjectedFault& one) { return one.wire == wire; });
  };
  if (concerned(FaultWire::Cpu)) {
    cpu_ = std::make_unique<BusFaults>("cpu_faults", FaultWire::Cpu, faults_, log_);
  }
  if (concerned(FaultWire::Dma)) {
    dma_ = std::make_unique<BusFaults>("dma_faults", FaultWire::Dma, faults_, log_);
  }
  if (concerned(FaultWire::Interrupt)) {
    interrupt_ = std::make_unique<InterruptFaults>("interrupt_faults", faults_, log_);
  }
}

void FaultInjector::set_command_ranges(std::vector<AddressRange> ranges) {
  if (dma_) {
    dma_->set_command_ranges(std::move(ranges));
  }
}

}  // namespace spinvp::platform
