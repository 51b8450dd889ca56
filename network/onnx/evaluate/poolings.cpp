#include <algorithm>
#include <limits>

#include "network/onnx/evaluate/families.h"
#include "network/onnx/evaluate/spatial_window.h"

namespace spinvp::network::onnx {
namespace {

/// Positions k of a window that lie on the map, from first to last - 1.
struct Overlap {
  std::int64_t first;
  std::int64_t last;
};

Overlap overlap(const SpatialWindow& window, std::size_t axis, std::int64_t position) {
  Overlap result{0, window.kernel[axis]};
  while (result.first < result.last && !window.is_inside(axis, window.at(axis, position, result.first))) {
    ++result.first;
  }
  while (result.last > result.first && !window.is_inside(axis, window.at(axis, position, result.last - 1))) {
    --result.last;
  }
  return result;
}

/// result = finish(positions of the window on the map combined, window position) for each channel's map.
template <typename Combine, typename Finish>
Value pool(const Call& call, const SpatialWindow& window, double start, Combine combine, Finish finish) {
  const Value& x = call.input(0);
  const double windows = static_cast<double>(x.dims[0]) * static_cast<double>(x.dims[1]) *
                         static_cast<double>(window.positions[0]) * static_cast<double>(window.positions[1]);
  call.require_operations(windows * static_cast<double>(window.kernel[0]) * static_cast<double>(window.kernel[1]));
  Value result = call.result(x.type, {x.dims[0], x.dims[1], window.positions[0], window.positions[1]});
  const auto pixels = static_cast<std::size_t>(window.size[0] * window.size[1]);
  auto to = result.numbers.begin();
  for (std::size_t first = 0; first < x.size(); first += pixels) {
    for (std::int64_t y = 0; y < window.positions[0]; ++y) {
      const Overlap rows = overlap(window, 0, y);
      for (std::int64_t column = 0; column < window.positions[1]; ++column) {
        const Overlap columns = overlap(window, 1, column);
        double value = start;
        for (std::int64_t ky = rows.first; ky < rows.last; ++ky) {
          const double* row = x.numbers.data() + first + static_cast<std::size_t>(window.at(0, y, ky) * window.size[1]);
          for (std::int64_t kx = columns.first; kx < columns.last; ++kx) {
            value = combine(value, row[window.at(1, column, kx)]);
          }
        }
        *to++ = finish(value, y, column, (rows.last - rows.first) * (columns.last - columns.first));
      }
    }
  }
  return result;
}

Value max_pool(const Call& call, const SpatialWindow& window) {
  return pool(
      call, window, -std::numeric_limits<double>::infinity(), [](double a, double b) { return std::max(a, b); },
      [](double most, std::int64_t, std::int64_t, std::int64_t) { return most; });
}

/// With count_include_pad the padding counts, but not what ceil_mode adds behind it.
Value average_pool(const Call& call, const SpatialWindow& window) {
  const bool counts_padding = call.integer("count_include_pad", 0) != 0;
  const auto counted = [&](std::size_t axis, std::int64_t position) {
    std::int64_t count = 0;
    for (std::int64_t k = 0; k < window.kernel[axis]; ++k) {
      count += window.at(axis, position, k) < window.size[axis] + window.behind[axis] ? 1 : 0;
    }
    return count;
  };
  return pool(
      call, window, 0, [](double a, double b) { return a + b; },
      [&](double sum, std::int64_t y, std::int64_t x, std::int64_t inside) {
        return sum / static_cast<double>(counts_padding ? counted(0, y) * counted(1, x) : inside);
      });
}

Value max_pool_of_windows(const Call& call) {
  return max_pool(call, spatial_window(call, call.input(0).dims, call.integers("kernel_shape", {})));
}

Value average_pool_of_windows(const Call& call) {
  return average_pool(call, spatial_window(call, call.input(0).dims, call.integers("kernel_shape", {})));
}

/// A window as large as the map.
SpatialWindow whole_map(const Call& call) {
  const Dims& dims = call.input(0).dims;
  if (dims.size() != 4 || dims[2] == 0 || dims[3] == 0) {
    call.refuse("reads a map of the shape {}; expected [N, channels, rows, columns]", shape_text(dims));
  }
  SpatialWindow window;
  window.size = {dims[2], dims[3]};
  window.kernel = window.size;
  window.positions = {1, 1};
  return window;
}

Value global_max_pool(const Call& call) {
  return max_pool(call, whole_map(call));
}

Value global_average_pool(const Call& call) {
  return average_pool(call, whole_map(call));
}

}  // namespace

void add_poolings(OperatorTable& table) {
  table["MaxPool"] = max_pool_of_windows;
  table["AveragePool"] = average_pool_of_windows;
  table["GlobalMaxPool"] = global_max_pool;
  table["GlobalAveragePool"] = global_average_pool;
}

}  // namespace spinvp::network::onnx
