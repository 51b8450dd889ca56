#pragma once

#include <cstdint>
#include <string>

namespace spinvp::network {

/// The chip that a network is mapped for: what a driver could read from its capability registers.
struct ChipTarget {
  std::string name;
  std::uint32_t rows = 0;     ///< of a sub-array
  std::uint32_t columns = 0;  ///< of a sub-array, a multiple of 64
  std::uint32_t subarrays = 0;
  std::uint32_t buffer_bytes = 0;
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
