#pragma once

#include <cstdint>
#include <vector>

#include "network/onnx/model/tensor.h"

namespace spinvp::network::onnx {

using Dims = std::vector<std::int64_t>;

/// A tensor while it is computed with: whatever its element type, numbers are float64, which holds every element of up
/// to 53 bits exactly. The type decides what Div and Cast do. Booleans are 0 and 1.
struct Value {
  ElementType type = ElementType::Float;
  Dims dims;
  std::vector<double> numbers;  ///< row-major, as many as the dims' product

  std::size_t size() const { return numbers.size(); }
};

Value to_value(const Tensor& tensor);

/// Elements from one index along an axis to the next, and what surrounds the axis.
struct AxisView {
  std::size_t before = 1;  ///< product of the dims in front of the axis
  std::size_t size = 1;    ///< the axis itself
  std::size_t behind = 1;  ///< product of the dims behind it; also the stride of the axis
};

AxisView view_axis(const Dims& dims, std::size_t axis);

/// Row-major strides, in elements.
std::vector<std::size_t> strides_of(const Dims& dims);

}  // namespace spinvp::network::onnx
