#include <algorithm>

#include "network/onnx/evaluate/families.h"
#include "network/onnx/evaluate/layer_products.h"
#include "network/onnx/evaluate/spatial_window.h"

namespace spinvp::network::onnx {
namespace {

/// Receptive fields of this many pixels meet two kernels at a time. Each sum adds its products in the order of the
/// kernel's elements, whatever the processor does side by side.
constexpr std::size_t together = 8;

void dot(const double* fields, const double* first, const double* second, std::size_t size, double (*sums)[together]) {
  double a[together] = {};
  double b[together] = {};
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t p = 0; p < together; ++p) {
      a[p] += fields[i * together + p] * first[i];
      b[p] += fields[i * together + p] * second[i];
    }
  }
  std::copy_n(a, together, sums[0]);
  std::copy_n(b, together, sums[1]);
}

class Convolution {
 public:
  Convolution(const Call& call, const Value& x, const Value& w, const Value* bias)
      : x_(x), w_(w), bias_(bias), groups_(call.integer("group", 1)) {
    check(call);
    window_ = spatial_window(call, x.dims, {w.dims[2], w.dims[3]});
    const Dims named = call.integers("kernel_shape", {w.dims[2], w.dims[3]});
    if (named != Dims{w.dims[2], w.dims[3]}) {
      call.refuse("kernel_shape is {}, its weights have the shape {}", shape_text(named), shape_text(w.dims));
    }
    result_ = call.result(x.type, {x.dims[0], w.dims[0], window_.positions[0], window_.positions[1]});
    call.require_operations(static_cast<double>(result_.size()) * static_cast<double>(w.dims[1]) *
                            static_cast<double>(w.dims[2]) * static_cast<double>(w.dims[3]));
  }

  Value run() {
    const std::size_t size = view_axis(w_.dims, 0).behind;
    const auto pixels = static_cast<std::size_t>(window_.positions[0] * window_.positions[1]);
    std::vector<double> fields(size * together);
    for (std::int64_t image = 0; image < x_.dims[0]; ++image) {
      for (std::int64_t group = 0; group < groups_; ++group) {
        for (std::size_t pixel = 0; pixel < pixels; pixel += together) {
          const std::size_t count = std::min(together, pixels - pixel);
          for (std::size_t p = 0; p < count; ++p) {
            gather(image, group, static_cast<std::int64_t>(pixel + p), fields.data() + p);
          }
          meet_kernels(image, group, pixel, count, fields);
        }
      }
    }
    return std::move(result_);
  }

 private:
  void check(const Call& call) const {
    if (w_.dims.size() != 4 || x_.dims.size() != 4) {
      call.refuse(
          "reads a map {} and weights {}; expected [N, channels, rows, columns] and [kernels, channels, rows, "
          "columns]",
          shape_text(x_.dims), shape_text(w_.dims));
    }
    if (groups_ < 1 || w_.dims[0] % groups_ != 0 || x_.dims[1] % groups_ != 0 || x_.dims[1] / groups_ != w_.dims[1]) {
      call.refuse("reads {} channels in {} groups with weights {}", x_.dims[1], groups_, shape_text(w_.dims));
    }
    if (bias_ != nullptr && bias_->dims != Dims{w_.dims[0]}) {
      call.refuse("its bias has the shape {}; expected [{}]", shape_text(bias_->dims), w_.dims[0]);
    }
  }

  /// A pixel's receptive field in the kernel's order, every `together`-th element.
  void gather(std::int64_t image, std::int64_t group, std::int64_t pixel, double* field) const {
    const std::int64_t y = pixel / window_.positions[1];
    const std::int64_t x = pixel % window_.positions[1];
    const std::int64_t channels = w_.dims[1];
    const double* map = x_.numbers.data() + (image * x_.dims[1] + group * channels) * window_.size[0] * window_.size[1];
    for (std::int64_t channel = 0; channel < channels; ++channel, map += window_.size[0] * window_.size[1]) {
      for (std::int64_t ky = 0; ky < window_.kernel[0]; ++ky) {
        const std::int64_t row = window_.at(0, y, ky);
        for (std::int64_t kx = 0; kx < window_.kernel[1]; ++kx, field += together) {
          const std::int64_t column = window_.at(1, x, kx);
          const bool inside = window_.is_inside(0, row) && window_.is_inside(1, column);
          *field = inside ? map[row * window_.size[1] + column] : 0.0;
        }
      }
    }
  }

  void meet_kernels(std::int64_t image, std::int64_t group, std::size_t pixel, std::size_t count,
                    const std::vector<double>& fields) {
    const std::size_t size = fields.size() / together;
    const auto pixels = static_cast<std::size_t>(window_.positions[0] * window_.positions[1]);
    const std::int64_t kernels = w_.dims[0] / groups_;
    for (std::int64_t kernel = 0; kernel < kernels; kernel += 2) {
      const auto index = static_cast<std::size_t>(group * kernels + kernel);
      const std::size_t pair = std::min<std::size_t>(2, static_cast<std::size_t>(kernels - kernel));
      const double* weights = w_.numbers.data() + index * size;
      double sums[2][together];
      dot(fields.data(), weights, weights + (pair - 1) * size, size, sums);
      for (std::size_t i = 0; i < pair; ++i) {
        const double bias = bias_ != nullptr ? bias_->numbers[index + i] : 0.0;
        double* to =
            result_.numbers.data() + (static_cast<std::size_t>(image * w_.dims[0]) + index + i) * pixels + pixel;
        for (std::size_t p = 0; p < count; ++p) {
          to[p] = sums[i][p] + bias;
        }
      }
    }
  }

  const Value& x_;
  const Value& w_;
  const Value* bias_;
  std::int64_t groups_;
  SpatialWindow window_;
  Value result_;
};

Value conv(const Call& call) {
  return convolve(call, call.input(0), call.input(1), call.optional(2));
}

}  // namespace

Value convolve(const Call& call, const Value& x, const Value& w, const Value* bias) {
  return Convolution(call, x, w, bias).run();
}

void add_convolutions(OperatorTable& table) {
  table["Conv"] = conv;
}

}  // namespace spinvp::network::onnx
