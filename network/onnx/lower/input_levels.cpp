#include "network/onnx/lower/input_levels.h"

#include <cmath>

namespace spinvp::network::onnx {
namespace {

/// Steps count zeros of most models in halves; what real arithmetic leaves beside them is rounding.
double near_half(double value) {
  const double half = std::nearbyint(2 * value) / 2;
  return std::fabs(value - half) <= 1e-9 * (1 + std::fabs(value)) ? half : value;
}

}  // namespace

InputLevels InputLevels::behind(const ScalarChain& chain, std::size_t channels) const {
  if (chain.empty()) {
    return *this;
  }
  bool uniform = step.values.size() == 1 && zero.values.size() == 1;
  for (const ScalarOp& op : chain) {
    uniform = uniform && op.a.uniform();
  }
  InputLevels result;
  result.bits = bits;
  result.step.values.clear();
  result.zero.values.clear();
  for (std::size_t channel = 0; channel < (uniform ? 1 : channels); ++channel) {
    const double gain = gain_of(chain, channel);
    const double origin = evaluate(chain, channel, zero[channel] * step[channel]);
    result.step.values.push_back(gain * step[channel]);
    result.zero.values.push_back(near_half(origin / (gain * step[channel])));
  }
  return result;
}

std::optional<int> InputLevels::common_level_of(double value, std::size_t channels) const {
  const double level = near_half(level_of(0, value));
  if (level != std::floor(level) || level < 0 || level >= std::ldexp(1.0, bits)) {
    return std::nullopt;
  }
  for (std::size_t channel = 1; channel < channels; ++channel) {
    if (near_half(level_of(channel, value)) != level) {
      return std::nullopt;
    }
  }
  return static_cast<int>(level);
}

std::vector<double> accumulator_offsets(const Layer& layer, const std::vector<std::int16_t>& weights,
                                        const PerChannel& zero) {
  const auto kernels = static_cast<std::size_t>(layer.kernels);
  const std::size_t size = layer.weights_per_kernel();
  const auto channels_of_group = static_cast<std::size_t>(layer.input.channels / layer.groups);
  const std::size_t kernels_of_group = kernels / static_cast<std::size_t>(layer.groups);
  std::vector<double> offsets(kernels);
  for (std::size_t kernel = 0; kernel < kernels; ++kernel) {
    const std::size_t first = kernel / kernels_of_group * channels_of_group;
    std::vector<std::int64_t> sums(channels_of_group);
    for (std::size_t i = 0; i < size; ++i) {
      sums[i % channels_of_group] += weights[kernel * size + i];
    }
    for (std::size_t channel = 0; channel < channels_of_group; ++channel) {
      offsets[kernel] += static_cast<double>(sums[channel]) * zero[first + channel];
    }
  }
  return offsets;
}

}  // namespace spinvp::network::onnx
