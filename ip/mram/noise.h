#pragma once

#include <cstdint>

namespace spinvp {

/// A seeded source of random numbers that gives the same ones on every machine and with every standard library.
class NoiseSource {
 public:
  explicit NoiseSource(std::uint64_t seed) : state_(seed) {}
  /// Sources with one seed and different streams are unrelated to each other.
  NoiseSource(std::uint64_t seed, std::uint64_t stream);

  std::uint64_t word();
  double uniform();  ///< in (0, 1]
  double normal();   ///< mean 0, standard deviation 1
  /// How many trials of chance `probability` fail before one succeeds; the highest number when it is 0.
  std::uint64_t failures_before(double probability);

 private:
  std::uint64_t state_;
  double spare_normal_ = 0;
  bool has_spare_ = false;
};

}  // namespace spinvp
