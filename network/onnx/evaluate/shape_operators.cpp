#include <algorithm>

#include "network/onnx/evaluate/families.h"

/// Operators that keep the order of elements, and those that tell of shapes. All of them look at their first input's
/// dims only; its numbers may be missing, then the result has none either.
namespace spinvp::network::onnx {
namespace {

std::int64_t product(const Dims& dims, std::size_t first, std::size_t last) {
  std::int64_t result = 1;
  for (std::size_t i = first; i < last; ++i) {
    result *= dims[i];
  }
  return result;
}

Value list_of(const Call& call, const Dims& numbers) {
  Value result = call.result(ElementType::Int64, {static_cast<std::int64_t>(numbers.size())});
  std::copy(numbers.begin(), numbers.end(), result.numbers.begin());
  return result;
}

Value shape(const Call& call) {
  const Dims& dims = call.input(0).dims;
  const auto rank = static_cast<std::int64_t>(dims.size());
  const auto clamp = [&](std::int64_t at) {
    return std::min(std::max<std::int64_t>(at < 0 ? at + rank : at, 0), rank);
  };
  const std::int64_t start = clamp(call.integer("start", 0));
  const std::int64_t end = std::max(start, clamp(call.integer("end", rank)));
  return list_of(call, Dims(dims.begin() + start, dims.begin() + end));
}

Value size(const Call& call) {
  const Dims& dims = call.input(0).dims;
  return Value{ElementType::Int64, {}, {static_cast<double>(product(dims, 0, dims.size()))}};
}

Value with_dims(const Call& call, Dims dims) {
  const Value& x = call.input(0);
  double count = 1;
  for (const std::int64_t dim : dims) {
    count *= static_cast<double>(dim);
  }
  if (count != static_cast<double>(product(x.dims, 0, x.dims.size()))) {
    call.refuse("turns the shape {} into the shape {}", shape_text(x.dims), shape_text(dims));
  }
  return Value{x.type, std::move(dims), x.numbers};
}

Value reshape(const Call& call) {
  const Value& x = call.input(0);
  Dims dims = call.list(1);
  const bool keeps_zeros = call.integer("allowzero", 0) != 0;
  std::size_t open = dims.size();
  double known = 1;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == -1 && open == dims.size()) {
      open = i;
      continue;
    }
    if (dims[i] == 0 && !keeps_zeros) {
      if (i >= x.dims.size()) {
        call.refuse("its shape {} keeps dimension {} of an input with {} dimensions", shape_text(dims), i,
                    x.dims.size());
      }
      dims[i] = x.dims[i];
    }
    if (dims[i] < 0) {
      call.refuse("its shape is {}", shape_text(dims));
    }
    known *= static_cast<double>(dims[i]);
  }
  if (open < dims.size()) {
    const std::int64_t count = product(x.dims, 0, x.dims.size());
    dims[open] = known > 0 && known <= static_cast<double>(count) ? count / static_cast<std::int64_t>(known) : 0;
  }
  return with_dims(call, std::move(dims));
}

Value flatten(const Call& call) {
  const Dims& dims = call.input(0).dims;
  const auto rank = static_cast<std::int64_t>(dims.size());
  const std::int64_t written = call.integer("axis", 1);
  if (written < -rank || written > rank) {
    call.refuse("names the axis {} of {} dimensions", written, rank);
  }
  const auto axis = static_cast<std::size_t>(written < 0 ? written + rank : written);
  return with_dims(call, {product(dims, 0, axis), product(dims, axis, dims.size())});
}

/// Axes as an attribute before operator set 13, as an input after.
Dims axes_of(const Call& call) {
  if (call.graph.opset < 13) {
    return call.integers("axes", {});
  }
  return call.optional(1) != nullptr ? call.list(1) : Dims{};
}

Value squeeze(const Call& call) {
  const Dims& dims = call.input(0).dims;
  const Dims axes = axes_of(call);
  std::vector<bool> gone(dims.size(), false);
  for (std::size_t i = 0; axes.empty() && i < dims.size(); ++i) {
    gone[i] = dims[i] == 1;
  }
  for (const std::int64_t written : axes) {
    const std::size_t axis = call.axis(written, dims.size());
    if (dims[axis] != 1) {
      call.refuse("takes away the axis {} of the shape {}, which is not 1", written, shape_text(dims));
    }
    gone[axis] = true;
  }
  Dims result;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (!gone[i]) {
      result.push_back(dims[i]);
    }
  }
  return with_dims(call, std::move(result));
}

Value unsqueeze(const Call& call) {
  const Dims& dims = call.input(0).dims;
  const Dims axes = axes_of(call);
  const std::size_t rank = dims.size() + axes.size();
  if (rank > 64) {
    call.refuse("asks for {} dimensions", rank);
  }
  std::vector<bool> is_new(rank, false);
  for (const std::int64_t written : axes) {
    const std::size_t axis = call.axis(written, rank);
    if (is_new[axis]) {
      call.refuse("names the axis {} twice", written);
    }
    is_new[axis] = true;
  }
  Dims result(rank, 1);
  std::size_t next = 0;
  for (std::size_t i = 0; i < rank; ++i) {
    result[i] = is_new[i] ? 1 : dims[next++];
  }
  return with_dims(call, std::move(result));
}

}  // namespace

void add_shape_operators(OperatorTable& table) {
  table["Shape"] = shape;
  table["Size"] = size;
  table["Reshape"] = reshape;
  table["Flatten"] = flatten;
  table["Squeeze"] = squeeze;
  table["Unsqueeze"] = unsqueeze;
}

}  // namespace spinvp::network::onnx
