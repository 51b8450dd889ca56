#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "network/onnx/draft/layer_draft.h"
#include "network/onnx/lower/input_levels.h"

/// Layers with weights that read an image whose channels have scales of their own, or whose padding is no pixel value:
/// their sums are put together from several layers and a constant map.
namespace spinvp::network::onnx {

/// The input channels that have one step.
struct ImagePart {
  double step = 1;
  std::vector<std::int16_t> weights;  ///< as Layer::weights, zero for all other channels
};

/// The parts of a layer, a part a different step.
std::vector<ImagePart> split_by_step(const Layer& layer, const std::vector<std::int16_t>& weights,
                                     const InputLevels& input);

/// What the padding adds to each sum, against padding with level 0 everywhere: `fraction` bits behind the accumulators
/// of input step `step`, real = value * scale * step / 2^fraction. `pad_value` is the model's number there; whole
/// multiples of 2^-fraction steps are exact, others rounded.
ConstantMap padding_map(const Layer& layer, const std::vector<std::int16_t>& weights, const InputLevels& input,
                        double pad_value, double step, int fraction);

/// Fraction bits that leave all sums of a layer, each step in units of `step`, below 2^30.
int fraction_bits_of_sums(const Layer& layer, const std::vector<std::int16_t>& weights, const InputLevels& input,
                          double pad_value, double step);

}  // namespace spinvp::network::onnx
