#include "tests/bench/alexnet/alexnet_graph.h"

#include <fmt/format.h>

#include <cmath>
#include <random>

namespace spinvp::bench {

using network::ChannelThresholds;
using network::IntegerGraph;
using network::Layer;
using network::LayerKind;
using network::PoolKind;
using network::PoolStage;
using network::Shape;
using network::WeightKind;

namespace {

struct LayerShape {
  const char* name;
  int kernels;
  int kernel_side;
  int padding;
  bool pools;  ///< the largest of 3 x 3, every second pixel
};

constexpr LayerShape layers[] = {{"conv2", 256, 5, 2, true}, {"conv3", 384, 3, 1, false}, {"conv4", 384, 3, 1, false},
                                 {"conv5", 256, 3, 1, true}, {"fc6", 4096, 6, 0, false},  {"fc7", 4096, 1, 0, false}};

Shape after(const Shape& input, const LayerShape& shape) {
  return {input.height + 2 * shape.padding - shape.kernel_side + 1,
          input.width + 2 * shape.padding - shape.kernel_side + 1, shape.kernels};
}

/// Thresholds around the sums that activations of even levels give. Pooling keeps the largest of nine: there thresholds
/// stand higher, so that zeros are left.
ChannelThresholds thresholds_of(const std::int16_t* weights, std::size_t count, int activation_bits, bool pools) {
  const double highest = (1 << activation_bits) - 1;
  const double mean = highest / 2;
  const double variance = activation_bits == 1 ? 0.25 : 1.25;  // of levels that are equally frequent
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    sum += weights[i];
  }
  const double spread = std::sqrt(variance * static_cast<double>(count));
  ChannelThresholds channel;
  for (int level = 1; level <= static_cast<int>(highest); ++level) {
    const double offset = (pools ? 1.2 : 0.0) + (level - (highest + 1) / 2) * 0.6;
    channel.values.push_back(static_cast<std::int32_t>(std::lround(sum * mean + offset * spread)));
  }
  return channel;
}

}  // namespace

IntegerGraph alexnet_graph(int activation_bits) {
  std::mt19937_64 random(20);
  IntegerGraph graph;
  graph.name = fmt::format("alexnet_w1a{}", activation_bits);
  graph.input = {27, 27, 96};
  graph.input_bits = activation_bits;
  Shape map = graph.input;
  for (const LayerShape& shape : layers) {
    Layer layer;
    layer.name = shape.name;
    layer.kind = map.height == shape.kernel_side ? LayerKind::FullyConnected : LayerKind::Convolution;
    layer.source = static_cast<int>(graph.layers.size()) - 1;
    layer.input = map;
    layer.input_bits = activation_bits;
    layer.kernels = shape.kernels;
    layer.kernel_height = layer.kernel_width = shape.kernel_side;
    layer.pad_top = layer.pad_left = layer.pad_bottom = layer.pad_right = shape.padding;
    layer.weight_kind = WeightKind::Binary;
    layer.weight_bits = 1;
    const std::size_t size = layer.weights_per_kernel();
    for (std::size_t i = 0; i < size * static_cast<std::size_t>(shape.kernels); ++i) {
      layer.weights.push_back((random() & 1) != 0 ? 1 : -1);
    }
    layer.convolved = layer.output = after(map, shape);
    if (shape.pools) {
      layer.pooling = {PoolKind::Max, PoolStage::AfterThresholds, 3, 3, 2, 2};
      layer.output.height = layer.output.width = (layer.convolved.height - 3) / 2 + 1;
    }
    const bool last = graph.layers.size() + 1 == std::size(layers);
    if (!last) {
      layer.threshold_bits = layer.output_bits = activation_bits;
      for (int kernel = 0; kernel < shape.kernels; ++kernel) {
        layer.thresholds.push_back(thresholds_of(layer.weights.data() + static_cast<std::size_t>(kernel) * size, size,
                                                 activation_bits, shape.pools));
      }
    }
    map = layer.output;
    graph.layers.push_back(std::move(layer));
  }
  network::validate(graph);
  return graph;
}

std::vector<std::uint8_t> random_images(const IntegerGraph& graph, std::size_t count) {
  std::mt19937_64 random(21);
  std::vector<std::uint8_t> images(graph.input.elements() * count);
  for (std::uint8_t& value : images) {
    value = static_cast<std::uint8_t>(random() >> (64 - graph.input_bits));
  }
  return images;
}

}  // namespace spinvp::bench
