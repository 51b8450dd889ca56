#pragma once

#include <optional>

#include "network/onnx/evaluate/value.h"

namespace spinvp::network::onnx {

/// Numbers that stand for all elements of a tensor, or for slices along one of its axes.
struct AlongAxis {
  std::vector<double> numbers;
  std::size_t axis = 0;
  std::size_t stride = 1;

  double operator[](std::size_t index) const {
    return numbers.size() == 1 ? numbers[0] : numbers[index / stride % numbers.size()];
  }
};

/// `numbers` of the shape `own`, broadcast to `dims`; nothing when they differ along several axes, or would enlarge the
/// result.
std::optional<AlongAxis> along_one_axis(std::vector<double> numbers, const Dims& own, const Dims& dims);

}  // namespace spinvp::network::onnx
