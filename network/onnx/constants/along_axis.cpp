#include "network/onnx/constants/along_axis.h"

namespace spinvp::network::onnx {

std::optional<AlongAxis> along_one_axis(std::vector<double> numbers, const Dims& own, const Dims& dims) {
  if (own.size() > dims.size() || numbers.empty()) {
    return std::nullopt;
  }
  AlongAxis result{std::move(numbers), 0, 1};
  std::size_t wide = 0;
  const std::size_t shift = dims.size() - own.size();
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (own[i] == 1) {
      continue;
    }
    ++wide;
    result.axis = i + shift;
    if (own[i] != dims[i + shift]) {
      return std::nullopt;
    }
  }
  if (wide > 1) {
    return std::nullopt;
  }
  if (wide == 1) {
    result.stride = view_axis(dims, result.axis).behind;
  }
  return result;
}

}  // namespace spinvp::network::onnx
