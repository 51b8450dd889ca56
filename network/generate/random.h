#pragma once

#include <cstdint>

namespace spinvp::network {

/// Random numbers that are the same on every machine: SplitMix64 (Steele, Lea and Flood, 2014), and reals made from its
/// integers by exact arithmetic alone.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t bits() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

  /// From `low` up to, not including, `high`.
  double uniform(double low = 0, double high = 1) {
    return low + (high - low) * (static_cast<double>(bits() >> 11) * 0x1p-53);
  }

  /// About normal, mean 0 and deviation 1: a sum of twelve 16-bit numbers.
  double normal() {
    std::uint64_t sum = 0;
    for (int word = 0; word < 3; ++word) {
      const std::uint64_t four = bits();
      sum += (four & 0xffff) + (four >> 16 & 0xffff) + (four >> 32 & 0xffff) + (four >> 48);
    }
    return static_cast<double>(sum) * 0x1p-16 - 6;
  }

 private:
  std::uint64_t state_;
};

}  // namespace spinvp::network
