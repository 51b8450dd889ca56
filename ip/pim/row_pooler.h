#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "ip/pim/digital_kernels.h"

namespace spinvp {

/// Reduces the windows of a map that arrives row by row: rows of open windows are reduced as they come, a window's
/// columns when its last row is there. T is int32 (sums wrap) or uint16 (sums saturate).
template <class T>
class RowPooler {
 public:
  struct Shape {
    std::uint32_t window_height, window_width, stride_y, stride_x, output_height, output_width, channels;
  };

  /// Starts a map whose rows have `row_values` values.
  void start(kernels::Reduction reduction, const Shape& shape, std::size_t row_values) {
    reduction_ = reduction;
    shape_ = shape;
    row_values_ = row_values;
    open_rows_ = (shape.window_height + shape.stride_y - 1) / shape.stride_y;
    open_.resize(open_rows_ * row_values_);
    next_row_ = 0;
  }

  /// The next row; true when `out` has been given the next output row.
  bool feed(const T* row, T* out) {
    const std::uint32_t y = next_row_++;
    const std::uint32_t last = std::min(y / shape_.stride_y, shape_.output_height - 1);
    const std::uint32_t beyond = y < shape_.window_height ? 0 : (y - shape_.window_height) / shape_.stride_y + 1;
    for (std::uint32_t window = beyond; window <= last; ++window) {
      T* const open = open_.data() + window % open_rows_ * row_values_;
      if (y == window * shape_.stride_y) {
        std::memcpy(open, row, row_values_ * sizeof(T));
      } else {
        kernels::reduce(reduction_, open, row, row_values_);
      }
    }
    if (beyond > last || y != beyond * shape_.stride_y + shape_.window_height - 1) {
      return false;
    }
    kernels::reduce_row(reduction_, open_.data() + beyond % open_rows_ * row_values_,
                        {shape_.output_width, shape_.window_width, shape_.stride_x, shape_.channels}, out);
    return true;
  }

 private:
  kernels::Reduction reduction_ = kernels::Reduction::Max;
  Shape shape_{};
  std::size_t row_values_ = 0;
  std::size_t open_rows_ = 0;
  std::uint32_t next_row_ = 0;
  std::vector<T> open_;  // [open window row][value]
};

}  // namespace spinvp
