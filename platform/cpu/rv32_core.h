#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "platform/cpu/core_bus.h"
#include "platform/cpu/csr.h"
#include "platform/cpu/decoded_memory.h"
#include "platform/cpu/watch_list.h"

namespace spinvp::platform {

/// Why Rv32Core::run returned.
enum class StopReason {
  InstructionLimit,
  WaitingForInterrupt,  ///< a WFI retired and (mip & mie) is zero
  StopRequested,
  Breakpoint,  ///< pc is at a breakpoint, whose instruction was not executed
  Watchpoint,  ///< pc is at an instruction that accesses watched bytes and was not executed: watch_hit()
  Ebreak,      ///< pc is at an EBREAK that was not executed: stop_at_ebreak()
};

/// RV32IMAC_Zicsr_Zifencei in machine mode, as a predecoded interpreter. No SystemC, no notion of time.
///
/// Modelled: every instruction attempt takes one cycle, also one that traps; `cycles()` adds what add_cycles() reports
/// for bus delays and sleep. minstret counts retired instructions only. Misaligned loads and stores work within direct
/// memory and trap elsewhere; LR, SC and AMO must always be aligned. A reservation covers one word and ends at an SC or
/// when another writer's invalidate() touches the word.
///
/// Registers, pc and CSRs can be read and written between runs and run(1) is a single step, which is what a debugger
/// needs.
class Rv32Core {
 public:
  Rv32Core(CoreBus& bus, std::uint32_t reset_pc, std::uint32_t hart_id);

  /// Executes until at most `max_instructions` were attempted (retired or trapped).
  StopReason run(std::uint64_t max_instructions);
  /// Makes run() return at the next instruction boundary; for bus callbacks.
  void request_stop();

  /// From now on a run stops before it executes the instruction at `pc`, wherever it lies, once a time that it comes
  /// there: the run after one that stopped there executes it. An interrupt that is taken comes first.
  void set_breakpoint(std::uint32_t pc);
  void clear_breakpoint(std::uint32_t pc);
  /// The next run executes its first instruction also when a breakpoint is there, as after a stop at one. An interrupt
  /// that is taken instead, or set_pc(), ends this.
  void pass_breakpoint() { passing_breakpoint_ = true; }

  /// From now on a run stops before it executes a load, store or atomic that accesses these bytes, or an SC that might;
  /// instruction fetches do not count. As with breakpoints, the run after one that stopped executes the instruction.
  /// Only accesses to the watched bytes and up to three bytes before them are slower than others.
  void add_watch(const Watch& watch);
  void remove_watch(const Watch& watch);
  void clear_watches();
  const WatchList& watches() const { return watches_; }
  /// What a run stopped for that returned StopReason::Watchpoint.
  WatchHit watch_hit() const { return watch_hit_; }
  /// Whether a run stops before it executes an EBREAK; otherwise, and in the run after one that stopped there, it
  /// traps.
  void stop_at_ebreak(bool stop) { stops_at_ebreak_ = stop; }
  /// Enters the handler of an interrupt that the next run would begin with; false when there is none. Nothing is
  /// executed, no time passes.
  bool take_interrupt();

  /// Memory that overlaps known direct memory replaces it.
  void add_memory(const DirectMemory& memory);
  /// Drops all direct memory that overlaps [first, last].
  void remove_memory(std::uint64_t first, std::uint64_t last);
  /// Somebody else wrote these bytes.
  void invalidate(std::uint64_t address, std::uint64_t length);

  /// The levels of the interrupt lines: bits of mip.
  void set_interrupt_lines(std::uint32_t lines);
  /// (mip & mie) != 0: a waiting hart goes on.
  bool interrupt_pending() const { return csrs_.interrupt_pending(); }

  /// Exact at any time, also during a bus callback, where the instruction that accesses the bus is not yet counted.
  std::uint64_t cycles() const { return attempts() + extra_cycles_; }
  std::uint64_t instructions() const { return attempts() - traps_; }
  void add_cycles(std::uint64_t cycles) { extra_cycles_ += cycles; }

