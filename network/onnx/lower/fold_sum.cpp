#include "network/onnx/lower/fold_sum.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "network/onnx/lower/activation_levels.h"

namespace spinvp::network::onnx {
namespace {

constexpr int most_fraction_bits = 31;
constexpr std::int64_t most_multiplier = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t most_tried_levels = 256;
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

/// One channel of a sum. Everything is turned so that levels rise: position n = sign * accumulator, and a threshold is
/// passed when n * 2^fraction_bits + weight * value reaches it, with weight = sign * multiplier.
class ChannelSum {
 public:
  ChannelSum(const QuantisedSum& sum, std::size_t channel, const ActivationForm& form)
      : sum_(sum),
        channel_(channel),
        levels_(sum.post, channel, form),
        main_(sum.main, channel),
        other_(sum.other, channel),
        count_((1 << form.bits) - 1),
        values_(sum.values[channel]) {
    gain_ = gain_of(sum.main, channel) * sum.meaning.scale[channel];
    other_gain_ = gain_of(sum.other, channel) * sum.other_scale[channel];
    post_ = levels_.direction() < 0 ? -1 : 1;
    sign_ = gain_ * post_ < 0 ? -1 : 1;
    const ValueRange& range = sum.accumulators[channel];
    low_ = sign_ > 0 ? range.low : -range.high;
    high_ = sign_ > 0 ? range.high : -range.low;
    find_limits();
    find_doubt();
  }

  /// What a value counts in accumulators, turned as positions are; infinite when accumulators do not count.
  double ratio() const { return post_ * other_gain_ / std::fabs(gain_); }

  int sign() const { return sign_; }
  int limit_count() const { return count_; }
  std::int64_t low() const { return low_; }
  std::int64_t high() const { return high_; }

  /// The weight nearest to the ratio, as far as 32 bits go. Where accumulators do not count, values outweigh them.
  std::int64_t weight(int fraction_bits) const {
    const double ideal = other_gain_ == 0 ? 0 : std::ldexp(ratio(), fraction_bits);
    const auto most = static_cast<double>(most_multiplier);
    return std::llround(std::min(std::max(ideal, -most), most));
  }

  /// For each value from 0 to `highest`, the lowest position that reaches threshold `index` beside it; high() + 1 when
  /// none does.
  void first_passing(int index, std::int64_t highest, std::vector<std::int64_t>& positions) const {
    for (std::int64_t value = 0; value <= highest; ++value) {
      positions.push_back(first_passing(limits_[static_cast<std::size_t>(index)], other_at(value)));
    }
  }

  /// The threshold for rounded sums: the position at which real numbers pass, in fixed point.
  std::int64_t rounded_threshold(int index, int fraction_bits, std::int64_t weight) const {
    const double limit = limits_[static_cast<std::size_t>(index)];
    const std::int64_t factor = std::int64_t{1} << fraction_bits;
    const std::int64_t lowest = low_ * factor + std::min(weight * values_.low, weight * values_.high);
    const std::int64_t highest = high_ * factor + std::max(weight * values_.low, weight * values_.high);
    if (gain_ == 0) {
      return between_values(limit, weight, highest);
    }
    const double real = (limit - post_ * (main_at(0) + other_at(0))) / std::fabs(gain_);
    const double scaled = std::ceil(std::ldexp(real, fraction_bits));
    if (scaled > static_cast<double>(highest)) {
      return never;
    }
    return scaled <= static_cast<double>(lowest) ? lowest : static_cast<std::int64_t>(scaled);
  }

 private:
  double main_at(std::int64_t position) const { return main_(sum_.meaning.at(channel_, sign_ * position)); }
  double other_at(std::int64_t value) const { return other_(static_cast<double>(value) * sum_.other_scale[channel_]); }

  std::int64_t first_passing(double limit, double other) const {
    const auto passes = [&](std::int64_t position) { return post_ * (main_at(position) + other) >= limit; };
    // Where real numbers would have it; in doubt, what the model's arithmetic says.
    const double real = (limit - post_ * (origin_ + other)) / std::fabs(gain_);
    const double up = std::ceil(real);
    const auto first = static_cast<double>(low_);
    const auto last = static_cast<double>(high_ + 1);
    const auto guess = static_cast<std::int64_t>(up > first ? std::min(up, last) : first);
    if (std::fabs(real - std::nearbyint(real)) > doubt_) {
      return guess;
    }
    if ((guess > high_ || passes(guess)) && (guess == low_ || !passes(guess - 1))) {
      return guess;
    }
    if (passes(low_)) {
      return low_;
    }
    std::int64_t below = low_;
    std::int64_t passing = high_ + 1;
    while (passing - below > 1) {
      const std::int64_t middle = below + (passing - below) / 2;
      (passes(middle) ? passing : below) = middle;
    }
    return passing;
  }

