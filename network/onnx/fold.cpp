#include "network/onnx/fold.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "network/onnx/activation_levels.h"

namespace spinvp::network::onnx {
namespace {

/// Level of each accumulator of one channel.
class LevelFunction {
 public:
  LevelFunction(const ActivationLevels& levels, double scale) : levels_(levels), scale_(scale) {}

  std::int64_t operator()(std::int64_t accumulator) const {
    return levels_.at(static_cast<double>(accumulator) * scale_);
  }

 private:
  const ActivationLevels& levels_;
  double scale_;
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
    channel.values.push_back(rest.bottom);
  }
  return channel;
}

}  // namespace

FoldedActivation fold(const ScalarChain& chain, const PerChannel& scale, const std::vector<ValueRange>& ranges) {
  std::vector<RealRange> reach;
  for (std::size_t channel = 0; channel < ranges.size(); ++channel) {
    reach.push_back({static_cast<double>(ranges[channel].low) * scale[channel],
                     static_cast<double>(ranges[channel].high) * scale[channel]});
  }
  const ActivationForm form = activation_form(chain, scale.uniform(), reach);
  FoldedActivation folded;
  folded.step = form.step;
  folded.bits = form.bits;
  const int count = (1 << folded.bits) - 1;
  for (std::size_t channel = 0; channel < ranges.size(); ++channel) {
    const ActivationLevels levels(chain, channel, form.step);
    const LevelFunction level_of(levels, scale[channel]);
    const ValueRange& range = ranges[channel];
    const int direction = levels.direction();
    const Slope slope = direction < 0 ? Slope{range.high, range.low, -1} : Slope{range.low, range.high, direction};
    level_of(slope.bottom);
    folded.thresholds.push_back(channel_thresholds(level_of, slope, count));
  }
  return folded;
}

Affine fold_scores(const ScalarChain& chain, const PerChannel& scale, const std::vector<ValueRange>& ranges) {
  constexpr int score_bits = 30;
  constexpr double most = std::numeric_limits<std::int32_t>::max();
  std::vector<double> gains;
  double largest_logit = 0;
  double largest_gain = 0;
  for (std::size_t channel = 0; channel < ranges.size(); ++channel) {
    gains.push_back(gain_of(chain, channel) * scale[channel]);
    largest_gain = std::max(largest_gain, std::fabs(gains.back()));
    for (const std::int64_t end : {ranges[channel].low, ranges[channel].high}) {
      const double logit = evaluate(chain, channel, static_cast<double>(end) * scale[channel]);
      largest_logit = std::max(largest_logit, std::fabs(logit));
    }
  }
  int unit_exponent = 0;  // a score counts 2^unit_exponent
  std::frexp(largest_logit, &unit_exponent);
  unit_exponent -= score_bits;
  Affine affine;
  while (affine.shift < 31 && std::ldexp(largest_gain, affine.shift + 1 - unit_exponent) <= most) {
    ++affine.shift;
  }
  for (std::size_t channel = 0; channel < ranges.size(); ++channel) {
    const int exponent = affine.shift - unit_exponent;
    const double gain = std::min(std::max(std::ldexp(gains[channel], exponent), -most), most);
    affine.gains.push_back(static_cast<std::int32_t>(std::llround(gain)));
    affine.offsets.push_back(std::llround(std::ldexp(evaluate(chain, channel, 0.0), exponent)));
  }
  return affine;
}

}  // namespace spinvp::network::onnx
