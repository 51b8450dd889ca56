#include "network/onnx/activation_levels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace spinvp::network::onnx {
namespace {

constexpr int most_bits = 8;
constexpr int most_levels = (1 << most_bits) - 1;
constexpr double tolerance = 1e-6;  ///< of a level; levels are whole numbers times and divided by the same step

int bits_of(const ScalarChain& chain, double step, const std::vector<RealRange>& reach) {
  constexpr double beyond_every_accumulator = 1e30;
  double by_construction = 0;
  double reached = 0;
  for (std::size_t channel = 0; channel < reach.size(); ++channel) {
    const ActivationLevels levels(chain, channel, step);
    const int direction = levels.direction();
    by_construction = std::max(by_construction, levels.ratio(direction * beyond_every_accumulator));
    const double top = direction < 0 ? reach[channel].low : reach[channel].high;
    reached = std::max(reached, static_cast<double>(levels.at(top)));
  }
  const double highest = by_construction <= most_levels ? std::floor(by_construction + 0.5) : reached;
  if (highest > most_levels) {
    throw Unfoldable(fmt::format("its activation has {} levels above 0; at most {} ({} bits) can be run", highest,
                                 most_levels, most_bits));
  }
  int bits = 1;
  while ((1 << bits) - 1 < static_cast<int>(highest)) {
    ++bits;
  }
  return bits;
}

}  // namespace

std::int64_t ActivationLevels::at(double x) const {
  const double level = ratio(x);
  const double nearest = std::nearbyint(level);
  if (!(std::fabs(level - nearest) <= tolerance * std::max(1.0, std::fabs(nearest)))) {
    throw Unfoldable(
        fmt::format("its activation takes the value {:g} (channel {}), which is {:g} steps of {:g}; activations must "
                    "be whole multiples of one step",
                    level * step_, channel_, level, step_));
  }
  if (nearest < 0) {
    throw Unfoldable(
        fmt::format("its activation falls to {:g} (channel {}); levels are unsigned, so clip at 0 before rounding",
                    level * step_, channel_));
  }
  return static_cast<std::int64_t>(std::min(nearest, 1e15));
}

ActivationForm activation_form(const ScalarChain& chain, std::optional<double> input_step,
                               const std::vector<RealRange>& reach) {
  const std::optional<double> step = output_step(chain, input_step);
  if (!step) {
    throw Unfoldable(
        "nothing between it and the next layer rounds all channels to multiples of one step; "
        "write the activation as Clip(0, 1), Mul(2^b - 1), Round, Mul(1 / (2^b - 1))");
  }
  if (!(*step > 0) || !std::isfinite(*step)) {
    throw Unfoldable("its activation is scaled by zero");
  }
  return ActivationForm{bits_of(chain, *step, reach), *step};
}

}  // namespace spinvp::network::onnx
