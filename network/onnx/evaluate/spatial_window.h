#pragma once

#include <array>

#include "network/onnx/evaluate/call.h"

namespace spinvp::network::onnx {

/// How a kernel or pooling window moves along rows (index 0) and columns (index 1).
struct SpatialWindow {
  using Pair = std::array<std::int64_t, 2>;
  Pair size;  ///< of the map
  Pair kernel;
  Pair stride{1, 1};
  Pair dilation{1, 1};
  Pair before{0, 0};  ///< padding
  Pair behind{0, 0};
  Pair positions{0, 0};  ///< of the result

  /// The row or column of the map that element `k` of the window at `position` lies on; may lie outside.
  std::int64_t at(std::size_t axis, std::int64_t position, std::int64_t k) const {
    return position * stride[axis] - before[axis] + k * dilation[axis];
  }
  bool is_inside(std::size_t axis, std::int64_t at) const { return at >= 0 && at < size[axis]; }
};

/// Reads strides, dilations, pads, auto_pad and ceil_mode for a map [N, channels, rows, columns]. Refuses other maps,
/// and windows that do not fit.
SpatialWindow spatial_window(const Call& call, const Dims& map, const Dims& kernel);

}  // namespace spinvp::network::onnx
