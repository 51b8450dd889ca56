#include "platform/cpu/rv32_core.h"

#include <algorithm>
#include <cstring>

#include "platform/cpu/decode.h"
#include "platform/cpu/trace_builder.h"

namespace spinvp::platform {
namespace {

struct Access {
  std::uint32_t length;
  bool is_store;
  bool is_signed;
};

Access access_of(Operation operation) {
  switch (operation) {
    case Operation::Lb:
      return {1, false, true};
    case Operation::Lbu:
      return {1, false, false};
    case Operation::Lh:
      return {2, false, true};
    case Operation::Lhu:
      return {2, false, false};
    case Operation::Sb:
      return {1, true, false};
    case Operation::Sh:
      return {2, true, false};
    case Operation::Sw:
      return {4, true, false};
    default:
      return {4, false, false};
  }
}

std::uint32_t sign_extend(std::uint32_t value, std::uint32_t length) {
  const std::uint32_t unused_bits = 32 - 8 * length;
  return static_cast<std::uint32_t>(static_cast<std::int32_t>(value << unused_bits) >> unused_bits);
}

/// The AMOs of the A extension by funct5.
std::uint32_t combine(std::uint32_t funct5, std::uint32_t memory, std::uint32_t operand) {
  const auto as_signed = [](std::uint32_t value) { return static_cast<std::int32_t>(value); };
  switch (funct5) {
    case 0x00:
      return memory + operand;
    case 0x04:
      return memory ^ operand;
    case 0x08:
      return memory | operand;
    case 0x0c:
      return memory & operand;
    case 0x10:
      return as_signed(memory) < as_signed(operand) ? memory : operand;
    case 0x14:
      return as_signed(memory) > as_signed(operand) ? memory : operand;
    case 0x18:
      return std::min(memory, operand);
    case 0x1c:
      return std::max(memory, operand);
    default:
      return operand;  // swap
  }
}

std::uint32_t csr_encoding(const DecodedEntry& entry) {
  const std::uint32_t rd = entry.rd % 32u;
  return 0x73u | rd << 7 | std::uint32_t{entry.rs2} << 12 | std::uint32_t{entry.rs1} << 15 |
         static_cast<std::uint32_t>(entry.immediate) << 20;
}

}  // namespace

Rv32Core::Rv32Core(CoreBus& bus, std::uint32_t reset_pc, std::uint32_t hart_id)
    : pc_(reset_pc & ~1u), csrs_(hart_id), bus_(bus) {
  interpret();
}

StopReason Rv32Core::run(std::uint64_t max_instructions) {
  attempts_ = attempts();  // also after a run that a bus callback left by an exception
  left_ = granted_ = max_instructions;
  const StopReason reason = interpret();
  if (reason == StopReason::Breakpoint || reason == StopReason::Watchpoint || reason == StopReason::Ebreak) {
    passing_breakpoint_ = true;
    passing_watch_ = reason == StopReason::Watchpoint;
  } else if (left_ != granted_) {
    passing_breakpoint_ = passing_watch_ = false;
  }
  return reason;
}

void Rv32Core::request_stop() {
  stop_requested_ = true;
  attention_ = true;
}

void Rv32Core::set_breakpoint(std::uint32_t pc) {
  if (breakpoints_.insert(pc).second) forget_decoded(pc);
}

void Rv32Core::clear_breakpoint(std::uint32_t pc) {
  if (breakpoints_.erase(pc) != 0) forget_decoded(pc);
}

void Rv32Core::forget_decoded(std::uint32_t pc) {
  for (const auto& memory : memories_) {
    if (memory->invalidate(pc, 2)) attention_ = true;
  }
}

void Rv32Core::add_watch(const Watch& watch) {
  watches_.add(watch);
  forget_windows();
}

void Rv32Core::remove_watch(const Watch& watch) {
  watches_.remove(watch);
}

void Rv32Core::clear_watches() {
  watches_.clear();
}

bool Rv32Core::take_interrupt() {
  const std::uint32_t line = csrs_.interrupt_to_take();
  if (line == 0) return false;
  waiting_ = false;
  passing_breakpoint_ = passing_watch_ = false;
  pc_ = csrs_.enter_interrupt(line, pc_);
  return true;
}

void Rv32Core::add_memory(const DirectMemory& memory) {
  constexpr std::uint64_t address_space = std::uint64_t{1} << 32;
  DirectMemory clipped = memory;
  clipped.size = std::min(memory.size, address_space - memory.base);
  if (clipped.size == 0 || clipped.host == nullptr) return;
  if (const DecodedMemory* known = find(clipped.base, 1)) {
    const DirectMemory& same = known->memory();
    if (same.base == clipped.base && same.size == clipped.size && same.host == clipped.host &&
        same.writable == clipped.writable && same.loadable == clipped.loadable) {
      return;
    }
  }
  remove_memory(clipped.base, clipped.base + clipped.size - 1);
  memories_.push_back(std::make_unique<DecodedMemory>(clipped, handlers_, breakpoints_));
}

void Rv32Core::remove_memory(std::uint64_t first, std::uint64_t last) {
  const auto overlaps = [first, last](const std::unique_ptr<DecodedMemory>& memory) {
    const std::uint64_t base = memory->memory().base;
    return base <= last && first < base + memory->memory().size;
  };
  const auto removed = std::stable_partition(memories_.begin(), memories_.end(),
                                             [&overlaps](const auto& memory) { return !overlaps(memory); });
  std::move(removed, memories_.end(), std::back_inserter(removed_memories_));
  memories_.erase(removed, memories_.end());
  forget_windows();
  attention_ = true;
}

void Rv32Core::invalidate(std::uint64_t address, std::uint64_t length) {
  if (length == 0) return;
  for (const auto& memory : memories_) {
    if (memory->invalidate(address, length)) attention_ = true;
  }
  if (reservation_ && *reservation_ + std::uint64_t{4} > address &&
      (*reservation_ < address || *reservation_ - address < length)) {
    reservation_.reset();
  }
}

void Rv32Core::set_interrupt_lines(std::uint32_t lines) {
  csrs_.set_lines(lines);
  if (csrs_.interrupt_to_take() != 0) attention_ = true;
}

void Rv32Core::set_pc(std::uint32_t pc) {
  pc_ = pc & ~1u;
  waiting_ = false;
  passing_breakpoint_ = passing_watch_ = false;
}

void Rv32Core::set_reg(unsigned index, std::uint32_t value) {
  if (index > 0 && index < 32) x_[index] = value;
}

bool Rv32Core::set_csr(std::uint32_t number, std::uint32_t value) {
  return csrs_.write(number, value, {cycles(), instructions()});
}

DecodedMemory* Rv32Core::find(std::uint32_t address, std::uint32_t length) {
  for (const auto& memory : memories_) {
    if (memory->contains(address, length)) return memory.get();
  }
  return nullptr;
}

void Rv32Core::forget_windows() {
  load_window_ = Window{};
  store_window_ = Window{};
  fetch_memory_ = nullptr;
}

/// The part of a memory around `address` that accesses may take the fast path to; none of it is watched.
Rv32Core::Window Rv32Core::window_of(const DecodedMemory& memory, std::uint32_t address) const {
  constexpr std::uint64_t word = 4;
  constexpr std::uint64_t line_bytes = std::uint64_t{1} << DecodedMemory::line_shift;
  const DirectMemory& direct = memory.memory();
  std::uint64_t first = direct.base;
  std::uint64_t end = direct.base + direct.size;
  std::uint64_t first_line = 0;
  if (!watches_.empty()) {
    if (watches_.watches(address)) return {};
    watches_.narrow(address, first, end);
    first_line = (first - direct.base + line_bytes - 1) >> DecodedMemory::line_shift;
    first = direct.base + (first_line << DecodedMemory::line_shift);
    if (address < first) return {};
  }
  if (end < first + word) return {};
  return {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(end - first - (word - 1)),
          direct.host + (first - direct.base), memory.line_marks() + first_line};
}

bool Rv32Core::stops_at_watch(std::uint32_t address, std::uint32_t length, bool is_write) {
  if (watches_.empty() || (passing_watch_ && left_ == granted_)) return false;
  const std::optional<WatchHit> hit = watches_.hit(address, length, is_write);
  if (!hit) return false;
  watch_hit_ = *hit;
  stop_reason_ = StopReason::Watchpoint;
  return true;
}

DecodedEntry* Rv32Core::fetch(CodePage*& page) {
  page = &no_page_;
  if (fetch_memory_ == nullptr || !fetch_memory_->contains(pc_, 2)) {
    DecodedMemory* const memory = find(pc_, 2);
    if (memory == nullptr || !memory->executable()) return fetch_one();
    fetch_memory_ = memory;
  }
  CodePage& decoded = fetch_memory_->page_at(pc_);
  DecodedEntry* entry = decoded.head(pc_);
  if (entry == nullptr) entry = fetch_memory_->decode(decoded, pc_);
  if (entry == nullptr) return fetch_one();
  page = &decoded;
  return entry;
}

DecodedEntry* Rv32Core::fetch_one() {
  if (breakpoints_.count(pc_) != 0 && !passes_breakpoint()) {  // what is not executed is not fetched
    single_[0] = internal_entry(Operation::Breakpoint, pc_);
    finish_trace(single_.data(), 1, handlers_);
    return single_.data();
  }
  std::uint32_t bits = 0;
  std::uint32_t length = 2;
  for (std::uint32_t fetched = 0; fetched < length; fetched += 2) {
    std::uint16_t halfword = 0;
    const std::uint32_t address = pc_ + fetched;
    if (DecodedMemory* memory = find(address, 2)) {
      std::memcpy(&halfword, memory->host(address), sizeof halfword);
    } else if (!bus_.fetch(address, halfword)) {
      trap(Exception::FetchFault, address);
      return nullptr;
    }
    bits |= std::uint32_t{halfword} << (8 * fetched);
    if (fetched == 0 && is_wide(halfword)) length = 4;
  }
  single_[0] = decode_entry(bits, pc_, NearRange{});
  single_[1] = internal_entry(Operation::TraceEnd, pc_ + length);
  finish_trace(single_.data(), leaves_trace(single_[0]) ? 1 : 2, handlers_);
  return single_.data();
}

Rv32Core::Outcome Rv32Core::trap(Exception exception, std::uint32_t value) {
  pc_ = csrs_.enter_exception(exception, pc_, value);
  ++traps_;
  return Outcome::Trapped;
}

std::optional<Exception> Rv32Core::load(std::uint32_t address, std::uint32_t length, std::uint32_t& value) {
  value = 0;
  if (DecodedMemory* memory = find(address, length); memory != nullptr && memory->memory().loadable) {
    std::memcpy(&value, memory->host(address), length);
    load_window_ = window_of(*memory, address);
    return std::nullopt;
  }
  if (address % length != 0) return Exception::LoadMisaligned;
  if (!bus_.read(address, length, value)) return Exception::LoadFault;
  return std::nullopt;
}

std::optional<Exception> Rv32Core::store(std::uint32_t address, std::uint32_t length, std::uint32_t value) {
  DecodedMemory* memory = find(address, length);
  if (memory != nullptr && memory->memory().writable) {
    if (memory->invalidate(address, length)) attention_ = true;
    std::memcpy(memory->host(address), &value, length);
    store_window_ = window_of(*memory, address);
    return std::nullopt;
  }
  if (address % length != 0) return Exception::StoreMisaligned;
  if (!bus_.write(address, length, value)) return Exception::StoreFault;
  if (memory != nullptr) memory = find(address, length);  // a read-only view of what was just written
  if (memory != nullptr && memory->invalidate(address, length)) attention_ = true;
  return std::nullopt;
}

Rv32Core::Outcome Rv32Core::access_memory(const DecodedEntry& entry, std::uint32_t address) {
  const Access access = access_of(operation_of(entry));
  if (stops_at_watch(address, access.length, access.is_store)) return Outcome::Stopped;
  if (access.is_store) {
    if (const auto fault = store(address, access.length, x_[entry.rs2])) return trap(*fault, address);
    return retired();
  }
  std::uint32_t value = 0;
  if (const auto fault = load(address, access.length, value)) return trap(*fault, address);
  x_[entry.rd] = access.is_signed ? sign_extend(value, access.length) : value;
  return retired();
}

Rv32Core::Outcome Rv32Core::load_reserved(const DecodedEntry& entry) {
  const std::uint32_t address = x_[entry.rs1];
  std::uint32_t value = 0;
  if (address % 4 != 0) return trap(Exception::LoadMisaligned, address);
  if (stops_at_watch(address, 4, false)) return Outcome::Stopped;
  if (const auto fault = load(address, 4, value)) return trap(*fault, address);
  reservation_ = address;
  x_[entry.rd] = value;
  return retired();
}

Rv32Core::Outcome Rv32Core::store_conditional(const DecodedEntry& entry) {
  const std::uint32_t address = x_[entry.rs1];
  if (address % 4 != 0) return trap(Exception::StoreMisaligned, address);
  if (stops_at_watch(address, 4, true)) return Outcome::Stopped;
  const bool reserved = reservation_ == address;
  if (reserved) {
    if (const auto fault = store(address, 4, x_[entry.rs2])) return trap(*fault, address);
  }
  reservation_.reset();
  x_[entry.rd] = reserved ? 0 : 1;
  return retired();
}

Rv32Core::Outcome Rv32Core::atomic(const DecodedEntry& entry) {
  const std::uint32_t address = x_[entry.rs1];
  std::uint32_t value = 0;
  if (address % 4 != 0) return trap(Exception::StoreMisaligned, address);
  if (stops_at_watch(address, 4, false) || stops_at_watch(address, 4, true)) return Outcome::Stopped;
  if (load(address, 4, value)) return trap(Exception::StoreFault, address);
  const std::uint32_t result = combine(static_cast<std::uint32_t>(entry.immediate), value, x_[entry.rs2]);
  if (const auto fault = store(address, 4, result)) return trap(*fault, address);
  x_[entry.rd] = value;
  return retired();
}

Rv32Core::Outcome Rv32Core::ebreak() {
  if (!stops_at_ebreak_ || passes_breakpoint()) return trap(Exception::Breakpoint, pc_);
  stop_reason_ = StopReason::Ebreak;
  return Outcome::Stopped;
}

Rv32Core::Outcome Rv32Core::access_csr(const DecodedEntry& entry) {
  enum : std::uint32_t { Write = 1, Set = 2, Clear = 3, Immediate = 4 };
  const auto number = static_cast<std::uint32_t>(entry.immediate);
  const std::uint32_t funct3 = entry.rs2;
  const std::uint32_t operand = (funct3 & Immediate) != 0 ? entry.rs1 : x_[entry.rs1];
  const Progress now{cycles(), instructions()};
  const std::optional<std::uint32_t> old = csrs_.read(number, now);
  bool legal = old.has_value();
  const std::uint32_t kind = funct3 & ~Immediate;
  if (legal && (kind == Write || entry.rs1 != 0)) {  // csrrs and csrrc with x0 only read
    const std::uint32_t value = kind == Write ? operand : kind == Set ? *old | operand : *old & ~operand;
    legal = csrs_.write(number, value, {now.cycles + 1, now.retired + 1});
  }
  if (!legal) return trap(Exception::IllegalInstruction, csr_encoding(entry));
  x_[entry.rd] = *old;
  if (csrs_.interrupt_to_take() != 0) attention_ = true;
  return retired();
}

}  // namespace spinvp::platform
