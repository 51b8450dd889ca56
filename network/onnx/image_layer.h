#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "network/onnx/input_levels.h"
#include "network/onnx/layer_draft.h"

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

/// What the padding takes away from each sum, against a window wholly inside the map, in numbers.
struct PaddingMap {
  ConstantMap map;
  PerChannel unit;  ///< one a kernel: real = unit * value
};

/// For padding of the number `pad_value` that the layer itself pads with level 0. `scale` is the weights', one a
/// kernel. Whole multiples of half a step are exact; other numbers are rounded to 2^-31 of the kernel's largest.
PaddingMap padding_map(const Layer& layer, const std::vector<std::int16_t>& weights, const PerChannel& scale,
                       const InputLevels& input, double pad_value);

}  // namespace spinvp::network::onnx
