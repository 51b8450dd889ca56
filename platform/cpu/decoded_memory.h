#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_set>
#include <vector>

#include "platform/cpu/decoded_entry.h"

namespace spinvp::platform {

/// Guest memory that the core reads and writes through a host pointer.
struct DirectMemory {
  std::uint32_t base = 0;
  std::uint64_t size = 0;  ///< in bytes; base + size is at most 2^32
  std::uint8_t* host = nullptr;
  bool writable = true;
  bool loadable = true;  ///< false: for instructions only, loads go over the bus
};

/// Addresses at which a run stops before it executes.
using BreakpointSet = std::unordered_set<std::uint32_t>;

/// The traces that begin in 4 KiB of code. The last instruction of one may end in the next page.
struct CodePage {
  static constexpr std::uint32_t bytes = 4096;
  static constexpr std::size_t halfwords = bytes / 2;
  static constexpr std::size_t capacity = 8192;  ///< in entries; memory is taken for those in use

  struct Trace {
    DecodedEntry* head;
    std::uint16_t first;  ///< halfwords of the page
    std::uint16_t last;
  };

  std::uint32_t base = 0;
  std::uint32_t size = 0;  ///< in bytes, even
  std::array<DecodedEntry*, halfwords> heads{};
  std::bitset<halfwords + 1> decoded;  ///< halfwords that a trace was made of
  std::vector<Trace> traces;
  std::unique_ptr<DecodedEntry[]> entries;
  std::size_t used = 0;

  /// The entry that executes what is at `pc`; null when that is not decoded, or in another page.
  DecodedEntry* head(std::uint32_t pc) const {
    const std::uint32_t offset = pc - base;
    return offset < size ? heads[offset / 2] : nullptr;
  }
  void clear();
};

/// Direct memory with the traces of whatever code was executed from it. Memory for traces is spent on executed pages
/// only. Whoever writes to the memory calls `invalidate`; the line marks say cheaply when that is not needed. Traces
/// end before breakpoints, at which one of a single entry stands, so that code without breakpoints pays nothing for
/// them.
class DecodedMemory {
 public:
  /// `handlers` is the interpreter's table. Whoever changes `breakpoints` invalidates their addresses.
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

  /// Decodes the trace at `pc`; null when the second half of the instruction there lies beyond this memory. Not while a
  /// trace of the page is executed: a full page is emptied.
  DecodedEntry* decode(CodePage& page, std::uint32_t pc);

  /// Forgets every trace made of the bytes [address, address + length), length > 0, as far as they lie in here; true
  /// when there was one. Its entries stay as they are but for the first, which leaves for the core's slow path.
  bool invalidate(std::uint64_t address, std::uint64_t length);
  void invalidate_all();

  /// One mark a line of 64 bytes: not zero when a write of up to 4 bytes that starts in the line may hit decoded code.
  static constexpr int line_shift = 6;
  const std::uint8_t* line_marks() const { return line_marks_.data(); }

 private:
  std::uint16_t halfword(std::uint64_t offset) const;
  bool decode_one(const CodePage& page, std::uint32_t pc, DecodedEntry& entry) const;
  void mark_lines(std::uint64_t offset, std::uint64_t length);
  bool any_line_marked(std::uint64_t first, std::uint64_t last) const;
  bool forget(CodePage& page, std::size_t first, std::size_t last) const;

  DirectMemory memory_;
  const void* const* handlers_;
  const BreakpointSet& breakpoints_;
  std::vector<std::uint8_t> line_marks_;
  std::vector<std::unique_ptr<CodePage>> pages_;
};

}  // namespace spinvp::platform
