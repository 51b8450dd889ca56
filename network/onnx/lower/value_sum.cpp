#include "network/onnx/lower/value_sum.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spinvp::network::onnx {
namespace {

constexpr int result_bits = 30;
constexpr double most = std::numeric_limits<std::int32_t>::max();

constexpr int most_shift = 31;

std::int32_t rounded(double gain, int shift) {
  return static_cast<std::int32_t>(std::llround(std::clamp(std::ldexp(gain, shift), -most, most)));
}

/// What rounding takes from a gain.
double lost(double gain, int shift) {
  return std::fabs(gain - std::ldexp(static_cast<double>(rounded(gain, shift)), -shift));
}

double reach(const ValueRange& range) {
  return static_cast<double>(std::max(std::abs(range.low), std::abs(range.high)));
}

/// One channel as real = main * accumulator + other * value + offset.
struct ChannelSum {
  double main = 0;
  double other = 0;
  double offset = 0;
  double low = 0;
  double high = 0;
};

ChannelSum channel_sum(const QuantisedSum& sum, std::size_t channel) {
  ChannelSum result;
  const double post = gain_of(sum.post, channel);
  result.main = post * gain_of(sum.main, channel) * sum.meaning.scale[channel];
  result.other = post * gain_of(sum.other, channel) * sum.other_scale[channel];
  result.offset = evaluate(sum.post, channel,
                           evaluate(sum.main, channel, sum.meaning.at(channel, 0)) + evaluate(sum.other, channel, 0.0));
  const auto end = [&](double gain, const ValueRange& range, bool highest) {
    const double a = gain * static_cast<double>(range.low);
    const double b = gain * static_cast<double>(range.high);
    return highest ? std::max(a, b) : std::min(a, b);
  };
  const ValueRange& accumulators = sum.accumulators[channel];
  const ValueRange& values = sum.values[channel];
  result.low = result.offset + end(result.main, accumulators, false) + end(result.other, values, false);
  result.high = result.offset + end(result.main, accumulators, true) + end(result.other, values, true);
  return result;
}

}  // namespace

ValueSum fold_value_sum(const QuantisedSum& sum, const std::optional<PerChannel>& unit) {
  std::vector<ChannelSum> channels;
  double largest = 0;
  for (std::size_t channel = 0; channel < sum.accumulators.size(); ++channel) {
    channels.push_back(channel_sum(sum, channel));
    largest = std::max({largest, std::fabs(channels.back().low), std::fabs(channels.back().high)});
  }
  int exponent = 0;
  std::frexp(largest, &exponent);
  ValueSum result;
  result.unit = unit.value_or(PerChannel{{std::ldexp(1.0, exponent - result_bits)}});
  double largest_gain = 0;
  for (std::size_t channel = 0; channel < channels.size(); ++channel) {
    ChannelSum& one = channels[channel];
    for (double* number : {&one.main, &one.other, &one.offset, &one.low, &one.high}) {
      *number /= result.unit[channel];
    }
    largest_gain = std::max({largest_gain, std::fabs(one.main), std::fabs(one.other)});
  }
  Affine& affine = result.affine;
  while (affine.shift < most_shift && std::ldexp(largest_gain, affine.shift + 1) <= most) {
    ++affine.shift;
  }
  for (std::size_t channel = 0; channel < channels.size(); ++channel) {
    const ChannelSum& one = channels[channel];
    affine.gains.push_back(rounded(one.main, affine.shift));
    result.multipliers.push_back(rounded(one.other, affine.shift));
    affine.offsets.push_back(std::llround(std::ldexp(one.offset, affine.shift)));
    const double error = 0.5 + std::ldexp(1.0, -affine.shift - 1) +
                         lost(one.main, affine.shift) * reach(sum.accumulators[channel]) +
                         lost(one.other, affine.shift) * reach(sum.values[channel]);
    result.error = std::max(result.error, largest > 0 ? error * result.unit[channel] / largest : 0);
    result.ranges.push_back({static_cast<std::int64_t>(std::floor(one.low - error)),
                             static_cast<std::int64_t>(std::ceil(one.high + error))});
  }
  return result;
}

}  // namespace spinvp::network::onnx
