#include "network/onnx/evaluate/value.h"

namespace spinvp::network::onnx {

Value to_value(const Tensor& tensor) {
  return Value{tensor.type(), tensor.dims(), tensor.values()};
}

AxisView view_axis(const Dims& dims, std::size_t axis) {
  AxisView view;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    (i < axis ? view.before : i == axis ? view.size : view.behind) *= static_cast<std::size_t>(dims[i]);
  }
  return view;
}

std::vector<std::size_t> strides_of(const Dims& dims) {
  std::vector<std::size_t> strides(dims.size(), 1);
  for (std::size_t i = dims.size(); i-- > 1;) {
    strides[i - 1] = strides[i] * static_cast<std::size_t>(dims[i]);
  }
  return strides;
}

}  // namespace spinvp::network::onnx
