#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "network/integer_graph.h"
#include "network/onnx/model/per_channel.h"
#include "network/onnx/model/tensor.h"

namespace spinvp::network::onnx {

/// Where a tensor keeps the weights that Layer::weights has as [kernel][ky][kx][channel]: elements from one index to
/// the next.
struct KernelOrder {
  std::size_t kernels = 1;
  Shape kernel;  ///< one kernel's rows, columns and channels
  std::size_t kernel_stride = 1;
  std::size_t channel_stride = 1;
  std::size_t y_stride = 1;
  std::size_t x_stride = 1;
};

/// Weights as scale * level: binary, ternary or few-bit signed integers.
struct QuantisedWeights {
  WeightKind kind = WeightKind::Binary;
  int bits = 1;                      ///< planes, as Layer::weight_bits
  std::vector<std::int16_t> levels;  ///< as Layer::weights
  PerChannel scale;                  ///< positive; one a kernel or one for all
};

/// Finds the form with the fewest bit-planes that gives back every weight: exactly where the tensor stores integers and
/// a factor (one, or one a kernel), else within a few roundings of float32, with the scale that gives the weights to
/// the last bit or, where exporters' roundings piled up, that of the least squares. One scale for all kernels is
/// preferred to one for each at equal planes. Odd levels, as DoReFa-Net's quantiser makes them, are binary weights of
/// several bits. A kernel of zeros has the scale 1. Nothing when 8 planes do not suffice.
std::optional<QuantisedWeights> quantise_weights(const Tensor& tensor, const KernelOrder& order);

/// Why quantise_weights() gives nothing: how many bits the weights would need, or that they are no levels.
std::string explain_misfit(const Tensor& tensor, const KernelOrder& order);

}  // namespace spinvp::network::onnx
