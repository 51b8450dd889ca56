#include <algorithm>
#include <cmath>

#include "network/onnx/evaluate/broadcast.h"
#include "network/onnx/evaluate/families.h"
#include "network/onnx/evaluate/quantisers.h"

namespace spinvp::network::onnx {
namespace {

/// Scale and zero point of the node, for each element of x.
struct ScaleAndZero {
  Value scale;
  Value zero;
};

ScaleAndZero parameters(const Call& call) {
  const Value& x = call.input(0);
  if (call.integer("block_size", 0) != 0) {
    call.refuse("quantises in blocks; expected one scale, or one along an axis");
  }
  const Value& scale = call.input(1);
  const std::size_t axis = scale.size() == 1 || x.dims.empty() ? 0 : call.axis(call.integer("axis", 1), x.dims.size());
  const Value none{ElementType::Float, {}, {0.0}};
  const Value* zero = call.optional(2);
  return {along_axis(call, scale, x.dims, axis), along_axis(call, zero != nullptr ? *zero : none, x.dims, axis)};
}

Value quantize_linear(const Call& call) {
  const ScaleAndZero p = parameters(call);
  const ElementType type = quantised_type(call);
  const TypeRange range = range_of(type);
  return broadcast<3>(call, type, {&call.input(0), &p.scale, &p.zero}, [&](const auto& v) {
    return std::min(std::max(std::nearbyint(v[0] / v[1]) + v[2], range.low), range.high);
  });
}

Value dequantize_linear(const Call& call) {
  const ScaleAndZero p = parameters(call);
  return broadcast<3>(call, ElementType::Float, {&call.input(0), &p.scale, &p.zero},
                      [](const auto& v) { return (v[0] - v[2]) * v[1]; });
}

}  // namespace

Value along_axis(const Call& call, const Value& parameter, const Dims& dims, std::size_t axis) {
  Value result = parameter;
  if (parameter.size() == 1) {
    result.dims.clear();
    return result;
  }
  if (axis >= dims.size() || parameter.dims != Dims{dims[axis]}) {
    call.refuse("has a scale or zero point of the shape {} for the axis {} of {}", shape_text(parameter.dims), axis,
                shape_text(dims));
  }
  result.dims.assign(dims.size() - axis, 1);
  result.dims[0] = dims[axis];
  return result;
}

ElementType quantised_type(const Call& call) {
  const auto named = static_cast<ElementType>(call.integer("output_dtype", 0));
  const Value* zero = call.optional(2);
  const ElementType type = zero != nullptr ? zero->type : named != ElementType::Undefined ? named : ElementType::Uint8;
  if (element_size(type) == 0 || !is_integer(type)) {
    call.refuse("quantises to {}; expected an integer type", to_string(type));
  }
  return type;
}

void add_linear_quantisers(OperatorTable& table) {
  table["QuantizeLinear"] = quantize_linear;
  table["DequantizeLinear"] = dequantize_linear;
}

}  // namespace spinvp::network::onnx