  /// How far, in positions, float64 rounding can move the point at which a threshold is passed. An operation rounds by
  /// half a unit in the last place of its result, and later ones scale that as they scale the numbers themselves; eight
  /// units of the largest number for each operation are more than the model's arithmetic and the one here add up to.
  void find_doubt() {
    const auto largest = [](const ValueRange& range) {
      return static_cast<double>(std::max(std::abs(range.low), std::abs(range.high)) + 1);
    };
    const double most = largest(sum_.accumulators[channel_]) + std::fabs(sum_.meaning.offset[channel_]);
    double magnitude = main_.largest_between(most * sum_.meaning.scale[channel_]) +
                       other_.largest_between(largest(values_) * sum_.other_scale[channel_]);
    for (const double limit : limits_) {
      magnitude = std::max(magnitude, std::isfinite(limit) ? std::fabs(limit) : 0);
    }
    const std::size_t operations = sum_.main.size() + sum_.other.size() + 8;
    doubt_ = static_cast<double>(operations) * 8 * 0x1p-53 * magnitude / std::fabs(gain_);
    doubt_ = std::isfinite(doubt_) ? doubt_ : 1;
    origin_ = main_at(0);
  }

  /// limits_[k]: the smallest double that, times post_, gives a level above k; infinity when no sum does.
  void find_limits() {
    const double ends[4] = {main_at(low_) + other_at(values_.low), main_at(low_) + other_at(values_.high),
                            main_at(high_) + other_at(values_.low), main_at(high_) + other_at(values_.high)};
    const auto level_at = [&](double turned) { return levels_.at(post_ * turned); };
    double bottom = post_ * ends[0];
    double top = bottom;
    for (const double end : ends) {
      bottom = std::min(bottom, post_ * end);
      top = std::max(top, post_ * end);
    }
    const std::int64_t highest = level_at(top);
    double spacing = top - bottom;
    for (int level = 1; level <= count_; ++level) {
      if (level > highest) {
        limits_.push_back(std::numeric_limits<double>::infinity());
        continue;
      }
      const double before = bottom;
      bottom = level_at(bottom) >= level ? bottom : limit_between(level, bottom, top, bottom + spacing);
      spacing = bottom - before;
      limits_.push_back(bottom);
    }
  }

  /// The smallest double above `below`, up to `reaching`, whose level is at least `level`. Steps are equally wide but
  /// for roundings, so that the neighbourhood of the guess is tried first.
  double limit_between(std::int64_t level, double below, double reaching, double guess) const {
    const auto probe = [&](double value) {
      if (value > below && value < reaching) {
        (levels_.at(post_ * value) >= level ? reaching : below) = value;
      }
    };
    probe(guess);
    const bool downwards = reaching == guess;
    for (double width = std::fabs(guess) * 0x1p-52; width > 0; width *= 8) {
      const double seen = downwards ? reaching : below;
      probe(downwards ? reaching - width : below + width);
      if ((downwards ? reaching : below) == seen) {
        break;
      }
    }
    double middle = below + (reaching - below) / 2;
    while (middle > below && middle < reaching) {
      probe(middle);
      middle = below + (reaching - below) / 2;
    }
    return reaching;
  }

  /// A threshold that accumulators cannot cross, because their batch-norm gain is zero: half way between two values.
  std::int64_t between_values(double limit, std::int64_t weight, std::int64_t highest) const {
    const std::int64_t direction = weight < 0 ? -1 : 1;
    std::int64_t value = weight < 0 ? values_.high : values_.low;
    const std::int64_t end = weight < 0 ? values_.low : values_.high;
    const auto passes = [&](std::int64_t at) { return post_ * (main_at(0) + other_at(at)) >= limit; };
    if (passes(value)) {
      return -never;
    }
    if (!passes(end)) {
      return never;
    }
    std::int64_t passing = end;
    while (std::abs(passing - value) > 1) {
      const std::int64_t middle = value + (passing - value) / 2;
      (passes(middle) ? passing : value) = middle;
    }
    return std::min(highest, weight * passing - direction * weight / 2);
  }

