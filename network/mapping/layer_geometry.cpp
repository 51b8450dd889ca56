#include "network/mapping/layer_geometry.h"

#include <algorithm>

namespace spinvp::network {

std::uint32_t weight_planes(const Layer& layer) {
  return u32(layer.weight_bits);
}

std::uint32_t kernels_per_group(const Layer& layer) {
  return u32(layer.kernels / layer.groups);
}

std::uint32_t convolved_pixels(const Layer& layer) {
  return u32(layer.convolved.height) * u32(layer.convolved.width);
}

std::uint32_t table_bytes(const Layer& layer, std::uint32_t kernels) {
  if (layer.gives_levels()) {
    return kernels * ((layer.residual.is_there() ? 8u : 4u) << layer.threshold_bits);
  }
  return layer.affine.gains.empty() ? 0 : kernels * 16;
}

std::uint32_t accumulator_rows(const Layer& layer, std::uint32_t output_rows) {
  // Without pooling kernel and stride are 1.
  const std::uint32_t reach = (output_rows - 1) * u32(layer.pooling.stride_y) + u32(layer.pooling.kernel_height);
  return std::min(reach, u32(layer.convolved.height));
}

RowRange accumulator_range(const Layer& layer, RowRange output) {
  const Pooling& pooling = layer.pooling;
  const std::uint32_t pad = u32(pooling.pad_top);
  const std::uint32_t begin = output.first * u32(pooling.stride_y);  // from the padding's first row on
  const std::uint32_t end = begin + (output.rows - 1) * u32(pooling.stride_y) + u32(pooling.kernel_height);
  const std::uint32_t first = std::max(begin, pad) - pad;
  return {first, std::min(end - pad, u32(layer.convolved.height)) - first};
}

std::uint32_t pool_rows_above(const Layer& layer, std::uint32_t output_row) {
  const std::uint32_t begin = output_row * u32(layer.pooling.stride_y);
  return u32(layer.pooling.pad_top) - std::min(begin, u32(layer.pooling.pad_top));
}

RowRange input_rows(const Layer& layer, RowRange output) {
  const RowRange sums = accumulator_range(layer, output);
  const int first = static_cast<int>(sums.first);
  const int last = first + static_cast<int>(sums.rows) - 1;
  int top = first;
  int bottom = last + 1;
  if (layer.has_weights()) {
    top = first * layer.stride_y - layer.pad_top;
    bottom = last * layer.stride_y - layer.pad_top + (layer.kernel_height - 1) * layer.dilation_y + 1;
  }
  RowRange range;
  range.first = u32(std::clamp(top, 0, layer.input.height - 1));
  range.rows = u32(std::max(std::clamp(bottom, 1, layer.input.height) - static_cast<int>(range.first), 1));
  return range;
}

std::uint64_t zero_weights(const Layer& layer) {
  return static_cast<std::uint64_t>(std::count(layer.weights.begin(), layer.weights.end(), std::int16_t{0}));
}

}  // namespace spinvp::network
