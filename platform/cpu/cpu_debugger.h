#pragma once

#include <cstdint>

#include "platform/cpu/watch_list.h"

namespace spinvp::platform {

/// Why a hart has stopped for its debugger.
enum class HaltReason {
  Start,       ///< it has not executed anything yet
  Step,        ///< a single step is done, or an interrupt was taken instead: pc is at its handler then
  Breakpoint,  ///< at a breakpoint, before the instruction
  Watch,       ///< before an instruction that accesses watched bytes
  OtherWrite,  ///< somebody else on the bus, a DMA, has written watched bytes
  Ebreak,      ///< at an EBREAK, before it traps
  Request,     ///< the debugger asked for it
};

struct Halt {
  HaltReason reason = HaltReason::Start;
  WatchHit hit;  ///< of Watch and OtherWrite
};

/// How a hart goes on after a halt.
enum class Resume {
  Run,                    ///< until the next halt
  Step,                   ///< one instruction, or the entry into an interrupt's handler
  StepWithoutInterrupts,  ///< one instruction, which sees no interrupt in mip
  Detach,                 ///< for good: the debugger is not asked again
  Never,                  ///< not at all
};

/// Somebody who stops a Cpu, looks at it and lets it go on. Called from the Cpu's process at instruction boundaries;
/// simulated time has caught up with the hart and stands still while a call blocks the host.
class CpuDebugger {
 public:
  CpuDebugger() = default;
  CpuDebugger(const CpuDebugger&) = delete;
  CpuDebugger& operator=(const CpuDebugger&) = delete;
  virtual ~CpuDebugger() = default;

  virtual Resume halted(const Halt& halt) = 0;
  /// Asked at least once a quantum, asleep or not. True: halt at the next instruction boundary.
  virtual bool wants_halt() = 0;
  /// The hart sleeps and nothing will ever happen in the simulation: returns when there is something to do for
  /// wants_halt().
  virtual void wait_for_request() = 0;
};

}  // namespace spinvp::platform
