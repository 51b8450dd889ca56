#pragma once

#include <cstdint>

#include "platform/register_device.h"

namespace spinvp::platform {

struct ClintConfig {
  sc_core::sc_time tick;  ///< period of mtime
};

/// Software and timer interrupt of one hart, at the offsets software expects of a CLINT:
///   0x0000 msip · 0x4000/0x4004 mtimecmp · 0xbff8/0xbffc mtime
/// mtime follows the simulated time; the timer interrupt is high while mtime >= mtimecmp and costs events only when
/// that changes. mtimecmp starts at its largest value.
class Clint : public RegisterDevice {
 public:
  sc_core::sc_out<bool> software_irq{"software_irq"};
  sc_core::sc_out<bool> timer_irq{"timer_irq"};

  /// InputError when the tick is 0.
  Clint(sc_core::sc_module_name name, const ClintConfig& config);

 private:
  void drive_interrupts();  ///< method process: the only writer of the two lines
  void program_timer();
  std::uint64_t time_at(const sc_core::sc_time& now) const;
  void set_time(std::uint64_t value);

  ClintConfig config_;
  std::uint32_t msip_ = 0;
  std::uint64_t mtimecmp_ = ~std::uint64_t{0};
  std::uint64_t mtime_offset_ = 0;  ///< mtime minus elapsed ticks, modulo 2^64
  sc_core::sc_event changed_;
};

}  // namespace spinvp::platform
