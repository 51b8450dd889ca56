#include "network/onnx/value_sum.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spinvp::network::onnx {
namespace {

constexpr int result_bits = 30;
constexpr double most = std::numeric_limits<std::int32_t>::max();

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
  const auto reach = [&](double gain, const ValueRange& range, bool highest) {
    const double a = gain * static_cast<double>(range.low);
    const double b = gain * static_cast<double>(range.high);
    return highest ? std::max(a, b) : std::min(a, b);
  };
  const ValueRange& accumulators = sum.accumulators[channel];
  const ValueRange& values = sum.values[channel];
  result.low = result.offset + reach(result.main, accumulators, false) + reach(result.other, values, false);
  result.high = result.offset + reach(result.main, accumulators, true) + reach(result.other, values, true);
  return result;
}

}  // namespace

ValueSum fold_value_sum(const QuantisedSum& sum) {
  std::vector<ChannelSum> channels;
  double largest = 0;
  double largest_gain = 0;
  for (std::size_t channel = 0; channel < sum.accumulators.size(); ++channel) {
    const ChannelSum one = channel_sum(sum, channel);
    largest = std::max({largest, std::fabs(one.low), std::fabs(one.high)});
    largest_gain = std::max({largest_gain, std::fabs(one.main), std::fabs(one.other)});
    channels.push_back(one);
  }
  int unit_exponent = 0;
  std::frexp(largest, &unit_exponent);
  unit_exponent -= result_bits;
  ValueSum result;
  result.unit = std::ldexp(1.0, unit_exponent);
  Affine& affine = result.affine;
  while (affine.shift < 31 && std::ldexp(largest_gain, affine.shift + 1 - unit_exponent) <= most) {
    ++affine.shift;
  }
  const auto scaled = [&](double gain) {
    return static_cast<std::int32_t>(
        std::llround(std::clamp(std::ldexp(gain, affine.shift - unit_exponent), -most, most)));
  };
  double largest_operands = 1;
  for (std::size_t channel = 0; channel < channels.size(); ++channel) {
    const auto reach = [](const ValueRange& range) {
      return static_cast<double>(std::max(std::abs(range.low), std::abs(range.high)));
    };
    largest_operands = std::max(largest_operands, reach(sum.accumulators[channel]) + reach(sum.values[channel]) + 1);
  }
  const double error = 0.5 + std::ldexp(largest_operands, -affine.shift - 1);  // units
  result.error = largest > 0 ? error * result.unit / largest : 0;
  for (const ChannelSum& one : channels) {
    affine.gains.push_back(scaled(one.main));
    result.multipliers.push_back(scaled(one.other));
    affine.offsets.push_back(std::llround(std::ldexp(one.offset, affine.shift - unit_exponent)));
    result.ranges.push_back({static_cast<std::int64_t>(std::floor(one.low / result.unit - error)),
                             static_cast<std::int64_t>(std::ceil(one.high / result.unit + error))});
  }
  return result;
}

}  // namespace spinvp::network::onnx
