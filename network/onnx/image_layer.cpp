#include "network/onnx/image_layer.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spinvp::network::onnx {
namespace {

std::size_t first_channel_of(const Layer& layer, std::size_t kernel) {
  const std::size_t kernels_of_group = static_cast<std::size_t>(layer.kernels / layer.groups);
  return kernel / kernels_of_group * static_cast<std::size_t>(layer.input.channels / layer.groups);
}

/// Sums over the taps of each kernel that stand in the padding, for every output pixel: HWC. In steps of the input
/// where all channels have the same, so that whole numbers stay whole.
class PaddingSums {
 public:
  PaddingSums(const Layer& layer, const std::vector<std::int16_t>& weights, const InputLevels& input, double pad_value)
      : layer_(layer), channels_(static_cast<std::size_t>(layer.input.channels / layer.groups)) {
    const std::size_t size = layer.weights_per_kernel();
    taps_.resize(static_cast<std::size_t>(layer.kernels) * size / channels_);
    for (std::size_t kernel = 0; kernel < static_cast<std::size_t>(layer.kernels); ++kernel) {
      const std::size_t first = first_channel_of(layer, kernel);
      for (std::size_t i = 0; i < size; ++i) {
        // What the padding gives, less what level 0 would give as part of every kernel's constant.
        const std::size_t channel = first + i % channels_;
        const double level = input.level_of(channel, pad_value);
        const double step = input.step.uniform() ? 1.0 : input.step[channel];
        taps_[(kernel * size + i) / channels_] += weights[kernel * size + i] * step * level;
      }
    }
  }

  std::vector<double> run() const {
    std::vector<double> sums(layer_.convolved.elements());
    const auto kernels = static_cast<std::size_t>(layer_.kernels);
    double* pixel = sums.data();
    for (int y = 0; y < layer_.convolved.height; ++y) {
      for (int x = 0; x < layer_.convolved.width; ++x, pixel += kernels) {
        add_pixel(y * layer_.stride_y - layer_.pad_top, x * layer_.stride_x - layer_.pad_left, pixel);
      }
    }
    return sums;
  }

 private:
  void add_pixel(int top, int left, double* sums) const {
    const auto taps_per_kernel = static_cast<std::size_t>(layer_.kernel_height * layer_.kernel_width);
    std::size_t tap = 0;
    for (int ky = 0; ky < layer_.kernel_height; ++ky) {
      const int y = top + ky * layer_.dilation_y;
      for (int kx = 0; kx < layer_.kernel_width; ++kx, ++tap) {
        const int x = left + kx * layer_.dilation_x;
        if (y >= 0 && y < layer_.input.height && x >= 0 && x < layer_.input.width) {
          continue;
        }
        for (std::size_t kernel = 0; kernel < static_cast<std::size_t>(layer_.kernels); ++kernel) {
          sums[kernel] += taps_[kernel * taps_per_kernel + tap];
        }
      }
    }
  }

  const Layer& layer_;
  const std::size_t channels_;
  std::vector<double> taps_;  ///< [kernel][ky][kx]
};

}  // namespace

std::vector<ImagePart> split_by_step(const Layer& layer, const std::vector<std::int16_t>& weights,
                                     const InputLevels& input) {
  std::vector<ImagePart> parts;
  const auto channels = static_cast<std::size_t>(layer.input.channels / layer.groups);
  const std::size_t size = layer.weights_per_kernel();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double step = input.step[first_channel_of(layer, i / size) + i % channels];
    auto part = std::find_if(parts.begin(), parts.end(), [&](const ImagePart& one) { return one.step == step; });
    if (part == parts.end()) {
      parts.push_back({step, std::vector<std::int16_t>(weights.size())});
      part = parts.end() - 1;
    }
    part->weights[i] = weights[i];
  }
  return parts;
}

PaddingMap padding_map(const Layer& layer, const std::vector<std::int16_t>& weights, const PerChannel& scale,
                       const InputLevels& input, double pad_value) {
  const std::vector<double> sums = PaddingSums(layer, weights, input, pad_value).run();
  const auto kernels = static_cast<std::size_t>(layer.kernels);
  PaddingMap result;
  result.map.shape = layer.convolved;
  result.map.values.resize(sums.size());
  result.unit.values.assign(kernels, 1.0);
  const double step = input.step.uniform().value_or(1.0);
  constexpr double most = std::numeric_limits<std::int32_t>::max();
  for (std::size_t kernel = 0; kernel < kernels; ++kernel) {
    double largest = 0;
    bool halves = true;
    for (std::size_t i = kernel; i < sums.size(); i += kernels) {
      largest = std::max(largest, std::fabs(sums[i]));
      halves = halves && std::fmod(2 * sums[i], 1.0) == 0;
    }
    const double unit = halves && 2 * largest <= most ? 0.5 : largest / most;
    for (std::size_t i = kernel; i < sums.size(); i += kernels) {
      result.map.values[i] = static_cast<std::int32_t>(std::lround(sums[i] / unit));
    }
    result.unit.values[kernel] = unit * step * scale[kernel];
  }
  return result;
}

}  // namespace spinvp::network::onnx
