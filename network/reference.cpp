#include "network/reference.h"

#include <algorithm>
#include <limits>

namespace spinvp::network {
namespace {

using Values = std::vector<std::int32_t>;

std::size_t offset(const Shape& shape, int y, int x) {
  return (static_cast<std::size_t>(y) * static_cast<std::size_t>(shape.width) + static_cast<std::size_t>(x)) *
         static_cast<std::size_t>(shape.channels);
}

/// Receptive fields of this many pixels meet each kernel together, so that a kernel's weights are read less often.
constexpr std::size_t pixels_together = 4;

/// Dot products of one kernel with several receptive fields of `size` elements, one behind the other. Levels have at
/// most 12 bits, so that both factors fit 16 bits, for which processors multiply and add in pairs.
void dot(const std::int16_t* fields, const std::int16_t* weights, std::size_t size, std::int32_t* sums) {
  std::int32_t sum0 = 0;
  std::int32_t sum1 = 0;
  std::int32_t sum2 = 0;
  std::int32_t sum3 = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::int32_t weight = weights[i];
    sum0 += fields[i] * weight;
    sum1 += fields[size + i] * weight;
    sum2 += fields[2 * size + i] * weight;
    sum3 += fields[3 * size + i] * weight;
  }
  sums[0] = sum0;
  sums[1] = sum1;
  sums[2] = sum2;
  sums[3] = sum3;
}

/// Multiply-accumulate of one layer: receptive fields are gathered, padding as its level, then meet all kernels.
class Convolution {
 public:
  Convolution(const Layer& layer, const Values& input) : layer_(layer), levels_(input.begin(), input.end()) {}

  Values run() {
    Values accumulators(layer_.convolved.elements());
    const std::size_t size = layer_.weights_per_kernel();
    const auto kernels = static_cast<std::size_t>(layer_.kernels);
    const std::size_t kernels_of_group = kernels / static_cast<std::size_t>(layer_.groups);
    const std::size_t pixels = accumulators.size() / kernels;
    std::vector<std::int16_t> fields(pixels_together * size);
    for (int group = 0; group < layer_.groups; ++group) {
      const std::size_t first_kernel = static_cast<std::size_t>(group) * kernels_of_group;
      for (std::size_t pixel = 0; pixel < pixels; pixel += pixels_together) {
        const std::size_t count = std::min(pixels_together, pixels - pixel);
        for (std::size_t i = 0; i < count; ++i) {
          gather(pixel + i, group, fields.data() + i * size);
        }
        for (std::size_t kernel = first_kernel; kernel < first_kernel + kernels_of_group; ++kernel) {
          std::int32_t sums[pixels_together];
          dot(fields.data(), layer_.weights.data() + kernel * size, size, sums);
          for (std::size_t i = 0; i < count; ++i) {
            accumulators[(pixel + i) * kernels + kernel] = sums[i];
          }
        }
      }
    }
    return accumulators;
  }

 private:
  /// The receptive field of an output pixel in the kernel's order.
  void gather(std::size_t pixel, int group, std::int16_t* field) const {
    const auto width = static_cast<std::size_t>(layer_.convolved.width);
    const int top = static_cast<int>(pixel / width) * layer_.stride_y - layer_.pad_top;
    const int left = static_cast<int>(pixel % width) * layer_.stride_x - layer_.pad_left;
    const std::size_t channels = static_cast<std::size_t>(layer_.input.channels / layer_.groups);
    const std::size_t first_channel = static_cast<std::size_t>(group) * channels;
    for (int ky = 0; ky < layer_.kernel_height; ++ky) {
      const int y = top + ky * layer_.dilation_y;
      for (int kx = 0; kx < layer_.kernel_width; ++kx, field += channels) {
        const int x = left + kx * layer_.dilation_x;
        if (y < 0 || y >= layer_.input.height || x < 0 || x >= layer_.input.width) {
          std::fill_n(field, channels, static_cast<std::int16_t>(layer_.pad_level));
        } else {
          std::copy_n(levels_.data() + offset(layer_.input, y, x) + first_channel, channels, field);
        }
      }
    }
  }

