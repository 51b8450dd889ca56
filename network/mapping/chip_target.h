#pragma once

#include <cstdint>
#include <string>

namespace spinvp::network {

/// What decides which of several placements is the fastest. A wrong value costs time, never a result.
struct ChipSpeed {
  std::uint32_t row_operation_cycles = 1;  ///< from one row operation of a sub-array to its next
  std::uint32_t row_write_cycles = 1;
  std::uint32_t dma_bytes_per_cycle = 16;
};

/// The chip that a network is mapped for: what a driver could read from its capability registers, and how fast it is.
struct ChipTarget {
  std::string name;
  std::uint32_t rows = 0;     ///< of a sub-array
  std::uint32_t columns = 0;  ///< of a sub-array, a multiple of 64
  std::uint32_t subarrays = 0;
  std::uint32_t buffer_bytes = 0;
  ChipSpeed speed;
};

/// Where weights stand between images.
enum class WeightPolicy {
  Auto,        ///< stationary when the whole network fits, streamed otherwise
  Stationary,  ///< loaded once, every layer in rows of its own
  Streamed,    ///< loaded for every image, the next layer's while the current one computes
};

struct MappingOptions {
  WeightPolicy weights = WeightPolicy::Auto;
};

}  // namespace spinvp::network
