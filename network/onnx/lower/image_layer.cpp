#include "network/onnx/lower/image_layer.h"

#include <algorithm>
#include <cmath>

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
  PaddingSums(const Layer& layer, const std::vector<std::int16_t>& weights, const InputLevels& input, double pad_value,
              double step)
      : layer_(layer), channels_(static_cast<std::size_t>(layer.input.channels / layer.groups)) {
    const std::size_t size = layer.weights_per_kernel();
    taps_.resize(static_cast<std::size_t>(layer.kernels) * size / channels_);
    for (std::size_t kernel = 0; kernel < static_cast<std::size_t>(layer.kernels); ++kernel) {
      const std::size_t first = first_channel_of(layer, kernel);
      for (std::size_t i = 0; i < size; ++i) {
        // What the padding gives, less what level 0 would give as part of every kernel's constant.
        const std::size_t channel = first + i % channels_;
        const double level = input.level_of(channel, pad_value);
        taps_[(kernel * size + i) / channels_] += weights[kernel * size + i] * (input.step[channel] / step) * level;
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

ConstantMap padding_map(const Layer& layer, const std::vector<std::int16_t>& weights, const InputLevels& input,
                        double pad_value, double step, int fraction) {
  const std::vector<double> sums = PaddingSums(layer, weights, input, pad_value, step).run();
  ConstantMap map;
  map.shape = layer.convolved;
  map.values.reserve(sums.size());
  for (const double sum : sums) {
    map.values.push_back(static_cast<std::int32_t>(std::llround(std::ldexp(sum, fraction))));
  }
  return map;
}

int fraction_bits_of_sums(const Layer& layer, const std::vector<std::int16_t>& weights, const InputLevels& input,
                          double pad_value, double step) {
  constexpr int most_bits = 30;
  const std::size_t size = layer.weights_per_kernel();
  const auto channels = static_cast<std::size_t>(layer.input.channels / layer.groups);
  double largest = 1;
  for (std::size_t kernel = 0; kernel < static_cast<std::size_t>(layer.kernels); ++kernel) {
    double sum = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t channel = first_channel_of(layer, kernel) + i % channels;
      const double level = std::ldexp(1.0, input.bits) + std::fabs(input.level_of(channel, pad_value));
      sum += std::fabs(weights[kernel * size + i] * (input.step[channel] / step)) * level;
    }
    largest = std::max(largest, sum);
  }
  int bits = 0;
  std::frexp(largest, &bits);
  return std::max(0, most_bits - bits);
}

}  // namespace spinvp::network::onnx
