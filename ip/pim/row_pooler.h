#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "ip/pim/digital_kernels.h"

namespace spinvp {

/// Reduces the windows of a map that arrives row by row: rows of open windows are reduced as they come, a window's
/// columns when its last row is there. Windows may leave the map on every side and take what they see of it. T is int32
/// (sums wrap) or uint16 (sums saturate).
template <class T>
class RowPooler {
 public:
  struct Shape {
    std::uint32_t window_height, window_width, stride_y, stride_x, output_height, output_width, channels;
    std::uint32_t pad_y, pad_x;   ///< rows and columns of the first window outside the map
    std::uint32_t height, width;  ///< of the map, as far as windows see it
  };

  void start(kernels::Reduction reduction, const Shape& shape) {
    reduction_ = reduction;
    shape_ = shape;
    row_values_ = std::size_t{shape.width} * shape.channels;
    open_rows_ = (shape.window_height + shape.stride_y - 1) / shape.stride_y;
    open_.resize(open_rows_ * row_values_);
    rows_ = 0;
    finished_ = 0;
  }

  /// The map's next row; finish() comes before a further one, until it gives nothing.
  void feed(const T* row) {
    const std::uint32_t y = rows_++;
    const std::uint32_t last = std::min((y + shape_.pad_y) / shape_.stride_y, shape_.output_height - 1);
    for (std::uint32_t window = finished_; window <= last; ++window) {
      T* const open = open_.data() + window % open_rows_ * row_values_;
      const std::uint32_t begin = window * shape_.stride_y;
      if (y == (begin < shape_.pad_y ? 0 : begin - shape_.pad_y)) {
        std::memcpy(open, row, row_values_ * sizeof(T));
      } else {
        kernels::reduce(reduction_, open, row, row_values_);
      }
    }
  }

  /// True when `out` has been given the next output row. The map's last row may finish several.
  bool finish(T* out) {
    if (finished_ == shape_.output_height ||
        rows_ < std::min(finished_ * shape_.stride_y + shape_.window_height - shape_.pad_y, shape_.height)) {
      return false;
    }
    kernels::reduce_row(
        reduction_, open_.data() + finished_ % open_rows_ * row_values_,
        {shape_.output_width, shape_.window_width, shape_.stride_x, shape_.channels, shape_.pad_x, shape_.width}, out);
    ++finished_;
    return true;
  }

 private:
  kernels::Reduction reduction_ = kernels::Reduction::Max;
  Shape shape_{};
  std::size_t row_values_ = 0;
  std::size_t open_rows_ = 0;
  std::uint32_t rows_ = 0;      // so far
  std::uint32_t finished_ = 0;  // output rows so far
  std::vector<T> open_;         // [open window row][value]
};

}  // namespace spinvp
