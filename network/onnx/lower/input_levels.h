#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "network/onnx/draft/layer_draft.h"
#include "network/onnx/draft/scalar_chain.h"

namespace spinvp::network::onnx {

/// What a layer's input levels stand for in the model: (level + zero) * step in each input channel.
struct InputLevels {
  int bits = 8;
  PerChannel step{{1.0}};
  PerChannel zero{{0.0}};

  /// Behind affine operations.
  InputLevels behind(const ScalarChain& chain, std::size_t channels) const;

  /// The level that stands for a number in a channel, whether or not it is one.
  double level_of(std::size_t channel, double value) const { return value / step[channel] - zero[channel]; }
  /// The level of all channels that stands for a number, when there is one.
  std::optional<int> common_level_of(double value, std::size_t channels) const;
};

/// What the zeros of the input levels add to each kernel's accumulators: sum of weight * zero over its whole window.
/// `weights` are as Layer::weights; steps must be the same in all channels.
std::vector<double> accumulator_offsets(const Layer& layer, const std::vector<std::int16_t>& weights,
                                        const PerChannel& zero);

}  // namespace spinvp::network::onnx
