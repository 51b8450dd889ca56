#include "network/reference.h"

#include <algorithm>

namespace spinvp::network {
namespace {

using Values = std::vector<std::int32_t>;

std::size_t offset(const Shape& shape, int y, int x) {
  return (static_cast<std::size_t>(y) * static_cast<std::size_t>(shape.width) + static_cast<std::size_t>(x)) *
         static_cast<std::size_t>(shape.channels);
}

std::int32_t dot(const std::int32_t* levels, const std::int16_t* weights, std::size_t count) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    sum += levels[i] * weights[i];
  }
  return sum;
}

/// Multiply-accumulate. Padding is zeros, so only the part of a window that lies on the map is visited; a row of that
/// part is contiguous in the map and in the kernel.
Values convolve(const Layer& layer, const Values& input) {
  Values accumulators(layer.convolved.elements());
  const auto channels = static_cast<std::size_t>(layer.input.channels);
  const std::size_t kernel_row = static_cast<std::size_t>(layer.kernel_width) * channels;
  std::size_t next = 0;
  for (int y = 0; y < layer.convolved.height; ++y) {
    const int top = y * layer.stride_y - layer.pad_top;
    const int first_ky = std::max(0, -top);
    const int last_ky = std::min(layer.kernel_height, layer.input.height - top);
    for (int x = 0; x < layer.convolved.width; ++x) {
      const int left = x * layer.stride_x - layer.pad_left;
      const int first_kx = std::max(0, -left);
      const int last_kx = std::min(layer.kernel_width, layer.input.width - left);
      const std::size_t count = last_kx > first_kx ? static_cast<std::size_t>(last_kx - first_kx) * channels : 0;
      for (int kernel = 0; kernel < layer.kernels; ++kernel, ++next) {
        const std::int16_t* weights =
            layer.weights.data() + static_cast<std::size_t>(kernel) * layer.weights_per_kernel();
        for (int ky = first_ky; ky < last_ky && count > 0; ++ky) {
          accumulators[next] +=
              dot(input.data() + offset(layer.input, top + ky, left + first_kx),
                  weights + static_cast<std::size_t>(ky) * kernel_row + static_cast<std::size_t>(first_kx) * channels,
                  count);
        }
      }
    }
  }
  return accumulators;
}

Values pool(const Layer& layer, const Values& input) {
  const Pooling& pooling = layer.pooling;
  const bool is_max = pooling.kind == PoolKind::Max;
  Values output(layer.output.elements());
  for (int y = 0; y < layer.output.height; ++y) {
    for (int x = 0; x < layer.output.width; ++x) {
      for (int channel = 0; channel < layer.kernels; ++channel) {
        const auto at = [&](int ky, int kx) {
          return input[offset(layer.convolved, y * pooling.stride_y + ky, x * pooling.stride_x + kx) +
                       static_cast<std::size_t>(channel)];
        };
        std::int32_t result = is_max ? at(0, 0) : 0;
        for (int ky = 0; ky < pooling.kernel_height; ++ky) {
          for (int kx = 0; kx < pooling.kernel_width; ++kx) {
            result = is_max ? std::max(result, at(ky, kx)) : result + at(ky, kx);
          }
        }
        output[offset(layer.output, y, x) + static_cast<std::size_t>(channel)] = result;
      }
    }
  }
  return output;
}

std::int32_t level(const ChannelThresholds& channel, std::int32_t accumulator) {
  const bool rising = channel.direction == ChannelThresholds::Direction::Rising;
  return static_cast<std::int32_t>(std::count_if(
      channel.values.begin(), channel.values.end(),
      [&](std::int64_t threshold) { return rising ? accumulator >= threshold : accumulator <= threshold; }));
}

void apply_thresholds(const Layer& layer, Values& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = level(layer.thresholds[i % static_cast<std::size_t>(layer.kernels)], values[i]);
  }
}

LayerOutput run_layer(const Layer& layer, const Values& input) {
  const bool pools = layer.pooling.kind != PoolKind::None;
  Values values = convolve(layer, input);
  if (pools && layer.pooling.stage == PoolStage::BeforeThresholds) {
    values = pool(layer, values);
  }
  if (layer.threshold_bits > 0) {
    apply_thresholds(layer, values);
  }
  if (pools && layer.pooling.stage == PoolStage::AfterThresholds) {
    values = pool(layer, values);
  }
  return LayerOutput{layer.output, layer.output_bits, std::move(values)};
}

}  // namespace

std::vector<LayerOutput> run_reference(const IntegerGraph& graph, const std::uint8_t* image) {
  const Values pixels(image, image + graph.input.elements());
  std::vector<LayerOutput> outputs;
  outputs.reserve(graph.layers.size());
  for (const Layer& layer : graph.layers) {
    outputs.push_back(run_layer(layer, layer.source == image_input ? pixels : outputs[static_cast<std::size_t>(layer.source)].values));
  }
  return outputs;
}

int argmax(const std::vector<std::int32_t>& scores) {
  return static_cast<int>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

}  // namespace spinvp::network
