#include "ip/mram/noise.h"

#include <cmath>
#include <limits>

namespace spinvp {

// SplitMix64: a counter and a mixing function, so that a stream starts anywhere at no cost.
NoiseSource::NoiseSource(std::uint64_t seed, std::uint64_t stream) : state_(seed) {
  state_ = word() ^ (stream * 0xd1342543de82ef95u);
  state_ = word();
}

std::uint64_t NoiseSource::word() {
  state_ += 0x9e3779b97f4a7c15u;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return mixed ^ (mixed >> 31);
}

double NoiseSource::uniform() {
  return (static_cast<double>(word() >> 11) + 1) * 0x1p-53;
}

double NoiseSource::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_normal_;
  }
  // Box and Muller: two independent numbers from two.
  const double radius = std::sqrt(-2 * std::log(uniform()));
  const double angle = 6.28318530717958647692 * uniform();
  spare_normal_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

std::uint64_t NoiseSource::failures_before(double probability) {
  constexpr auto never = std::numeric_limits<std::uint64_t>::max();
  if (probability >= 1) {
    return 0;
  }
  if (probability <= 0) {
    return never;
  }
  const double failures = std::floor(std::log(uniform()) / std::log1p(-probability));
  return failures < 1e18 ? static_cast<std::uint64_t>(failures) : never;
}

}  // namespace spinvp