  std::uint32_t pc() const { return pc_; }
  void set_pc(std::uint32_t pc);
  std::uint32_t reg(unsigned index) const { return x_[index % 32]; }
  void set_reg(unsigned index, std::uint32_t value);
  std::optional<std::uint32_t> csr(std::uint32_t number) const {
    return csrs_.read(number, {cycles(), instructions()});
  }
  bool set_csr(std::uint32_t number, std::uint32_t value);

 private:
  /// How an instruction that left the fast path ended.
  enum class Outcome {
    Next,     ///< go on with the next entry
    Resume,   ///< retired, but interrupts or direct memory may have changed
    Trapped,  ///< pc_ is the handler's
    Stopped,  ///< not executed: the run returns stop_reason_
  };

  /// The direct memory last used for one kind of access: offsets below `bound` leave room for a word.
  struct Window {
    std::uint32_t base = 0;
    std::uint32_t bound = 0;
    std::uint8_t* host = nullptr;
    const std::uint8_t* line_marks = nullptr;
  };

  /// The interpreter (rv32_interpreter.cpp); with no handler table yet, only publishes it.
  StopReason interpret();

  std::uint64_t attempts() const { return attempts_ + granted_ - left_; }
  /// The entry at pc_ and its page, decoded if need be; from the bus where there is no direct memory. Null when the
  /// fetch has trapped.
  DecodedEntry* fetch(CodePage*& page);
  DecodedMemory* find(std::uint32_t address, std::uint32_t length);
  void forget_windows();

  void forget_decoded(std::uint32_t pc);
  Window window_of(const DecodedMemory& memory, std::uint32_t address) const;
  bool stops_at_watch(std::uint32_t address, std::uint32_t length, bool is_write);
  bool passes_breakpoint() const { return passing_breakpoint_ && left_ == granted_; }
  DecodedEntry* fetch_one();
  Outcome access_memory(const DecodedEntry& entry, std::uint32_t address);
  Outcome load_reserved(const DecodedEntry& entry);
  Outcome store_conditional(const DecodedEntry& entry);
  Outcome atomic(const DecodedEntry& entry);
  Outcome access_csr(const DecodedEntry& entry);
  Outcome ebreak();
  Outcome retired() const { return attention_ ? Outcome::Resume : Outcome::Next; }
  Outcome trap(Exception exception, std::uint32_t value);

  // Data accesses of any kind; the exception to raise when they fail.
  std::optional<Exception> load(std::uint32_t address, std::uint32_t length, std::uint32_t& value);
  std::optional<Exception> store(std::uint32_t address, std::uint32_t length, std::uint32_t value);

  std::array<std::uint32_t, 33> x_{};  // x_[32] takes what is written to x0
  std::uint32_t pc_;
  Window load_window_;
  Window store_window_;
  bool attention_ = false;  // after a slow operation: look at interrupts, stop requests and direct memory again
  bool stop_requested_ = false;
  bool waiting_ = false;
  bool passing_breakpoint_ = false;  // where the next run starts, or this one has started
  bool passing_watch_ = false;       // the same
  std::uint64_t left_ = 0;           // of the attempts granted to the current run
  std::uint64_t granted_ = 0;
  std::uint64_t attempts_ = 0;  // before the current run
  std::uint64_t traps_ = 0;
  std::uint64_t extra_cycles_ = 0;
  std::optional<std::uint32_t> reservation_;
  CsrFile csrs_;
  CoreBus& bus_;
  const void* const* handlers_ = nullptr;
  BreakpointSet breakpoints_;
  WatchList watches_;
  WatchHit watch_hit_;
  bool stops_at_ebreak_ = false;
  StopReason stop_reason_ = StopReason::Watchpoint;  // of Outcome::Stopped
  DecodedMemory* fetch_memory_ = nullptr;
  std::vector<std::unique_ptr<DecodedMemory>> memories_;
  std::vector<std::unique_ptr<DecodedMemory>> removed_memories_;  // the current instruction may still be in one
  CodePage no_page_;                                              // where entries without direct memory are
  std::array<DecodedEntry, 2> single_;                            // the trace of an instruction that is executed once
};

}  // namespace spinvp::platform
