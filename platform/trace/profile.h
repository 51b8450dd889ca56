#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <systemc>
#include <utility>
#include <vector>

#include "core/units.h"
#include "platform/cpu/cpu_observer.h"
#include "platform/cpu/decode.h"
#include "platform/elf_symbols.h"
#include "platform/trace/instruction_trace.h"

namespace spinvp::platform {

/// What was spent in some code.
struct Spent {
  std::uint64_t instructions = 0;  ///< retired
  std::uint64_t cycles = 0;        ///< of the core, waiting for the bus and asleep included
  std::uint64_t slept = 0;         ///< of these cycles
  Femtojoules energy;              ///< dynamic, of the chip meanwhile

  Spent& operator+=(const Spent& other);
};

/// A function as it was called from some chain of functions.
struct CallNode {
  std::size_t function = 0;  ///< see Profile::name
  std::size_t parent = 0;    ///< of the root: itself
  std::uint64_t calls = 0;
  Spent self;
};

/// Follows the calls of firmware: a tree of functions by who called them, with what was spent in each. Calls are jumps
/// that link, returns jumps to where a call would return to, so that it needs neither frame pointers nor unwinding
/// tables. A jump out of a function that is neither is a tail call: the new function takes the old one's place.
///
/// A trap's handler stands beside the program under "(interrupts)" or "(exceptions)", not inside what it interrupted.
/// The time of a sleep belongs to the function with the WFI.
///
/// Energy comes from a counter of the chip that runs in simulated time, which the core may be ahead of by a quantum:
/// what the chip spends between two meetings of both is shared by time among the functions that ran in between.
/// Nothing gets lost: the parts add up to the counter.
class Profile : public CpuObserver {
 public:
  using ReadEnergy = std::function<Femtojoules()>;

  Profile(SymbolTable symbols, ReadCode read_code, ReadEnergy read_energy);

  void interrupt_entered(const Rv32Core& core) override;
  void before_instruction(const Rv32Core& core) override;
  void after_instruction(const Rv32Core& core) override;

  /// Counts what has been spent since the last instruction; the simulation is over.
  void finish(const Rv32Core& core);

  /// The root first, parents before children.
  const std::vector<CallNode>& nodes() const { return nodes_; }
  /// The name of a CallNode's function: a symbol, "(no symbol)", "(interrupts)", "(exceptions)"; "" of the root.
  const std::string& name(std::size_t function) const { return names_[function]; }

 private:
  static constexpr std::uint32_t nowhere = 1;  // no return address: odd
  static constexpr std::size_t deepest = 4096;

  struct Frame {
    std::size_t node = 0;
    std::uint32_t return_address = nowhere;
    bool trap = false;
  };

  std::size_t child(std::size_t parent, std::size_t function);
  void push(std::size_t parent, std::uint32_t pc, std::uint32_t return_address, bool trap);
  void enter_trap(const Rv32Core& core, std::size_t kind);
  void follow(const Rv32Core& core);
  bool return_to(std::uint32_t pc);
  void leave_trap();
  void account(const Rv32Core& core, bool asleep);
  void share_energy();

  SymbolTable symbols_;
  ReadCode read_code_;
  ReadEnergy read_energy_;
  std::vector<std::string> names_;
  std::size_t no_symbol_;
  std::size_t interrupts_;
  std::size_t exceptions_;
  std::vector<CallNode> nodes_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> children_;  // by parent and function
  std::vector<Frame> stack_;

  std::uint32_t pc_ = 0;
  Instruction instruction_;
  std::uint64_t cycles_ = 0;                            // accounted for
  std::uint64_t instructions_ = 0;                      // accounted for
  Femtojoules energy_;                                  // accounted for
  sc_core::sc_time meeting_;                            // of core and chip, the last one
  std::map<std::size_t, std::uint64_t> since_meeting_;  // cycles by node
};

}  // namespace spinvp::platform
