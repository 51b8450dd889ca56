#pragma once

#include <functional>

#include "network/onnx/evaluate/value.h"

namespace spinvp::network::onnx {

/// Numbers that come piece by piece, the same each time they are asked for.
using NumberSource = std::function<void(const std::function<void(const double* numbers, std::size_t count)>&)>;

/// `count` numbers in as few bytes as hold them exactly: int8, uint8, float, double.
Tensor pack(ElementType type, Dims dims, std::size_t count, const NumberSource& source);
Tensor pack(Value value);

}  // namespace spinvp::network::onnx
