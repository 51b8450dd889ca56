#include <algorithm>
#include <cmath>

#include "network/onnx/evaluate/broadcast.h"
#include "network/onnx/evaluate/families.h"

/// Operators whose result may be larger than what they read: a few numbers of a file ask for any size.
namespace spinvp::network::onnx {
namespace {

constexpr double most_filled = 1 << 23;

/// Refuses what such an operator may not grow to.
Value filled(const Call& call, ElementType type, Dims dims) {
  double count = 1;
  for (const std::int64_t dim : dims) {
    count *= dim == 0 ? 1.0 : static_cast<double>(dim);
  }
  if (!(count <= most_filled)) {
    call.refuse("its result would have the shape {}, more than {} elements", shape_text(dims), most_filled);
  }
  return call.result(type, std::move(dims));
}

Value expand(const Call& call) {
  const Value& x = call.input(0);
  const Dims shape = call.list(1);
  for (const std::int64_t dim : shape) {
    if (dim < 0) {
      call.refuse("its shape is {}", shape_text(shape));
    }
  }
  Value result = filled(call, x.type, broadcast_dims(call, {&x.dims, &shape}));
  const std::vector<std::size_t> own = broadcast_strides(x.dims, result.dims);
  const std::vector<std::size_t> strides = strides_of(result.dims);
  for (std::size_t i = 0; i < result.size(); ++i) {
    std::size_t from = 0;
    for (std::size_t axis = 0; axis < result.dims.size(); ++axis) {
      from += i / strides[axis] % static_cast<std::size_t>(result.dims[axis]) * own[axis];
    }
    result.numbers[i] = x.numbers[from];
  }
  return result;
}

Value tile(const Call& call) {
  const Value& x = call.input(0);
  const Dims repeats = call.list(1);
  if (repeats.size() != x.dims.size()) {
    call.refuse("has {} repeats for {} dimensions", repeats.size(), x.dims.size());
  }
  Dims dims = x.dims;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (repeats[i] < 0 || repeats[i] > std::int64_t{1} << 30 || dims[i] > std::int64_t{1} << 32) {
      call.refuse("repeats are {}", shape_text(repeats));
    }
    dims[i] *= repeats[i];
  }
  Value result = filled(call, x.type, dims);
  const std::vector<std::size_t> own = strides_of(x.dims);
  const std::vector<std::size_t> strides = strides_of(dims);
  for (std::size_t i = 0; i < result.size(); ++i) {
    std::size_t from = 0;
    for (std::size_t axis = 0; axis < dims.size(); ++axis) {
      from +=
          i / strides[axis] % static_cast<std::size_t>(dims[axis]) % static_cast<std::size_t>(x.dims[axis]) * own[axis];
    }
    result.numbers[i] = x.numbers[from];
  }
  return result;
}

Value constant_of_shape(const Call& call) {
  const Tensor* value = call.graph.tensor(call.node, "value");
  if (value != nullptr && value->size() != 1) {
    call.refuse("its value has {} elements; expected 1", value->size());
  }
  Dims dims = call.list(0);
  Value result = filled(call, value != nullptr ? value->type() : ElementType::Float, std::move(dims));
  std::fill(result.numbers.begin(), result.numbers.end(), value != nullptr ? (*value)[0] : 0.0);
  return result;
}

Value range(const Call& call) {
  const double start = call.scalar(0);
  const double step = call.scalar(2);
  const double count = std::max(0.0, std::ceil((call.scalar(1) - start) / step));
  if (!(count <= most_filled)) {
    call.refuse("from {} to {} in steps of {} has no end, or more than {} elements", start, call.scalar(1), step,
                most_filled);
  }
  Value result = filled(call, call.input(0).type, {static_cast<std::int64_t>(count)});
  for (std::size_t i = 0; i < result.size(); ++i) {
    result.numbers[i] = start + static_cast<double>(i) * step;
  }
  return result;
}

/// Elements in front of and behind each axis, negative ones cut off: attributes before operator set 11, inputs after.
struct Padding {
  Dims begin, end;
  double value = 0;
};

Padding padding_of(const Call& call) {
  const std::size_t rank = call.input(0).dims.size();
  const bool old = call.graph.opset < 11;
  const Dims pads = old ? call.integers("pads", {}) : call.list(1);
  Padding padding{Dims(rank, 0), Dims(rank, 0), old ? call.number("value", 0) : 0};
  if (!old && call.optional(2) != nullptr && call.input(2).size() != 0) {
    padding.value = call.scalar(2);
  }
  Dims axes;
  for (std::size_t i = 0; i < rank; ++i) {
    axes.push_back(static_cast<std::int64_t>(i));
  }
  if (!old && call.optional(3) != nullptr) {
    axes = call.list(3);
  }
  if (pads.size() != 2 * axes.size()) {
    call.refuse("has {} pads for {} axes", pads.size(), axes.size());
  }
  constexpr std::int64_t most = std::int64_t{1} << 32;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::size_t axis = call.axis(axes[i], rank);
    padding.begin[axis] = pads[i];
    padding.end[axis] = pads[i + axes.size()];
    if (std::max(pads[i], pads[i + axes.size()]) > most || std::min(pads[i], pads[i + axes.size()]) < -most) {
      call.refuse("pads are {}", shape_text(pads));
    }
  }
  return padding;
}

Value pad(const Call& call) {
  if (call.text("mode", "constant") != "constant") {
    call.refuse("mode is '{}'; expected constant", call.text("mode", ""));
  }
  const Value& x = call.input(0);
  const Padding padding = padding_of(call);
  Dims dims = x.dims;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    dims[i] += padding.begin[i] + padding.end[i];
    if (dims[i] < 0) {
      call.refuse("cuts more than there is off axis {}", i);
    }
  }
  Value result = filled(call, x.type, dims);
  std::fill(result.numbers.begin(), result.numbers.end(), padding.value);
  const std::vector<std::size_t> own = strides_of(x.dims);
  const std::vector<std::size_t> strides = strides_of(dims);
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::size_t to = 0;
    bool inside = true;
    for (std::size_t axis = 0; inside && axis < dims.size(); ++axis) {
      const auto at =
          static_cast<std::int64_t>(i / own[axis] % static_cast<std::size_t>(x.dims[axis])) + padding.begin[axis];
      inside = at >= 0 && at < dims[axis];
      to += static_cast<std::size_t>(at) * strides[axis];
    }
    if (inside) {
      result.numbers[to] = x.numbers[i];
    }
  }
  return result;
}

}  // namespace

void add_filling_operators(OperatorTable& table) {
  table["Expand"] = expand;
  table["Tile"] = tile;
  table["ConstantOfShape"] = constant_of_shape;
  table["Range"] = range;
  table["Pad"] = pad;
}

}  // namespace spinvp::network::onnx
