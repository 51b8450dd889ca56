#include "network/onnx/lower/fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "network/onnx/lower/activation_levels.h"

namespace spinvp::network::onnx {
namespace {

/// The levels of one channel along positions, accumulators turned so that levels never fall.
class Staircase {
 public:
  Staircase(const ActivationLevels& levels, const AccumulatorMeaning& meaning, std::size_t channel,
            const ValueRange& range)
      : levels_(levels),
        meaning_(meaning),
        channel_(channel),
        sign_((levels.direction() < 0) != (meaning.scale[channel] < 0) ? -1 : 1) {
    low_ = sign_ > 0 ? range.low : -range.high;
    high_ = sign_ > 0 ? range.high : -range.low;
  }

  ChannelThresholds thresholds(int count) const {
    ChannelThresholds channel;
    channel.direction = sign_ > 0 ? ChannelThresholds::Direction::Rising : ChannelThresholds::Direction::Falling;
    const std::int64_t never =
        sign_ > 0 ? std::numeric_limits<std::int32_t>::max() : std::numeric_limits<std::int32_t>::min();
    const std::int64_t highest = level_at(high_);
    std::int64_t before = low_;
    std::int64_t spacing = 1;
    level_at(low_);
    for (int level = 1; level <= count; ++level) {
      if (level > highest) {
        channel.values.push_back(never);
        continue;
      }
      const std::int64_t first = first_reaching(level, before, spacing);
      spacing = std::max<std::int64_t>(first - before, 1);
      before = first;
      channel.values.push_back(sign_ * first);
    }
    return channel;
  }

  /// Looks at the accumulators around each threshold: a library function that does not rise from one to the next could
  /// have misled the search. Unfoldable when it did.
  void check(const ChannelThresholds& channel) const {
    constexpr std::int64_t neighbourhood = 32;
    for (std::size_t index = 0; index < channel.values.size(); ++index) {
      const std::int64_t first = std::min(sign_ * channel.values[index], high_ + 1);
      const auto level = static_cast<std::int64_t>(index) + 1;
      const std::int64_t last = std::min(first + neighbourhood, high_);
      for (std::int64_t position = std::max(first - neighbourhood, low_); position <= last; ++position) {
        if ((level_at(position) >= level) != (position >= first)) {
          throw Unfoldable(fmt::format(
              "its Tanh or Sigmoid, as this machine's C library computes it, falls around accumulator {} of "
              "channel {}, where a level begins; no threshold can follow that",
              sign_ * position, channel_));
        }
      }
    }
  }

 private:
  std::int64_t level_at(std::int64_t position) const { return levels_.at(meaning_.at(channel_, sign_ * position)); }

  /// The lowest position from `least` on whose level is at least `level`; high_'s is. Steps are about equally wide, so
  /// the last one's width is tried first, then its neighbourhood, then bisection between what has been seen.
  std::int64_t first_reaching(std::int64_t level, std::int64_t least, std::int64_t spacing) const {
    if (level_at(least) >= level) {
      return least;
    }
    std::int64_t below = least;
    std::int64_t reaching = high_;
    const auto probe = [&](std::int64_t position) {
      if (position > below && position < reaching) {
        (level_at(position) >= level ? reaching : below) = position;
      }
    };
    const std::int64_t guess = least + spacing;
    probe(guess);
    const bool downwards = reaching == guess;
    for (std::int64_t width = 1; reaching - below > 1; width *= 2) {
      const std::int64_t seen = downwards ? reaching : below;
      probe(downwards ? reaching - width : below + width);
      if ((downwards ? reaching : below) == seen) {
        break;  // the step lies between the last two that were tried
      }
    }
    while (reaching - below > 1) {
      probe(below + (reaching - below) / 2);
    }
    return reaching;
  }

  const ActivationLevels& levels_;
  const AccumulatorMeaning& meaning_;
  std::size_t channel_;
  std::int64_t sign_;
  std::int64_t low_ = 0;
  std::int64_t high_ = 0;
};

/// Levels 0 and 2 of three become the levels of one bit, when level 1 is given by nothing.
void leave_out_middle(FoldedActivation& folded) {
  const bool is_missing =
      std::all_of(folded.thresholds.begin(), folded.thresholds.end(),
                  [](const ChannelThresholds& channel) { return channel.values[0] == channel.values[1]; });
  if (is_missing) {
    folded.bits = 1;
    folded.step *= 2;
    for (ChannelThresholds& channel : folded.thresholds) {
      channel.values.resize(1);
    }
  }
}

}  // namespace

double FoldedActivation::base_in_steps() const {
  const double steps = base / step;
  const double nearest = std::nearbyint(2 * steps) / 2;
  return std::fabs(steps - nearest) <= 1e-9 * std::max(1.0, std::fabs(nearest)) ? nearest : steps;
}

FoldedActivation fold(const ScalarChain& chain, const AccumulatorMeaning& meaning,
                      const std::vector<ValueRange>& ranges) {
  std::vector<RealRange> reach;
  for (std::size_t channel = 0; channel < ranges.size(); ++channel) {
    reach.push_back({meaning.at(channel, ranges[channel].low), meaning.at(channel, ranges[channel].high)});
  }
  const ActivationForm form = activation_form(chain, meaning.scale.uniform(), reach);
  FoldedActivation folded;
  folded.step = form.step;
  folded.base = form.base;
  folded.bits = form.bits;
  const int count = (1 << folded.bits) - 1;
  const bool certain = !has_library_function(chain);
  for (std::size_t channel = 0; channel < ranges.size(); ++channel) {
    const ActivationLevels levels(chain, channel, form);
    const Staircase staircase(levels, meaning, channel, ranges[channel]);
    folded.thresholds.push_back(staircase.thresholds(count));
    if (!certain) {
      staircase.check(folded.thresholds.back());
    }
  }
  if (form.highest == 2) {
    leave_out_middle(folded);
  }
  return folded;
}

Affine fold_scores(const ScalarChain& chain, const AccumulatorMeaning& meaning, const std::vector<ValueRange>& ranges) {
  constexpr int score_bits = 30;
  constexpr double most = std::numeric_limits<std::int32_t>::max();
  std::vector<double> gains;
  double largest_logit = 0;
  double largest_gain = 0;
  for (std::size_t channel = 0; channel < ranges.size(); ++channel) {
    // A channel that is always the same takes no bits from the others' gains, however large its own would be.
    const bool is_constant = ranges[channel].low == 0 && ranges[channel].high == 0;
    gains.push_back(is_constant ? 0 : gain_of(chain, channel) * meaning.scale[channel]);
    largest_gain = std::max(largest_gain, std::fabs(gains.back()));
    for (const std::int64_t end : {ranges[channel].low, ranges[channel].high}) {
      const double logit = evaluate(chain, channel, meaning.at(channel, end));
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
    affine.offsets.push_back(std::llround(std::ldexp(evaluate(chain, channel, meaning.at(channel, 0)), exponent)));
  }
  return affine;
}

}  // namespace spinvp::network::onnx