  const QuantisedSum& sum_;
  const std::size_t channel_;
  const ActivationLevels levels_;
  const ChannelFunction main_;
  const ChannelFunction other_;
  const int count_;
  const ValueRange values_;
  double gain_ = 0;
  double other_gain_ = 0;
  double origin_ = 0;  ///< of the main operand: its value at position 0
  double doubt_ = 1;   ///< in positions
  int post_ = 1;       ///< -1 when levels fall as the sum grows
  int sign_ = 1;
  std::int64_t low_ = 0;  ///< of positions
  std::int64_t high_ = 0;
  std::vector<double> limits_;
};

/// Thresholds and weight of a channel, turned as in ChannelSum.
struct ChannelSolution {
  std::int64_t weight = 0;
  std::vector<std::int64_t> thresholds;
};

/// The exact fixed-point form of a channel whose residual has few levels.
class ExactChannel {
 public:
  explicit ExactChannel(const ChannelSum& sum, std::int64_t highest_level) : sum_(sum), levels_(highest_level + 1) {
    for (int index = 0; index < sum.limit_count(); ++index) {
      sum.first_passing(index, highest_level, first_);
    }
  }

  std::optional<ChannelSolution> solve(int fraction_bits) const {
    const std::int64_t nearest = sum_.weight(fraction_bits);
    for (const std::int64_t change : {0, 1, -1, 2, -2}) {
      const std::int64_t weight = nearest + change;
      if (weight < -most_multiplier || weight > most_multiplier) {
        continue;
      }
      std::optional<ChannelSolution> solution = with_weight(weight, std::int64_t{1} << fraction_bits);
      if (solution) {
        return solution;
      }
    }
    return std::nullopt;
  }

 private:
  std::optional<ChannelSolution> with_weight(std::int64_t weight, std::int64_t factor) const {
    ChannelSolution solution;
    solution.weight = weight;
    const std::int64_t* first = first_.data();
    for (int index = 0; index < sum_.limit_count(); ++index) {
      // The threshold is above what must not pass and at most what must.
      std::int64_t above = -never;
      std::int64_t most = never;
      for (std::int64_t value = 0; value < levels_; ++value, ++first) {
        if (*first > sum_.low()) {
          above = std::max(above, (*first - 1) * factor + weight * value);
        }
        if (*first <= sum_.high()) {
          most = std::min(most, *first * factor + weight * value);
        }
      }
      if (most <= above) {
        return std::nullopt;
      }
      const bool bounded = above != -never && most != never;
      solution.thresholds.push_back(bounded ? above + (most - above + 1) / 2 : most);
    }
    return solution;
  }

