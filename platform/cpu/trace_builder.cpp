#include "platform/cpu/trace_builder.h"

#include <algorithm>
#include <array>

#include "platform/cpu/decode.h"
#include "platform/cpu/handlers.h"

namespace spinvp::platform {
namespace {

/// What the choice of handlers needs to know of an operation.
struct Traits {
  bool reads_first = false;   ///< a handler of its own takes rs1 at hand
  bool reads_second = false;  ///< the same for rs2
  bool commutes = false;      ///< rs1 and rs2 may change places
  bool keeps_hand = false;    ///< leaves what is at hand as it is
};

Traits traits_of(Operation operation) {
  switch (operation) {
    case Operation::Add:
    case Operation::Xor:
    case Operation::Or:
    case Operation::And:
    case Operation::Mul:
    case Operation::Mulh:
    case Operation::Mulhu:
      return {true, true, true, false};
    case Operation::Sub:
    case Operation::Sll:
    case Operation::Slt:
    case Operation::Sltu:
    case Operation::Srl:
    case Operation::Sra:
    case Operation::Mulhsu:
    case Operation::Div:
    case Operation::Divu:
    case Operation::Rem:
    case Operation::Remu:
      return {true, true, false, false};
    case Operation::Beq:
    case Operation::Bne:
      return {true, true, true, true};
    case Operation::Blt:
    case Operation::Bge:
    case Operation::Bltu:
    case Operation::Bgeu:
    case Operation::Sb:
    case Operation::Sh:
    case Operation::Sw:
      return {true, true, false, true};
    case Operation::Move:
    case Operation::Addi:
    case Operation::Slti:
    case Operation::Sltiu:
    case Operation::Xori:
    case Operation::Ori:
    case Operation::Andi:
    case Operation::Slli:
    case Operation::Srli:
    case Operation::Srai:
    case Operation::Lb:
    case Operation::Lh:
    case Operation::Lw:
    case Operation::Lbu:
    case Operation::Lhu:
      return {true, false, false, false};
    case Operation::Fence:
      return {false, false, false, true};
    default:
      return {};
  }
}

constexpr std::uint8_t no_pair = 0xff;

/// The position of each pair in the lists of pairs.
struct PairTable {
  std::uint8_t number[operation_count][operation_count];
};

constexpr PairTable make_pair_table() {
  PairTable table{};
  for (auto& row : table.number) {
    for (std::uint8_t& number : row) number = no_pair;
  }
  std::uint8_t next = 0;
#define SPINVP_PAIR(first, second) \
  table.number[static_cast<std::size_t>(Operation::first)][static_cast<std::size_t>(Operation::second)] = next++;
  SPINVP_RV32_FUSED_PAIRS(SPINVP_PAIR)
  SPINVP_RV32_ORDERED_PAIRS(SPINVP_PAIR)
#undef SPINVP_PAIR
  return table;
}

constexpr PairTable pair_table = make_pair_table();

using Sources = std::array<Source, longest_trace + 1>;

/// The registers whose values are at hand: of the last result and of the one before it.
struct Hand {
  std::uint8_t last = discarded_register;  // which is no operand
  std::uint8_t earlier = discarded_register;
};

/// Where the entry finds its operands. What commutes has them swapped if that brings the first to hand.
Source find_source(DecodedEntry& entry, const Traits& traits, const Hand& hand) {
  if (traits.commutes && entry.rs1 != hand.last && entry.rs2 == hand.last) std::swap(entry.rs1, entry.rs2);
  if (traits.reads_first && entry.rs1 == hand.last) return Source::FirstAtHand;
  if (traits.reads_second && entry.rs2 == hand.last) return Source::SecondAtHand;
  if (traits.commutes && entry.rs1 != hand.earlier && entry.rs2 == hand.earlier) std::swap(entry.rs1, entry.rs2);
  if (traits.reads_first && entry.rs1 == hand.earlier) return Source::FirstEarlier;
  return Source::Registers;
}

/// Follows what is at hand through the trace.
Sources find_sources(DecodedEntry* entries, std::size_t size) {
  Sources sources{};
  Hand hand;
  for (std::size_t i = 0; i < size; ++i) {
    DecodedEntry& entry = entries[i];
    const Traits traits = traits_of(operation_of(entry));
    sources[i] = find_source(entry, traits, hand);
    if (traits.keeps_hand) continue;
    // What writes no register may or may not move the last result on.
    hand = entry.rd == discarded_register ? Hand{} : Hand{entry.rd, hand.last};
  }
  return sources;
}

/// The handler for two neighbours, null when there is none.
const void* fused_handler(const DecodedEntry* entry, const Source* source, const void* const* handlers) {
  const std::uint8_t pair = pair_table.number[entry[0].form / 2][entry[1].form / 2];
  if (pair == no_pair || source[0] == Source::SecondAtHand) return nullptr;
  return handlers[pair_handler(pair, source[0], source[1])];
}

}  // namespace

DecodedEntry decode_entry(std::uint32_t bits, std::uint32_t pc, const NearRange& near) {
  const Instruction instruction = decode(bits);
  Operation operation = instruction.operation;
  DecodedEntry entry{};
  entry.pc = pc;
  entry.immediate = instruction.immediate;
  entry.rd = instruction.rd == 0 || !writes_register(operation) ? discarded_register : instruction.rd;
  entry.rs1 = instruction.rs1;
  entry.rs2 = instruction.rs2;
  if (operation == Operation::Jal && near.contains(pc + static_cast<std::uint32_t>(instruction.immediate))) {
    operation = instruction.rd == 0 ? Operation::JumpNear : Operation::JalNear;
    entry.offset = static_cast<std::int16_t>(instruction.immediate);
    entry.immediate = 0;
  } else if (operation >= Operation::Beq && operation <= Operation::Bgeu) {
    entry.offset = static_cast<std::int16_t>(instruction.immediate);
    entry.immediate = 0;
  } else if (operation == Operation::Auipc) {
    operation = Operation::Constant;
    entry.immediate = static_cast<std::int32_t>(pc + static_cast<std::uint32_t>(instruction.immediate));
  } else if (operation == Operation::Lui || (operation == Operation::Addi && instruction.rs1 == 0)) {
    operation = Operation::Constant;
  } else if (operation == Operation::Addi && instruction.immediate == 0) {
    operation = Operation::Move;
  } else if (operation == Operation::Add && instruction.rs1 == 0) {
    operation = Operation::Move;
    entry.rs1 = instruction.rs2;
  }
  entry.form = form_of(operation, instruction.length == 4);
  return entry;
}

DecodedEntry internal_entry(Operation operation, std::uint32_t pc) {
  DecodedEntry entry{};
  entry.pc = pc;
  entry.rd = discarded_register;
  entry.form = form_of(operation, false);
  return entry;
}

bool ends_trace(const DecodedEntry& entry) {
  const Operation operation = operation_of(entry);
  const bool closes_loop = operation >= Operation::Beq && operation <= Operation::Bgeu && entry.offset < 0;
  return closes_loop || leaves_trace(entry);
}

bool leaves_trace(const DecodedEntry& entry) {
  switch (operation_of(entry)) {
    case Operation::Illegal:
    case Operation::Jal:
    case Operation::JalNear:
    case Operation::JumpNear:
    case Operation::Jalr:
    case Operation::FenceI:
    case Operation::Ecall:
    case Operation::Ebreak:
    case Operation::Mret:
    case Operation::Wfi:
    case Operation::TraceEnd:
    case Operation::Forgotten:
    case Operation::Breakpoint:
      return true;
    default:
      return false;
  }
}

void finish_trace(DecodedEntry* entries, std::size_t size, const void* const* handlers) {
  const bool has_end = operation_of(entries[size - 1]) == Operation::TraceEnd;
  const auto length = static_cast<std::uint8_t>(has_end ? size - 1 : size);
  for (std::size_t i = 0; i < size; ++i) {
    entries[i].count = static_cast<std::uint8_t>(std::min<std::size_t>(i + 1, length));
    entries[i].length = length;
  }
  const Sources sources = find_sources(entries, size);
  // As few handlers as possible, counted from the end.
  std::array<std::uint8_t, longest_trace + 2> handlers_from{};
  for (std::size_t i = size; i-- > 0;) {
    entries[i].handler = handlers[single_handler(operation_of(entries[i]), sources[i])];
    handlers_from[i] = static_cast<std::uint8_t>(1 + handlers_from[i + 1]);
    if (i + 1 == size || 1 + handlers_from[i + 2] >= handlers_from[i]) continue;
    if (const void* const fused = fused_handler(&entries[i], &sources[i], handlers)) {
      entries[i].handler = fused;
      handlers_from[i] = static_cast<std::uint8_t>(1 + handlers_from[i + 2]);
    }
  }
}

}  // namespace spinvp::platform
