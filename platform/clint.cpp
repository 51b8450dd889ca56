#include "platform/clint.h"

#include <fmt/format.h>

#include "core/errors.h"

namespace spinvp::platform {
namespace {

std::uint32_t low(std::uint64_t value) {
  return static_cast<std::uint32_t>(value);
}
std::uint32_t high(std::uint64_t value) {
  return static_cast<std::uint32_t>(value >> 32);
}

std::uint64_t with_low(std::uint64_t value, std::uint32_t part) {
  return (value & 0xffffffff00000000u) | part;
}
std::uint64_t with_high(std::uint64_t value, std::uint32_t part) {
  return std::uint64_t{part} << 32 | low(value);
}

}  // namespace

Clint::Clint(sc_core::sc_module_name name, const ClintConfig& config) : RegisterDevice(name), config_(config) {
  if (config_.tick == sc_core::SC_ZERO_TIME) {
    throw InputError(fmt::format("timer '{}': the tick must not be 0", this->name()));
  }
  add_register(0x0, {"msip", [this] { return msip_; },
                     [this](std::uint32_t value) {
                       msip_ = value & 1u;
                       changed_.notify(sc_core::SC_ZERO_TIME);
                     }});
  const auto set_compare = [this](std::uint64_t value) {
    mtimecmp_ = value;
    changed_.notify(sc_core::SC_ZERO_TIME);
  };
  add_register(0x4000, {"mtimecmp", [this] { return low(mtimecmp_); },
                        [this, set_compare](std::uint32_t value) { set_compare(with_low(mtimecmp_, value)); }});
  add_register(0x4004, {"mtimecmph", [this] { return high(mtimecmp_); },
                        [this, set_compare](std::uint32_t value) { set_compare(with_high(mtimecmp_, value)); }});
  add_register(0xbff8, {"mtime", [this] { return low(time_at(local_time())); },
                        [this](std::uint32_t value) { set_time(with_low(time_at(local_time()), value)); }});
  add_register(0xbffc, {"mtimeh", [this] { return high(time_at(local_time())); },
                        [this](std::uint32_t value) { set_time(with_high(time_at(local_time()), value)); }});
  SC_HAS_PROCESS(Clint);
  SC_METHOD(drive_interrupts);
  sensitive << changed_;
}

void Clint::drive_interrupts() {
  software_irq.write(msip_ != 0);
  timer_irq.write(time_at(sc_core::sc_time_stamp()) >= mtimecmp_);
  program_timer();
}

void Clint::program_timer() {
  const std::uint64_t tick = config_.tick.value();
  const std::uint64_t now = sc_core::sc_time_stamp().value();
  const std::uint64_t mtime = time_at(sc_core::sc_time_stamp());
  if (mtimecmp_ <= mtime) {
    return;
  }
  const std::uint64_t ticks_away = mtimecmp_ - mtime;
  const std::uint64_t into_tick = now % tick;
  const std::uint64_t latest = sc_core::sc_max_time().value() - now;
  if (ticks_away <= latest / tick) {  // else the simulation ends before
    changed_.notify(sc_core::sc_time::from_value(ticks_away * tick - into_tick));
  }
}

std::uint64_t Clint::time_at(const sc_core::sc_time& now) const {
  return now.value() / config_.tick.value() + mtime_offset_;
}

void Clint::set_time(std::uint64_t value) {
  mtime_offset_ += value - time_at(local_time());
  changed_.notify(sc_core::SC_ZERO_TIME);
}

}  // namespace spinvp::platform
