#include "platform/cpu/csr.h"

namespace spinvp::platform {
namespace {

constexpr std::uint32_t mstatus_mie = 1u << 3;
constexpr std::uint32_t mstatus_mpie = 1u << 7;
constexpr std::uint32_t mstatus_mpp_machine = 3u << 11;  // the only mode there is
constexpr std::uint32_t misa_rv32imac = 1u << 30 | 1u << ('I' - 'A') | 1u << ('M' - 'A') | 1u << ('A' - 'A') | 1u << 2;
constexpr std::uint32_t inhibit_cycles = 1u << 0;
constexpr std::uint32_t inhibit_retired = 1u << 2;
constexpr std::uint32_t cause_interrupt = 1u << 31;

constexpr std::uint32_t low(std::uint64_t value) {
  return static_cast<std::uint32_t>(value);
}
constexpr std::uint32_t high(std::uint64_t value) {
  return static_cast<std::uint32_t>(value >> 32);
}

/// mhpmevent, mhpmcounter and mhpmcounterh 3..31: there, and always zero.
constexpr bool is_unused_counter(std::uint32_t number) {
  const std::uint32_t index = number & 0x1fu;
  const std::uint32_t group = number & ~0x1fu;
  return index >= 3 && (group == 0x320 || group == 0xb00 || group == 0xb80);
}

constexpr bool is_read_only(std::uint32_t number) {
  return number >> 10 == 3;
}

constexpr std::uint32_t cause_of(std::uint32_t line) {
  return line == interrupt::external ? 11 : line == interrupt::software ? 3 : 7;
}

}  // namespace

void CsrFile::Counter::set(std::uint64_t value, std::uint64_t now) {
  held_ = value;
  offset_ = value - now;
}

void CsrFile::Counter::set_low(std::uint32_t low_half, std::uint64_t now) {
  set((value(now) & ~std::uint64_t{0xffffffff}) | low_half, now);
}

void CsrFile::Counter::set_high(std::uint32_t high_half, std::uint64_t now) {
  set(std::uint64_t{high_half} << 32 | low(value(now)), now);
}

void CsrFile::Counter::inhibit(bool stop, std::uint64_t now) {
  set(value(now), now);
  stopped_ = stop;
}

std::optional<std::uint32_t> CsrFile::read(std::uint32_t number, const Progress& now) const {
  switch (number) {
    case csr::mstatus:
      return (interrupts_enabled_ ? mstatus_mie : 0) | (previous_interrupts_enabled_ ? mstatus_mpie : 0) |
             mstatus_mpp_machine;
    case csr::misa:
      return misa_rv32imac;
    case csr::mie:
      return mie_;
    case csr::mtvec:
      return mtvec_;
    case csr::mcountinhibit:
      return (cycles_.inhibited() ? inhibit_cycles : 0) | (retired_.inhibited() ? inhibit_retired : 0);
    case csr::mscratch:
      return mscratch_;
    case csr::mepc:
      return mepc_;
    case csr::mcause:
      return mcause_;
    case csr::mtval:
      return mtval_;
    case csr::mip:
      return mip_;
    case csr::mcycle:
    case csr::cycle:
      return low(cycles_.value(now.cycles));
    case csr::mcycleh:
    case csr::cycleh:
      return high(cycles_.value(now.cycles));
    case csr::minstret:
    case csr::instret:
      return low(retired_.value(now.retired));
    case csr::minstreth:
    case csr::instreth:
      return high(retired_.value(now.retired));
    case csr::mhartid:
      return hart_id_;
    case csr::mstatush:
    case csr::mvendorid:
    case csr::marchid:
    case csr::mimpid:
    case csr::mconfigptr:
      return 0;
    default:
      if (is_unused_counter(number)) return 0;
      return std::nullopt;
  }
}

bool CsrFile::write(std::uint32_t number, std::uint32_t value, const Progress& after) {
  if (is_read_only(number)) return false;
  switch (number) {
    case csr::mstatus:
      interrupts_enabled_ = (value & mstatus_mie) != 0;
      previous_interrupts_enabled_ = (value & mstatus_mpie) != 0;
      return true;
    case csr::mie:
      mie_ = value & interrupt::all;
      return true;
    case csr::mtvec:
      mtvec_ = value & ~2u;  // modes: 0 direct, 1 vectored
      return true;
    case csr::mcountinhibit:
      cycles_.inhibit((value & inhibit_cycles) != 0, after.cycles);
      retired_.inhibit((value & inhibit_retired) != 0, after.retired);
      return true;
    case csr::mscratch:
      mscratch_ = value;
      return true;
    case csr::mepc:
      mepc_ = value & ~1u;
      return true;
    case csr::mcause:
      mcause_ = value;
      return true;
    case csr::mtval:
      mtval_ = value;
      return true;
    case csr::mcycle:
      cycles_.set_low(value, after.cycles);
      return true;
    case csr::mcycleh:
      cycles_.set_high(value, after.cycles);
      return true;
    case csr::minstret:
      retired_.set_low(value, after.retired);
      return true;
    case csr::minstreth:
      retired_.set_high(value, after.retired);
      return true;
    case csr::misa:  // writable without effect, as are the interrupt lines
    case csr::mip:
    case csr::mstatush:
      return true;
    default:
      return is_unused_counter(number);
  }
}

void CsrFile::mask_interrupts(std::uint32_t pc, std::uint32_t cause, std::uint32_t value) {
  mepc_ = pc;
  mcause_ = cause;
  mtval_ = value;
  previous_interrupts_enabled_ = interrupts_enabled_;
  interrupts_enabled_ = false;
}

std::uint32_t CsrFile::enter_exception(Exception exception, std::uint32_t pc, std::uint32_t value) {
  mask_interrupts(pc, static_cast<std::uint32_t>(exception), value);
  return mtvec_ & ~3u;
}

std::uint32_t CsrFile::enter_interrupt(std::uint32_t line, std::uint32_t pc) {
  const std::uint32_t cause = cause_of(line);
  mask_interrupts(pc, cause_interrupt | cause, 0);
  const bool vectored = (mtvec_ & 1u) != 0;
  return (mtvec_ & ~3u) + (vectored ? 4 * cause : 0);
}

std::uint32_t CsrFile::return_from_trap() {
  interrupts_enabled_ = previous_interrupts_enabled_;
  previous_interrupts_enabled_ = true;
  return mepc_;
}

std::uint32_t CsrFile::interrupt_to_take() const {
  const std::uint32_t pending = interrupts_enabled_ ? mip_ & mie_ : 0;
  for (const std::uint32_t line : {interrupt::external, interrupt::software, interrupt::timer}) {
    if ((pending & line) != 0) return line;
  }
  return 0;
}

}  // namespace spinvp::platform
