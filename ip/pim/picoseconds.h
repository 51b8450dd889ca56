#pragma once

#include <cmath>
#include <cstdint>
#include <systemc>

namespace spinvp {

/// Whole picoseconds of a time, exact whatever SystemC's time resolution (a power of ten, finer or coarser): a
/// picosecond itself is no sc_time where the resolution is coarser.
inline std::uint64_t picoseconds(const sc_core::sc_time& time) {
  const double resolution_ps = sc_core::sc_get_time_resolution().to_seconds() * 1e12;
  return resolution_ps < 0.9 ? time.value() / static_cast<std::uint64_t>(std::llround(1 / resolution_ps))
                             : time.value() * static_cast<std::uint64_t>(std::llround(resolution_ps));
}

}  // namespace spinvp
