#pragma once

#include <cstdint>

#include "platform/cpu/rv32_core.h"

namespace spinvp::platform {

/// Watches a Cpu execute, instruction by instruction. It only looks: times, results and interrupts are the same with
/// and without it; the host takes longer. `core` is exact in every call; its cycles tell the hart's own time, which may
/// be ahead of the simulation's by a quantum.
class CpuObserver {
 public:
  CpuObserver() = default;
  CpuObserver(const CpuObserver&) = delete;
  CpuObserver& operator=(const CpuObserver&) = delete;
  virtual ~CpuObserver() = default;

  /// An interrupt was taken: pc is its handler's, mepc where it came from. Cycles since the last call were slept.
  virtual void interrupt_entered(const Rv32Core& core) = 0;
  /// The instruction at pc comes next. Cycles since the last call were slept.
  virtual void before_instruction(const Rv32Core& core) = 0;
  /// It was executed, or has trapped: then pc is the handler's and `instructions()` has not grown.
  virtual void after_instruction(const Rv32Core& core) = 0;
};

}  // namespace spinvp::platform
