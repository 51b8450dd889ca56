#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_set>
#include <vector>

#include "platform/cpu/operations.h"

namespace spinvp::platform {

/// Guest memory that the core reads and writes through a host pointer.
struct DirectMemory {
  std::uint32_t base = 0;
  std::uint64_t size = 0;  ///< in bytes; base + size is at most 2^32
  std::uint8_t* host = nullptr;
  bool writable = true;
};

/// One decoded instruction, ready to execute: where its handler is and what the handler needs.
struct DecodedEntry {
  const void* handler;     ///< a label inside the interpreter
  std::int32_t immediate;  ///< near jumps: distance to the target entry in bytes of DecodedEntry
  std::uint8_t rd;         ///< 32, a register nobody reads, stands for x0
  std::uint8_t rs1;
  std::uint8_t rs2;
  std::uint8_t form;  ///< operation and length, see form_of
};

/// Index of a handler: each operation has one for its 16-bit and one for its 32-bit encoding.
constexpr std::uint8_t form_of(Operation operation, bool wide) {
  return static_cast<std::uint8_t>(static_cast<unsigned>(operation) * 2 + (wide ? 1 : 0));
}
constexpr Operation operation_of(const DecodedEntry& entry) {
  return static_cast<Operation>(entry.form / 2);
}
constexpr std::uint32_t length_of(const DecodedEntry& entry) {
  return (entry.form & 1u) != 0 ? 4 : 2;
}

/// Number of Operations, and of the handlers that are not for fused pairs.
constexpr std::size_t operation_count = 0
#define SPINVP_COUNT(name) +1
    SPINVP_RV32_INSTRUCTIONS(SPINVP_COUNT) SPINVP_RV32_INTERNAL_OPERATIONS(SPINVP_COUNT)
#undef SPINVP_COUNT
    ;
constexpr std::size_t single_handlers = operation_count * 2;

constexpr std::uint8_t discarded_register = 32;

class DecodedMemory;

/// Addresses at which a run stops before it executes.
using BreakpointSet = std::unordered_set<std::uint32_t>;

/// Entries for 4 KiB of code, one a halfword. Two PageEnd entries follow the last, because the last instruction may be
/// a 32-bit one that ends in the next page.
struct CodePage {
  static constexpr std::uint32_t bytes = 4096;

  std::uint32_t base = 0;
  std::uint32_t size = 0;           ///< in bytes, even
  DecodedMemory* memory = nullptr;  ///< null for an instruction fetched from the bus
  std::array<DecodedEntry, bytes / 2 + 2> entries;

  std::uint32_t pc_of(const DecodedEntry* entry) const {
    return base + static_cast<std::uint32_t>(entry - entries.data()) * 2;
  }
  DecodedEntry* entry_at(std::uint32_t offset) { return &entries[offset / 2]; }
};

/// Decodes `bits` into an entry of `page`. `handlers` is the interpreter's table: by form, then four for each
/// fused pair.
void fill_entry(CodePage& page, DecodedEntry& entry, std::uint32_t bits, const void* const* handlers);

/// Direct memory with the decoded form of whatever code was executed from it. Memory for entries is spent on executed
/// pages only. Whoever writes to the memory calls `invalidate`; the line marks say
/// cheaply when that is not needed. A breakpoint takes the place of the handler when its instruction is decoded, so
/// that code without breakpoints pays nothing for them.
class DecodedMemory {
 public:
  /// Whoever changes `breakpoints` invalidates their addresses.
  DecodedMemory(const DirectMemory& memory, const void* const* handlers, const BreakpointSet& breakpoints);

  const DirectMemory& memory() const { return memory_; }
  bool contains(std::uint32_t address, std::uint32_t length) const {
    return std::uint64_t{address - memory_.base} + length <= memory_.size;
  }
  std::uint8_t* host(std::uint32_t address) const { return memory_.host + (address - memory_.base); }
  /// Code must start at an even address.
  bool executable() const { return memory_.base % 2 == 0 && memory_.size >= 2; }

  /// The page that holds the halfword at `address`.
  CodePage& page_at(std::uint32_t address);
  /// The same, null when nothing in it was executed yet.
  CodePage* known_page(std::uint32_t address) const { return pages_[(address - memory_.base) / CodePage::bytes].get(); }

  /// Fills an Undecoded entry; false when the instruction's second half lies beyond this memory. Also decodes its
  /// successor, and fuses the two when there is a handler for the pair.
  bool decode(CodePage& page, DecodedEntry& entry);

  /// Forgets every decoded form of the bytes [address, address + length), length > 0, as far as they lie in here.
  void invalidate(std::uint64_t address, std::uint64_t length);
  void invalidate_all();

  /// One mark a line of 64 bytes: not zero when a write of up to 4 bytes that starts in the line may hit decoded code.
  static constexpr int line_shift = 6;
  const std::uint8_t* line_marks() const { return line_marks_.data(); }

 private:
  std::uint16_t halfword(std::uint64_t offset) const;
  bool decode_single(CodePage& page, DecodedEntry& entry);
  bool is(const DecodedEntry& entry, Operation operation) const;
  void mark_lines(std::uint64_t offset, std::uint32_t length);
  void reset_entries(std::uint64_t first_halfword, std::uint64_t last_halfword);
  void reset(CodePage& page) const;

  DirectMemory memory_;
  const void* const* handlers_;
  const BreakpointSet& breakpoints_;
  std::vector<std::uint8_t> line_marks_;
  std::vector<std::unique_ptr<CodePage>> pages_;
};

}  // namespace spinvp::platform