  const ChannelSum& sum_;
  const std::int64_t levels_;
  std::vector<std::int64_t> first_;  ///< [threshold][value]
};

/// Puts a turned solution back into accumulators' own direction.
void store(const ChannelSum& channel, ChannelSolution solution, FoldedSum& folded) {
  ChannelThresholds thresholds;
  thresholds.direction =
      channel.sign() < 0 ? ChannelThresholds::Direction::Falling : ChannelThresholds::Direction::Rising;
  for (std::int64_t& value : solution.thresholds) {
    if (channel.sign() < 0) {
      value = value == never ? std::numeric_limits<std::int64_t>::min() : -value;
    }
  }
  thresholds.values = std::move(solution.thresholds);
  folded.activation.thresholds.push_back(std::move(thresholds));
  folded.multipliers.push_back(static_cast<std::int32_t>(channel.sign() * solution.weight));
}

/// The most fraction bits with which all multipliers fit 32 bits. Where accumulators do not count, they must not
/// outweigh half a value.
int fraction_bits_for(const std::vector<ChannelSum>& channels) {
  int bits = most_fraction_bits;
  for (const ChannelSum& channel : channels) {
    const double ratio = std::fabs(channel.ratio());
    const std::int64_t reach = std::max(std::abs(channel.low()), std::abs(channel.high())) + 1;
    const auto fits = [&](int candidate) {
      return std::isfinite(ratio) ? std::ldexp(ratio, candidate) <= static_cast<double>(most_multiplier)
                                  : (reach << candidate) < most_multiplier / 2;
    };
    while (bits > 0 && !std::isnan(ratio) && !fits(bits)) {
      --bits;
    }
  }
  return bits;
}

std::optional<std::size_t> solve_exactly(const QuantisedSum& sum, const std::vector<ChannelSum>& channels,
                                         FoldedSum& folded) {
  folded.activation.thresholds.clear();
  folded.multipliers.clear();
  for (std::size_t channel = 0; channel < channels.size(); ++channel) {
    std::optional<ChannelSolution> solution =
        ExactChannel(channels[channel], sum.values[channel].high).solve(folded.fraction_bits);
    if (!solution) {
      return channel;
    }
    store(channels[channel], std::move(*solution), folded);
  }
  return std::nullopt;
}

/// The most fraction bits with which every channel has an exact form: a weight that 32 bits cut off can still do when
/// its channel hardly depends on accumulators.
int common_fraction_bits(const QuantisedSum& sum, const std::vector<ChannelSum>& channels) {
  std::uint32_t common = ~std::uint32_t{0};
  for (std::size_t channel = 0; channel < channels.size(); ++channel) {
    const ExactChannel exact(channels[channel], sum.values[channel].high);
    std::uint32_t own = 0;
    for (int bits = 0; bits <= most_fraction_bits; ++bits) {
      if ((common >> bits & 1) != 0 && exact.solve(bits)) {
        own |= std::uint32_t{1} << bits;
      }
    }
    common &= own;
    if (common == 0) {
      throw Unfoldable(
          fmt::format("its sum with another stream cannot be written in fixed point: in channel {} roundings of the "
                      "model's own arithmetic decide equal sums now one way, now the other; move the bias off the "
                      "quantiser's rounding boundaries",
                      channel));
    }
  }
  int bits = most_fraction_bits;
  while ((common >> bits & 1) == 0) {
    --bits;
  }
  return bits;
}

RealRange reach_of(const QuantisedSum& sum, std::size_t channel) {
  const auto range = [](double a, double b) { return RealRange{std::min(a, b), std::max(a, b)}; };
  const auto main_at = [&](std::int64_t at) { return evaluate(sum.main, channel, sum.meaning.at(channel, at)); };
  const auto other_at = [&](std::int64_t at) {
    return evaluate(sum.other, channel, static_cast<double>(at) * sum.other_scale[channel]);
  };
  const RealRange main = range(main_at(sum.accumulators[channel].low), main_at(sum.accumulators[channel].high));
  const RealRange other = range(other_at(sum.values[channel].low), other_at(sum.values[channel].high));
  return RealRange{main.low + other.low, main.high + other.high};
}

}  // namespace

FoldedSum fold_sum(const QuantisedSum& sum) {
  if (has_library_function(sum.post)) {
    throw Unfoldable("a Tanh or Sigmoid stands between the sum and its quantiser, where it cannot be followed exactly");
  }
  std::vector<RealRange> reach;
  std::int64_t highest_level = 0;
  for (std::size_t channel = 0; channel < sum.accumulators.size(); ++channel) {
    reach.push_back(reach_of(sum, channel));
    highest_level = std::max(highest_level, sum.values[channel].high);
  }
  const ActivationForm form = activation_form(sum.post, std::nullopt, reach);
  std::vector<ChannelSum> channels;
  channels.reserve(reach.size());
  for (std::size_t channel = 0; channel < reach.size(); ++channel) {
    channels.emplace_back(sum, channel, form);
  }
  FoldedSum folded;
  folded.activation.bits = form.bits;
  folded.activation.step = form.step;
  folded.activation.base = form.base;
  folded.fraction_bits = fraction_bits_for(channels);
  if (sum.adds_levels && highest_level < most_tried_levels) {
    folded.is_exact = true;
    if (solve_exactly(sum, channels, folded)) {
      folded.fraction_bits = common_fraction_bits(sum, channels);
      solve_exactly(sum, channels, folded);
    }
    return folded;
  }
  for (const ChannelSum& channel : channels) {
    ChannelSolution solution;
    solution.weight = channel.weight(folded.fraction_bits);
    for (int index = 0; index < channel.limit_count(); ++index) {
      solution.thresholds.push_back(channel.rounded_threshold(index, folded.fraction_bits, solution.weight));
    }
    store(channel, std::move(solution), folded);
  }
  return folded;
}

}  // namespace spinvp::network::onnx
