#include "platform/cpu/decoded_memory.h"

#include <algorithm>
#include <cstring>

#include "platform/cpu/decode.h"

namespace spinvp::platform {
namespace {

constexpr std::uint32_t widest_store = 4;
/// An entry may depend on this many halfwords before the changed one: its own upper half, or a fused successor.
constexpr std::uint64_t halfwords_before = 3;

constexpr std::uint8_t no_pair = 0xff;

/// The position of each pair in the list of fused pairs.
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
#undef SPINVP_PAIR
  return table;
}

constexpr PairTable pair_table = make_pair_table();

Operation near_form(Operation operation, std::uint8_t rd) {
  switch (operation) {
    case Operation::Jal:
      return rd == 0 ? Operation::JumpNear : Operation::JalNear;
    case Operation::Beq:
      return Operation::BeqNear;
    case Operation::Bne:
      return Operation::BneNear;
    case Operation::Blt:
      return Operation::BltNear;
    case Operation::Bge:
      return Operation::BgeNear;
    case Operation::Bltu:
      return Operation::BltuNear;
    case Operation::Bgeu:
      return Operation::BgeuNear;
    default:
      return operation;
  }
}

}  // namespace

void fill_entry(CodePage& page, DecodedEntry& entry, std::uint32_t bits, const void* const* handlers) {
  const Instruction instruction = decode(bits);
  const std::uint32_t pc = page.pc_of(&entry);
  Operation operation = instruction.operation;
  entry.immediate = instruction.immediate;
  entry.rd = instruction.rd == 0 ? discarded_register : instruction.rd;
  entry.rs1 = instruction.rs1;
  entry.rs2 = instruction.rs2;
  if (near_form(operation, instruction.rd) != operation) {
    const std::uint32_t target = pc + static_cast<std::uint32_t>(instruction.immediate) - page.base;
    if (page.memory != nullptr && target < page.size) {
      operation = near_form(operation, instruction.rd);
      entry.immediate = static_cast<std::int32_t>(
          (reinterpret_cast<const char*>(page.entry_at(target)) - reinterpret_cast<const char*>(&entry)));
    }
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
  entry.handler = handlers[entry.form];
}

DecodedMemory::DecodedMemory(const DirectMemory& memory, const void* const* handlers, const BreakpointSet& breakpoints)
    : memory_(memory),
      handlers_(handlers),
      breakpoints_(breakpoints),
      line_marks_((memory.size >> line_shift) + 1),
      pages_((memory.size + CodePage::bytes - 1) / CodePage::bytes) {}

std::uint16_t DecodedMemory::halfword(std::uint64_t offset) const {
  std::uint16_t value;
  std::memcpy(&value, memory_.host + offset, sizeof value);
  return value;
}

CodePage& DecodedMemory::page_at(std::uint32_t address) {
  const std::uint32_t number = (address - memory_.base) / CodePage::bytes;
  std::unique_ptr<CodePage>& page = pages_[number];
  if (!page) {
    page = std::make_unique<CodePage>();
    const std::uint64_t offset = std::uint64_t{number} * CodePage::bytes;
    page->base = memory_.base + static_cast<std::uint32_t>(offset);
    page->size = static_cast<std::uint32_t>(std::min<std::uint64_t>(CodePage::bytes, memory_.size - offset)) & ~1u;
    page->memory = this;
    reset(*page);
  }
  return *page;
}

void DecodedMemory::reset(CodePage& page) const {
  const auto entry = [this](Operation operation) {
    const std::uint8_t form = form_of(operation, false);
    return DecodedEntry{handlers_[form], 0, discarded_register, 0, 0, form};
  };
  const auto end = page.entries.begin() + page.size / 2;
  std::fill(page.entries.begin(), end, entry(Operation::Undecoded));
  std::fill(end, page.entries.end(), entry(Operation::PageEnd));
}

bool DecodedMemory::is(const DecodedEntry& entry, Operation operation) const {
  return entry.handler == handlers_[form_of(operation, false)];
}

bool DecodedMemory::decode(CodePage& page, DecodedEntry& entry) {
  if (!decode_single(page, entry)) return false;
  DecodedEntry& next = *(&entry + length_of(entry) / 2);
  if (page.pc_of(&next) - page.base >= page.size) return true;
  if (is(next, Operation::Undecoded) && !decode_single(page, next)) return true;
  if (is(entry, Operation::Breakpoint) || is(next, Operation::Breakpoint)) return true;
  if (const std::uint8_t pair = pair_table.number[entry.form / 2][next.form / 2]; pair != no_pair) {
    const std::size_t lengths = (entry.form & 1u) * 2 + (next.form & 1u);
    entry.handler = handlers_[single_handlers + pair * std::size_t{4} + lengths];
  }
  return true;
}

bool DecodedMemory::decode_single(CodePage& page, DecodedEntry& entry) {
  const std::uint64_t offset = page.pc_of(&entry) - memory_.base;
  std::uint32_t bits = halfword(offset);
  if (is_wide(static_cast<std::uint16_t>(bits))) {
    if (offset + 4 > memory_.size) return false;
    bits |= std::uint32_t{halfword(offset + 2)} << 16;
  }
  fill_entry(page, entry, bits, handlers_);
  if (breakpoints_.count(page.pc_of(&entry)) != 0) {
    entry.handler = handlers_[form_of(Operation::Breakpoint, false)];  // the form still says what it stands for
  }
  mark_lines(offset, length_of(entry));
  return true;
}

void DecodedMemory::mark_lines(std::uint64_t offset, std::uint32_t length) {
  const std::uint64_t first = offset < widest_store ? 0 : offset - (widest_store - 1);
  for (std::uint64_t line = first >> line_shift; line <= (offset + length - 1) >> line_shift; ++line) {
    line_marks_[line] = 1;
  }
}

void DecodedMemory::reset_entries(std::uint64_t first_halfword, std::uint64_t last_halfword) {
  constexpr std::uint64_t entries_per_page = CodePage::bytes / 2;
  const void* const undecoded = handlers_[form_of(Operation::Undecoded, false)];
  for (std::uint64_t halfword = first_halfword; halfword <= last_halfword; ++halfword) {
    CodePage* page = pages_[halfword / entries_per_page].get();
    if (page == nullptr || halfword * 2 - (page->base - memory_.base) >= page->size) continue;
    // The other fields stay: the store that does this may be the entry's own instruction.
    page->entries[halfword % entries_per_page].handler = undecoded;
  }
}

void DecodedMemory::invalidate(std::uint64_t address, std::uint64_t length) {
  const std::uint64_t base = memory_.base;
  const std::uint64_t end = std::min(length > ~address ? ~std::uint64_t{0} : address + length, base + memory_.size);
  if (address >= end || end <= base) return;
  const std::uint64_t first = (address < base ? 0 : address - base) / 2;
  const std::uint64_t last = (end - 1 - base) / 2;
  const std::uint64_t before = first < halfwords_before ? 0 : first - halfwords_before;
  constexpr int halfwords_per_line_shift = line_shift - 1;
  for (std::uint64_t line = before >> halfwords_per_line_shift; line <= last >> halfwords_per_line_shift; ++line) {
    if (line_marks_[line] == 0) continue;
    const std::uint64_t line_first = line << halfwords_per_line_shift;
    const std::uint64_t line_last = line_first + (std::uint64_t{1} << halfwords_per_line_shift) - 1;
    reset_entries(std::max(before, line_first), std::min(last, line_last));
  }
}

void DecodedMemory::invalidate_all() {
  for (const std::unique_ptr<CodePage>& page : pages_) {
    if (page) reset(*page);
  }
  std::fill(line_marks_.begin(), line_marks_.end(), std::uint8_t{0});
}

}  // namespace spinvp::platform
