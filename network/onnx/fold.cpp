#include "network/onnx/fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace spinvp::network::onnx {
namespace {

constexpr int most_bits = 8;
constexpr int most_levels = (1 << most_bits) - 1;
constexpr double tolerance = 1e-6;  ///< of a level; levels are whole numbers times and divided by the same step

/// Level of each accumulator of one channel.
class LevelFunction {
 public:
  LevelFunction(const ScalarChain& chain, std::size_t channel, double scale, double step)
      : chain_(chain), channel_(channel), scale_(scale), step_(step) {}

  double of_value(double x) const { return evaluate(chain_, channel_, x) / step_; }

  double exact(std::int64_t accumulator) const { return of_value(static_cast<double>(accumulator) * scale_); }

  /// The level, checked to be one.
  std::int64_t operator()(std::int64_t accumulator) const {
    const double level = exact(accumulator);
    const double nearest = std::nearbyint(level);
    if (!(std::fabs(level - nearest) <= tolerance * std::max(1.0, std::fabs(nearest)))) {
      throw Unfoldable(
          fmt::format("its activation takes the value {:g} (channel {}, accumulator {}), which is {:g} "
                      "steps of {:g}; activations must be whole multiples of one step",
                      level * step_, channel_, accumulator, level, step_));
    }
    if (nearest < 0) {
      throw Unfoldable(
          fmt::format("its activation falls to {:g} (channel {}, accumulator {}); levels are unsigned, so "
                      "clip at 0 before rounding",
                      level * step_, channel_, accumulator));
    }
    return static_cast<std::int64_t>(std::min(nearest, 1e15));
  }

 private:
  const ScalarChain& chain_;
  std::size_t channel_;
  double scale_;
  double step_;
};

/// The end of a range at which a chain's level is highest, and the walk towards it.
struct Slope {
  std::int64_t bottom;  ///< accumulator with the lowest level
  std::int64_t top;     ///< accumulator with the highest
  int direction;        ///< +1 when top is the larger
};

/// The accumulator nearest to the bottom whose level is at least `level`; the top's level must be.
std::int64_t first_reaching(const LevelFunction& level_of, const Slope& slope, std::int64_t level) {
  if (level_of(slope.bottom) >= level) {
    return slope.bottom;
  }
  std::int64_t below = slope.bottom;
  std::int64_t reaching = slope.top;
  while (std::abs(reaching - below) > 1) {
    const std::int64_t middle = below + (reaching - below) / 2;
    (level_of(middle) >= level ? reaching : below) = middle;
  }
  return reaching;
}

ChannelThresholds channel_thresholds(const LevelFunction& level_of, const Slope& slope, int count) {
  const bool rising = slope.direction >= 0;
  ChannelThresholds channel;
  channel.direction = rising ? ChannelThresholds::Direction::Rising : ChannelThresholds::Direction::Falling;
  const std::int32_t never =
      rising ? std::numeric_limits<std::int32_t>::max() : std::numeric_limits<std::int32_t>::min();
  const std::int64_t highest = level_of(slope.top);
  Slope rest = slope;
  for (int level = 1; level <= count; ++level) {
    if (level > highest) {
      channel.values.push_back(never);
      continue;
    }
    rest.bottom = first_reaching(level_of, rest, level);
    channel.values.push_back(static_cast<std::int32_t>(rest.bottom));
  }
  return channel;
}

Slope slope_of(const ScalarChain& chain, std::size_t channel, const AccumulatorRange& range) {
  const int sign = direction(chain, channel, 0, chain.size());
  return sign < 0 ? Slope{range.high, range.low, -1} : Slope{range.low, range.high, sign};
}

/// Bits of the activation: of its highest level by construction (a clip's upper end) when that is small enough, else of
/// the highest level that an accumulator reaches.
int bits_of(const ScalarChain& chain, const PerChannel& scale, double step,
            const std::vector<AccumulatorRange>& ranges) {
  constexpr double beyond_every_accumulator = 1e30;
  double by_construction = 0;
  double reached = 0;
  for (std::size_t channel = 0; channel < ranges.size(); ++channel) {
    const LevelFunction level_of(chain, channel, scale[channel], step);
    const Slope slope = slope_of(chain, channel, ranges[channel]);
    by_construction = std::max(by_construction, level_of.of_value(slope.direction * beyond_every_accumulator));
    reached = std::max(reached, static_cast<double>(level_of(slope.top)));
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

AccumulatorRange reachable_range(const Layer& layer, int kernel, std::int64_t window) {
  const std::int64_t highest_input = (std::int64_t{1} << layer.input_bits) - 1;
  const std::size_t size = layer.weights_per_kernel();
  const std::int16_t* weights = layer.weights.data() + static_cast<std::size_t>(kernel) * size;
  AccumulatorRange range;
  for (std::size_t i = 0; i < size; ++i) {
    (weights[i] < 0 ? range.low : range.high) += weights[i] * highest_input;
  }
  range.low *= window;
  range.high *= window;
  return range;
}

FoldedActivation fold(const ScalarChain& chain, const PerChannel& scale, const std::vector<AccumulatorRange>& ranges) {
  const std::optional<double> step = output_step(chain, scale.uniform());
  if (!step) {
    throw Unfoldable(
        "nothing between it and the next layer rounds all channels to multiples of one step; "
        "write the activation as Clip(0, 1), Mul(2^b - 1), Round, Mul(1 / (2^b - 1))");
  }
  if (!(*step > 0) || !std::isfinite(*step)) {
    throw Unfoldable("its activation is scaled by zero");
  }
  FoldedActivation folded;
  folded.step = *step;
  folded.bits = bits_of(chain, scale, *step, ranges);
  const int count = (1 << folded.bits) - 1;
  for (std::size_t channel = 0; channel < ranges.size(); ++channel) {
    const LevelFunction level_of(chain, channel, scale[channel], *step);
    const Slope slope = slope_of(chain, channel, ranges[channel]);
    level_of(slope.bottom);
    folded.thresholds.push_back(channel_thresholds(level_of, slope, count));
  }
  return folded;
}

}  // namespace spinvp::network::onnx
