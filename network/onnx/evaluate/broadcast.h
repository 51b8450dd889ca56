#pragma once

#include <array>

#include "network/onnx/evaluate/call.h"

namespace spinvp::network::onnx {

/// The shape that all of them broadcast to, as ONNX and NumPy do it.
Dims broadcast_dims(const Call& call, const std::vector<const Dims*>& shapes);

/// An operand's strides along the dims of the result: 0 where it is repeated.
std::vector<std::size_t> broadcast_strides(const Dims& own, const Dims& result);

/// result[i] = function(operands at i ...) over broadcast operands.
template <std::size_t count, typename Function>
Value broadcast(const Call& call, ElementType type, const std::array<const Value*, count>& operands,
                Function function) {
  std::vector<const Dims*> shapes;
  for (const Value* operand : operands) {
    shapes.push_back(&operand->dims);
  }
  Value result = call.result(type, broadcast_dims(call, shapes));
  const std::size_t rank = result.dims.size();
  std::array<std::vector<std::size_t>, count> strides;
  std::array<const double*, count> at;
  for (std::size_t i = 0; i < count; ++i) {
    strides[i] = broadcast_strides(operands[i]->dims, result.dims);
    at[i] = operands[i]->numbers.data();
  }
  const std::size_t row = rank == 0 ? 1 : static_cast<std::size_t>(result.dims[rank - 1]);
  std::array<std::size_t, count> step{};
  for (std::size_t i = 0; i < count && rank > 0; ++i) {
    step[i] = strides[i][rank - 1];
  }
  Dims position(rank, 0);
  for (std::size_t first = 0; first < result.size(); first += row) {
    for (std::size_t x = 0; x < row; ++x) {
      std::array<double, count> values;
      for (std::size_t i = 0; i < count; ++i) {
        values[i] = at[i][x * step[i]];
      }
      result.numbers[first + x] = function(values);
    }
    for (std::size_t axis = rank - (rank > 0 ? 1 : 0); axis-- > 0;) {  // the next row
      const bool wraps = ++position[axis] == result.dims[axis];
      const std::size_t back = static_cast<std::size_t>(result.dims[axis] - 1);
      for (std::size_t i = 0; i < count; ++i) {
        at[i] = wraps ? at[i] - back * strides[i][axis] : at[i] + strides[i][axis];
      }
      if (!wraps) {
        break;
      }
      position[axis] = 0;
    }
  }
  return result;
}

}  // namespace spinvp::network::onnx
