#pragma once

#include <cstddef>
#include <cstdint>

#include "platform/cpu/decoded_entry.h"

namespace spinvp::platform {

/// Addresses [base, base + size) whose traces know each other's entries; no address when size is 0.
struct NearRange {
  std::uint32_t base = 0;
  std::uint32_t size = 0;

  bool contains(std::uint32_t address) const { return address - base < size; }
};

/// Decodes the instruction `bits` at `pc`; handler, count and length wait for finish_trace.
DecodedEntry decode_entry(std::uint32_t bits, std::uint32_t pc, const NearRange& near);

/// An entry that executes no instruction: TraceEnd, Forgotten or Breakpoint.
DecodedEntry internal_entry(Operation operation, std::uint32_t pc);

/// True when what follows the entry in memory is never executed after it, or seldom: behind the branch that closes a
/// loop there may as well be data, whose changes would forget the loop.
bool ends_trace(const DecodedEntry& entry);

/// The same, and it never goes on to the next entry, so that the trace needs no TraceEnd.
bool leaves_trace(const DecodedEntry& entry);

/// Numbers the entries of a trace, TraceEnd included, and chooses their handlers from the interpreter's table, see
/// handlers.h.
void finish_trace(DecodedEntry* entries, std::size_t size, const void* const* handlers);

}  // namespace spinvp::platform
