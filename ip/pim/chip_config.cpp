#include "ip/pim/chip_config.h"

#include <algorithm>
#include <cmath>

namespace spinvp {

std::uint32_t ChipConfig::cycles(double latency_ns) const {
  const double period_ns = clock_period.to_seconds() * 1e9;
  return static_cast<std::uint32_t>(std::max(1.0, std::ceil(latency_ns / period_ns - 1e-9)));
}

std::uint32_t ChipConfig::row_operation_cycles() const {
  const std::uint32_t counting = accumulator.bit_counter == BitCounter::Tree ? 1 : columns();
  return std::max(read_cycles(), counting);
}

SubArrayConfig ChipConfig::subarray_config(std::uint32_t index) const {
  return {rows(), columns(), clock_period * read_cycles(), clock_period * write_cycles(), detail == Detail::Fast,
          faults, index};
}

}  // namespace spinvp
