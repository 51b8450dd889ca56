#include "platform/cpu/decoded_memory.h"

#include <algorithm>
#include <cstring>

#include "platform/cpu/decode.h"
#include "platform/cpu/handlers.h"
#include "platform/cpu/trace_builder.h"

namespace spinvp::platform {
namespace {

constexpr std::uint32_t widest_store = 4;

}  // namespace

void CodePage::clear() {
  heads.fill(nullptr);
  decoded.reset();
  traces.clear();
  used = 0;
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
    // NOLINTNEXTLINE(modernize-make-unique): it would touch all of the memory
    page->entries.reset(new DecodedEntry[CodePage::capacity]);
  }
  return *page;
}

bool DecodedMemory::decode_one(const CodePage& page, std::uint32_t pc, DecodedEntry& entry) const {
  const std::uint64_t offset = pc - memory_.base;
  std::uint32_t bits = halfword(offset);
  if (is_wide(static_cast<std::uint16_t>(bits))) {
    if (offset + 4 > memory_.size) return false;
    bits |= std::uint32_t{halfword(offset + 2)} << 16;
  }
  entry = decode_entry(bits, pc, {page.base, page.size});
  return true;
}

DecodedEntry* DecodedMemory::decode(CodePage& page, std::uint32_t pc) {
  if (page.used + longest_trace + 1 > CodePage::capacity) page.clear();
  DecodedEntry* const head = &page.entries[page.used];
  std::size_t size = 0;
  std::uint32_t next = pc;
  if (breakpoints_.count(pc) != 0) {
    head[size++] = internal_entry(Operation::Breakpoint, pc);
    next += 2;
  } else {
    do {
      if (!decode_one(page, next, head[size])) break;
      next += length_of(head[size++]);
    } while (!ends_trace(head[size - 1]) && size < longest_trace && next - page.base < page.size &&
             breakpoints_.count(next) == 0);
    if (size == 0) return nullptr;
    if (!leaves_trace(head[size - 1])) head[size++] = internal_entry(Operation::TraceEnd, next);
  }
  finish_trace(head, size, handlers_);
  page.used += size;

  const std::size_t first = (pc - page.base) / 2;
  const std::size_t last = (next - page.base) / 2 - 1;
  page.heads[first] = head;
  page.traces.push_back({head, static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last)});
  for (std::size_t i = first; i <= last; ++i) page.decoded.set(i);
  mark_lines(pc - memory_.base, next - pc);
  return head;
}

void DecodedMemory::mark_lines(std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t first = offset < widest_store ? 0 : offset - (widest_store - 1);
  for (std::uint64_t line = first >> line_shift; line <= (offset + length - 1) >> line_shift; ++line) {
    line_marks_[line] = 1;
  }
}

bool DecodedMemory::any_line_marked(std::uint64_t first, std::uint64_t last) const {
  return std::memchr(&line_marks_[first >> line_shift], 1, (last >> line_shift) - (first >> line_shift) + 1) != nullptr;
}

bool DecodedMemory::forget(CodePage& page, std::size_t first, std::size_t last) const {
  bool hit = false;
  for (std::size_t i = first; i <= last && !hit; ++i) hit = page.decoded.test(i);
  if (!hit) return false;
  page.decoded.reset();
  const auto forgotten = [&](const CodePage::Trace& trace) {
    if (trace.first > last || trace.last < first) {
      for (std::size_t i = trace.first; i <= trace.last; ++i) page.decoded.set(i);
      return false;
    }
    // The other entries stay: the store that does this may be one of them.
    page.heads[trace.first] = nullptr;
    trace.head->handler = handlers_[single_handler(Operation::Forgotten, Source::Registers)];
    trace.head->length = 0;
    return true;
  };
  page.traces.erase(std::remove_if(page.traces.begin(), page.traces.end(), forgotten), page.traces.end());
  return true;
}

bool DecodedMemory::invalidate(std::uint64_t address, std::uint64_t length) {
  const std::uint64_t base = memory_.base;
  const std::uint64_t end = std::min(length > ~address ? ~std::uint64_t{0} : address + length, base + memory_.size);
  if (address >= end || end <= base) return false;
  const std::uint64_t first = address < base ? 0 : address - base;
  const std::uint64_t last = end - 1 - base;
  if (!any_line_marked(first, last)) return false;
  bool hit = false;
  // A page's traces may reach one halfword into the next.
  for (std::uint64_t number = (first < 2 ? 0 : first - 2) / CodePage::bytes; number <= last / CodePage::bytes;
       ++number) {
    CodePage* const page = pages_[number].get();
    if (page == nullptr) continue;
    const std::uint64_t page_first = number * CodePage::bytes;
    const std::uint64_t from = first < page_first ? 0 : (first - page_first) / 2;
    const std::uint64_t to = std::min<std::uint64_t>((last - page_first) / 2, CodePage::halfwords);
    hit = forget(*page, from, to) || hit;
  }
  return hit;
}

void DecodedMemory::invalidate_all() {
  for (const std::unique_ptr<CodePage>& page : pages_) {
    if (page) forget(*page, 0, CodePage::halfwords);
  }
  std::fill(line_marks_.begin(), line_marks_.end(), std::uint8_t{0});
}

}  // namespace spinvp::platform
