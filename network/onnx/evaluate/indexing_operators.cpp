#include <algorithm>

#include "network/onnx/evaluate/families.h"

/// Operators that pick elements by their place.
namespace spinvp::network::onnx {
namespace {

/// result[position] = data[first + sum of position * step], for any steps, along every dim of the result.
void copy_strided(const Value& data, std::int64_t first, const Dims& steps, Value& result) {
  if (result.size() == 0) {
    return;
  }
  const std::size_t rank = result.dims.size();
  Dims position(rank, 0);
  std::int64_t at = first;
  for (double& number : result.numbers) {
    number = data.numbers[static_cast<std::size_t>(at)];
    for (std::size_t axis = rank; axis-- > 0;) {
      at += steps[axis];
      if (++position[axis] < result.dims[axis]) {
        break;
      }
      at -= steps[axis] * result.dims[axis];
      position[axis] = 0;
    }
  }
}

Dims signed_strides(const Dims& dims) {
  const std::vector<std::size_t> strides = strides_of(dims);
  return {strides.begin(), strides.end()};
}

Value transpose(const Call& call) {
  const Value& x = call.input(0);
  const std::size_t rank = x.dims.size();
  Dims order = call.integers("perm", {});
  if (order.empty()) {
    for (std::size_t i = rank; i-- > 0;) {
      order.push_back(static_cast<std::int64_t>(i));
    }
  }
  Dims sorted = order;
  std::sort(sorted.begin(), sorted.end());
  bool is_order = order.size() == rank;
  for (std::size_t i = 0; is_order && i < rank; ++i) {
    is_order = sorted[i] == static_cast<std::int64_t>(i);
  }
  if (!is_order) {
    call.refuse("perm is {}, which is no order of {} dimensions", shape_text(order), rank);
  }
  const Dims strides = signed_strides(x.dims);
  Dims dims;
  Dims steps;
  for (const std::int64_t axis : order) {
    dims.push_back(x.dims[static_cast<std::size_t>(axis)]);
    steps.push_back(strides[static_cast<std::size_t>(axis)]);
  }
  Value result = call.result(x.type, std::move(dims));
  copy_strided(x, 0, steps, result);
  return result;
}

/// Slice's lists: attributes before operator set 10, inputs after.
struct SliceRanges {
  Dims starts, ends, axes, steps;
};

SliceRanges slice_ranges(const Call& call) {
  SliceRanges ranges;
  if (call.graph.opset < 10) {
    ranges.starts = call.integers("starts", {});
    ranges.ends = call.integers("ends", {});
    ranges.axes = call.integers("axes", {});
  } else {
    ranges.starts = call.list(1);
    ranges.ends = call.list(2);
    ranges.axes = call.optional(3) != nullptr ? call.list(3) : Dims{};
    ranges.steps = call.optional(4) != nullptr ? call.list(4) : Dims{};
  }
  const std::size_t count = ranges.starts.size();
  for (std::size_t i = 0; ranges.axes.empty() && i < count; ++i) {
    ranges.axes.push_back(static_cast<std::int64_t>(i));
    if (i > call.input(0).dims.size()) {
      break;  // refused below
    }
  }
  if (ranges.steps.empty()) {
    ranges.steps.assign(count, 1);
  }
  if (ranges.ends.size() != count || ranges.axes.size() != count || ranges.steps.size() != count) {
    call.refuse("has {} starts, {} ends, {} axes and {} steps", count, ranges.ends.size(), ranges.axes.size(),
                ranges.steps.size());
  }
  return ranges;
}

Value slice(const Call& call) {
  const Value& x = call.input(0);
  const SliceRanges ranges = slice_ranges(call);
  Dims dims = x.dims;
  Dims steps = signed_strides(x.dims);
  std::int64_t first = 0;
  std::vector<bool> cut(dims.size(), false);
  for (std::size_t i = 0; i < ranges.starts.size(); ++i) {
    const std::size_t axis = call.axis(ranges.axes[i], dims.size());
    const std::int64_t size = x.dims[axis];
    const std::int64_t step = ranges.steps[i];
    if (cut[axis] || step == 0) {
      call.refuse("cuts the axis {} {}", axis, step == 0 ? "in steps of 0" : "twice");
    }
    cut[axis] = true;
    // Ends beyond the axis mean its end, whatever their size.
    const auto clamp = [&](std::int64_t at, std::int64_t low, std::int64_t high) {
      return std::min(std::max(at < 0 ? at + size : at, low), high);
    };
    const std::int64_t start = step > 0 ? clamp(ranges.starts[i], 0, size) : clamp(ranges.starts[i], 0, size - 1);
    const std::int64_t end = step > 0 ? clamp(ranges.ends[i], 0, size) : clamp(ranges.ends[i], -1, size - 1);
    const std::int64_t reach = step > 0 ? end - start : start - end;
    // A step beyond the axis takes one element; it must not overflow below.
    const std::int64_t stride = std::min(std::max(step, -size - 1), size + 1);
    const std::int64_t apart = stride > 0 ? stride : -stride;
    dims[axis] = reach > 0 && size > 0 ? (reach + apart - 1) / apart : 0;
    first += start * steps[axis];
    steps[axis] *= stride;
  }
  Value result = call.result(x.type, std::move(dims));
  copy_strided(x, first, steps, result);
  return result;
}

Value gather(const Call& call) {
  const Value& x = call.input(0);
  const Value& indices = call.input(1);
  const std::size_t axis = call.axis(call.integer("axis", 0), x.dims.size());
  const AxisView view = view_axis(x.dims, axis);
  Dims dims(x.dims.begin(), x.dims.begin() + static_cast<std::ptrdiff_t>(axis));
  dims.insert(dims.end(), indices.dims.begin(), indices.dims.end());
  dims.insert(dims.end(), x.dims.begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.dims.end());
  Value result = call.result(x.type, std::move(dims));
  auto to = result.numbers.begin();
  for (std::size_t block = 0; block < view.before; ++block) {
    for (const double written : indices.numbers) {
      const std::int64_t index = to_integer(written);
      const auto size = static_cast<std::int64_t>(view.size);
      if (index < -size || index >= size || static_cast<double>(index) != written) {
        call.refuse("picks element {} of {}", written, size);
      }
      const auto from = static_cast<std::size_t>(index < 0 ? index + size : index);
      const auto start = x.numbers.begin() + static_cast<std::ptrdiff_t>((block * view.size + from) * view.behind);
      to = std::copy(start, start + static_cast<std::ptrdiff_t>(view.behind), to);
    }
  }
  return result;
}

Value concat(const Call& call) {
  const Value& first = call.input(0);
  const std::size_t axis = call.axis(call.integer("axis", 0), first.dims.size());
  Dims dims = first.dims;
  for (std::size_t i = 1; i < call.input_count(); ++i) {
    Dims own = call.input(i).dims;
    if (own.size() == dims.size()) {
      dims[axis] += own[axis];
      own[axis] = dims[axis];
    }
    if (own != dims) {
      call.refuse("its inputs have the shapes {} and {}, which do not fit each other along axis {}",
                  shape_text(first.dims), shape_text(call.input(i).dims), axis);
    }
  }
  Value result = call.result(first.type, dims);
  const AxisView whole = view_axis(dims, axis);
  std::size_t behind = 0;
  for (std::size_t i = 0; i < call.input_count(); ++i) {
    const Value& part = call.input(i);
    const std::size_t row = view_axis(part.dims, axis).size * whole.behind;
    for (std::size_t block = 0; block < whole.before; ++block) {
      std::copy_n(part.numbers.begin() + static_cast<std::ptrdiff_t>(block * row), row,
                  result.numbers.begin() + static_cast<std::ptrdiff_t>(block * whole.size * whole.behind + behind));
    }
    behind += row;
  }
  return result;
}

}  // namespace

void add_indexing_operators(OperatorTable& table) {
  table["Transpose"] = transpose;
  table["Slice"] = slice;
  table["Gather"] = gather;
  table["Concat"] = concat;
}

}  // namespace spinvp::network::onnx
