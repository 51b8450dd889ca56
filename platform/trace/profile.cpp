#include "platform/trace/profile.h"

#include <algorithm>
#include <utility>

namespace spinvp::platform {
namespace {

constexpr std::size_t root = 0;

__extension__ using Wide = unsigned __int128;  // for products of energies and cycles

/// The registers that calls and returns use: ra, and t0 of helper routines.
bool is_link(std::uint8_t index) {
  return index == 1 || index == 5;
}

bool is_jump(const Instruction& instruction) {
  return instruction.operation == Operation::Jal || instruction.operation == Operation::Jalr;
}

}  // namespace

Spent& Spent::operator+=(const Spent& other) {
  instructions += other.instructions;
  cycles += other.cycles;
  slept += other.slept;
  energy += other.energy;
  return *this;
}

Profile::Profile(SymbolTable symbols, ReadCode read_code, ReadEnergy read_energy)
    : symbols_(std::move(symbols)), read_code_(std::move(read_code)), read_energy_(std::move(read_energy)) {
  for (const Symbol& symbol : symbols_.symbols()) {
    names_.push_back(symbol.name);
  }
  no_symbol_ = names_.size();
  names_.insert(names_.end(), {"(no symbol)", "(interrupts)", "(exceptions)", ""});
  interrupts_ = no_symbol_ + 1;
  exceptions_ = no_symbol_ + 2;
  nodes_.push_back({no_symbol_ + 3, root, 0, {}});
  stack_.push_back({root, nowhere, false});
}

std::size_t Profile::child(std::size_t parent, std::size_t function) {
  const auto [found, is_new] = children_.try_emplace({parent, function}, nodes_.size());
  if (is_new) {
    nodes_.push_back({function, parent, 0, {}});
  }
  return found->second;
}

void Profile::push(std::size_t parent, std::uint32_t pc, std::uint32_t return_address, bool trap) {
  // The last symbol's number plus one says that there is none, which is no_symbol_.
  const std::size_t node = child(parent, symbols_.index_of(pc));
  ++nodes_[node].calls;
  stack_.push_back({node, return_address, trap});
}

void Profile::enter_trap(const Rv32Core& core, std::size_t kind) {
  const std::size_t parent = child(root, kind);
  ++nodes_[parent].calls;
  push(parent, core.pc(), nowhere, true);
}

void Profile::interrupt_entered(const Rv32Core& core) {
  account(core, true);
  enter_trap(core, interrupts_);
}

void Profile::before_instruction(const Rv32Core& core) {
  account(core, true);
  pc_ = core.pc();
  instruction_ = decode(read_code_(pc_));
  if (stack_.size() == 1) {
    push(root, pc_, nowhere, false);
  }
}

void Profile::after_instruction(const Rv32Core& core) {
  const bool trapped = core.instructions() == instructions_;
  account(core, false);
  if (trapped) {
    enter_trap(core, exceptions_);
  } else {
    follow(core);
  }
}

/// Where the instruction leads to.
void Profile::follow(const Rv32Core& core) {
  const std::uint32_t next = core.pc();
  if (instruction_.operation == Operation::Mret) {
    leave_trap();
  } else if (is_jump(instruction_) && is_link(instruction_.rd) && stack_.size() < deepest) {
    push(stack_.back().node, next, pc_ + instruction_.length, false);
    return;
  } else if (instruction_.operation == Operation::Jalr && is_link(instruction_.rs1) && return_to(next)) {
    return;
  }
  const Frame top = stack_.back();
  if (top.node == root || nodes_[top.node].function == symbols_.index_of(next)) {
    return;
  }
  stack_.pop_back();
  push(nodes_[top.node].parent, next, top.return_address, top.trap);
}

/// Leaves all frames down to the one that was to return there; none of what a trap has interrupted.
bool Profile::return_to(std::uint32_t pc) {
  for (std::size_t i = stack_.size(); i-- > 1;) {
    if (stack_[i].return_address == pc) {
      stack_.resize(i);
      return true;
    }
    if (stack_[i].trap) {
      return false;
    }
  }
  return false;
}

void Profile::leave_trap() {
  for (std::size_t i = stack_.size(); i-- > 1;) {
    if (stack_[i].trap) {
      stack_.resize(i);
      return;
    }
  }
}

void Profile::account(const Rv32Core& core, bool asleep) {
  const std::uint64_t cycles = core.cycles() - cycles_;
  const std::size_t node = stack_.back().node;
  Spent& spent = nodes_[node].self;
  spent.cycles += cycles;
  spent.slept += asleep ? cycles : 0;
  spent.instructions += core.instructions() - instructions_;
  cycles_ = core.cycles();
  instructions_ = core.instructions();
  if (cycles > 0) {
    since_meeting_[node] += cycles;
  }
  if (sc_core::sc_time_stamp() != meeting_) {
    meeting_ = sc_core::sc_time_stamp();
    share_energy();
  }
}

void Profile::share_energy() {
  const std::uint64_t energy = read_energy_().value() - energy_.value();
  std::uint64_t total = 0;
  for (const auto& [node, cycles] : since_meeting_) {
    total += cycles;
  }
  if (energy > 0 && total > 0) {
    // Each part is the difference of two rounded sums, so that no rounding adds up.
    std::uint64_t cycles_before = 0;
    std::uint64_t shared = 0;
    for (const auto& [node, cycles] : since_meeting_) {
      cycles_before += cycles;
      const auto until = static_cast<std::uint64_t>(static_cast<Wide>(energy) * cycles_before / total);
      nodes_[node].self.energy += Femtojoules(until - shared);
      shared = until;
    }
    energy_ += Femtojoules(energy);
  }
  since_meeting_.clear();
}

void Profile::finish(const Rv32Core& core) {
  account(core, false);
  since_meeting_[stack_.back().node] += 1;  // somebody gets what the chip did behind the last instruction
  share_energy();
}

}  // namespace spinvp::platform