  const Layer& layer_;
  const std::vector<std::int16_t> levels_;
};

/// Whether pooling keeps the smallest value of a channel, not the largest.
bool keeps_smallest(const Layer& layer, std::size_t channel) {
  return layer.pooling.kind == PoolKind::Monotone &&
         layer.thresholds[channel].direction == ChannelThresholds::Direction::Falling;
}

Values pool(const Layer& layer, const Values& input) {
  const Pooling& pooling = layer.pooling;
  const auto channels = static_cast<std::size_t>(layer.kernels);
  std::vector<char> smallest(channels);
  for (std::size_t channel = 0; channel < channels; ++channel) {
    smallest[channel] = keeps_smallest(layer, channel) ? 1 : 0;
  }
  Values output(layer.output.elements());
  for (int y = 0; y < layer.output.height; ++y) {
    for (int x = 0; x < layer.output.width; ++x) {
      std::int32_t* result = output.data() + offset(layer.output, y, x);
      bool first = true;
      for (int ky = 0; ky < pooling.kernel_height; ++ky) {
        for (int kx = 0; kx < pooling.kernel_width; ++kx) {
          const int in_y = y * pooling.stride_y + ky - pooling.pad_top;
          const int in_x = x * pooling.stride_x + kx - pooling.pad_left;
          if (in_y < 0 || in_y >= layer.convolved.height || in_x < 0 || in_x >= layer.convolved.width) {
            continue;
          }
          const std::int32_t* values = input.data() + offset(layer.convolved, in_y, in_x);
          if (first) {
            std::copy_n(values, channels, result);
            first = false;
            continue;
          }
          for (std::size_t channel = 0; channel < channels; ++channel) {
            result[channel] = pooling.kind == PoolKind::Sum ? result[channel] + values[channel]
                              : smallest[channel] != 0      ? std::min(result[channel], values[channel])
                                                            : std::max(result[channel], values[channel]);
          }
        }
      }
    }
  }
  return output;
}

/// Sorted thresholds that a value passes: those that come first.
std::int32_t level(const ChannelThresholds& channel, std::int64_t value) {
  const auto& values = channel.values;
  const auto end = channel.direction == ChannelThresholds::Direction::Rising
                       ? std::partition_point(values.begin(), values.end(), [&](std::int64_t t) { return value >= t; })
                       : std::partition_point(values.begin(), values.end(), [&](std::int64_t t) { return value <= t; });
  return static_cast<std::int32_t>(end - values.begin());
}

/// `residual` holds as many values, or is nullptr.
void apply_thresholds(const Layer& layer, const Values* residual, Values& values) {
  const auto channels = static_cast<std::size_t>(layer.kernels);
  for (std::size_t first = 0; first < values.size(); first += channels) {
    for (std::size_t channel = 0; channel < channels; ++channel) {
      std::int64_t value = values[first + channel];
      if (residual != nullptr) {
        value = value * (std::int64_t{1} << layer.residual.fraction_bits) +
                std::int64_t{layer.residual.multipliers[channel]} * (*residual)[first + channel];
      }
      values[first + channel] = level(layer.thresholds[channel], value);
    }
  }
}

std::int32_t saturate(std::int64_t value) {
  constexpr std::int64_t low = std::numeric_limits<std::int32_t>::min();
  constexpr std::int64_t high = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(std::min(std::max(value, low), high));
}

/// `residual` holds as many values, or is nullptr.
void apply_affine(const Layer& layer, const Values* residual, Values& values) {
  const Affine& affine = layer.affine;
  const std::int64_t half = affine.shift > 0 ? std::int64_t{1} << (affine.shift - 1) : 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t channel = i % affine.gains.size();
    std::int64_t sum = std::int64_t{values[i]} * affine.gains[channel] + affine.offsets[channel];
    if (residual != nullptr) {
      sum += std::int64_t{layer.residual.multipliers[channel]} * (*residual)[i];
    }
    values[i] = saturate((sum + half) >> affine.shift);
  }
}

LayerOutput run_layer(const Layer& layer, const Values& input, const Values* residual) {
  const bool pools = layer.pooling.kind != PoolKind::None;
  Values values = layer.has_weights() ? Convolution(layer, input).run() : input;
  if (pools && layer.pooling.stage == PoolStage::BeforeThresholds) {
    values = pool(layer, values);
  }
  if (layer.gives_levels()) {
    apply_thresholds(layer, residual, values);
  }
  if (pools && layer.pooling.stage == PoolStage::AfterThresholds) {
    values = pool(layer, values);
  }
  if (!layer.affine.gains.empty()) {
    apply_affine(layer, residual, values);
  }
  return LayerOutput{layer.output, layer.output_bits, std::move(values)};
}

}  // namespace

std::vector<LayerOutput> run_reference(const IntegerGraph& graph, const std::uint8_t* image) {
  const Values pixels(image, image + graph.input.elements());
  std::vector<LayerOutput> outputs;
  outputs.reserve(graph.layers.size());
  const auto values_of = [&](int layer) -> const Values& {
    return layer == image_input ? pixels : outputs[static_cast<std::size_t>(layer)].values;
  };
  for (const Layer& layer : graph.layers) {
    const Values* residual = layer.residual.constant >= 0
                                 ? &graph.constants[static_cast<std::size_t>(layer.residual.constant)].values
                             : layer.residual.layer >= 0 ? &values_of(layer.residual.layer)
                                                         : nullptr;
    outputs.push_back(run_layer(layer, values_of(layer.source), residual));
  }
  return outputs;
}

int argmax(const std::vector<std::int32_t>& scores) {
  if (scores.size() == 1) {
    return scores[0] > 0 ? 1 : 0;
  }
  return static_cast<int>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

}  // namespace spinvp::network
