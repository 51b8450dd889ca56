#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ip/mram/sense_margins.h"

namespace spinvp {

/// What goes wrong in a chip's sub-arrays. Everything is off where nothing is said; the same seed gives the same
/// faults.
struct FaultConfig {
  struct StuckCell {
    std::uint32_t subarray = 0;  ///< of the chip
    std::uint32_t row = 0;
    std::uint32_t column = 0;
    bool value = false;  ///< what it always holds
  };

  std::uint64_t seed = 0;
  /// Only these sub-arrays have faults, apart from cells listed one by one.
  std::uint32_t first_subarray = 0;
  std::uint32_t subarrays = ~std::uint32_t{0};
  /// Chance that a column answers wrongly in one sense, by index_of(SenseFunction).
  std::array<double, sense_functions.size()> sense_errors{};
  double write_error = 0;        ///< chance that a written bit keeps what it held
  double stuck_density = 0;      ///< share of cells that are stuck, as many at 0 as at 1
  double retention_rate = 0;     ///< flips of a cell per second of simulated time
  std::vector<StuckCell> cells;  ///< stuck in addition
};

}  // namespace spinvp
