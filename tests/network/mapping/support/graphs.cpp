#include "tests/network/mapping/support/graphs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace spinvp::test {

using network::ChannelThresholds;
using network::IntegerGraph;
using network::Layer;
using network::LayerKind;
using network::Pooling;
using network::PoolKind;
using network::PoolStage;
using network::Shape;
using network::WeightKind;

namespace {

int bits_for(int highest) {
  int bits = 1;
  while ((1 << bits) - 1 < highest) {
    ++bits;
  }
  return bits;
}

int output_bits_of(const Layer& layer) {
  const Pooling& pooling = layer.pooling;
  const int levels = (1 << layer.threshold_bits) - 1;
  const bool sums = pooling.kind == PoolKind::Sum && pooling.stage == PoolStage::AfterThresholds;
  return bits_for(sums ? levels * pooling.kernel_height * pooling.kernel_width : levels);
}

Pooling random_pooling(Random& random, const Shape& map, bool last, int threshold_bits) {
  Pooling pooling;
  if (!random.one_in(2) || map.height < 2 || map.width < 2) {
    return pooling;
  }
  pooling.kind = random.one_in(2) ? PoolKind::Max : PoolKind::Sum;
  pooling.stage = last || random.one_in(2) ? PoolStage::BeforeThresholds : PoolStage::AfterThresholds;
  const bool sums_levels = pooling.kind == PoolKind::Sum && pooling.stage == PoolStage::AfterThresholds;
  if (sums_levels && threshold_bits > 4) {
    pooling.kind = PoolKind::Max;
  }
  pooling.kernel_height = random.integer(1, std::min(3, map.height));
  pooling.kernel_width = random.integer(1, std::min(3, map.width));
  pooling.stride_y = random.integer(1, 3);
  pooling.stride_x = random.integer(1, 3);
  return pooling;
}

}  // namespace

LayerSpec square(int kernels, int size, int threshold_bits) {
  LayerSpec spec;
  spec.kernels = kernels;
  spec.kernel_height = spec.kernel_width = size;
  spec.threshold_bits = threshold_bits;
  return spec;
}

GraphBuilder::GraphBuilder(std::uint32_t seed, Shape input, int input_bits)
    : random_(seed), shape_(input), bits_(input_bits) {
  graph_.name = fmt::format("network{}", seed);
  graph_.input = input;
  graph_.input_bits = input_bits;
}

GraphBuilder& GraphBuilder::layer(const LayerSpec& spec) {
  Layer layer;
  layer.name = fmt::format("layer{}", graph_.layers.size());
  layer.input = shape_;
  layer.input_bits = bits_;
  layer.kernels = spec.kernels;
  layer.kernel_height = spec.kernel_height;
  layer.kernel_width = spec.kernel_width;
  layer.stride_y = spec.stride_y;
  layer.stride_x = spec.stride_x;
  layer.pad_top = spec.pad_top;
  layer.pad_left = spec.pad_left;
  layer.pad_bottom = spec.pad_bottom;
  layer.pad_right = spec.pad_right;
  layer.weight_kind = spec.weight_kind;
  layer.weight_bits = spec.weight_bits;
  layer.convolved = {(shape_.height + spec.pad_top + spec.pad_bottom - spec.kernel_height) / spec.stride_y + 1,
                     (shape_.width + spec.pad_left + spec.pad_right - spec.kernel_width) / spec.stride_x + 1,
                     spec.kernels};
  layer.pooling = spec.pooling;
  layer.output = {(layer.convolved.height - spec.pooling.kernel_height) / spec.pooling.stride_y + 1,
                  (layer.convolved.width - spec.pooling.kernel_width) / spec.pooling.stride_x + 1, spec.kernels};
  layer.threshold_bits = spec.threshold_bits;
  layer.output_bits = output_bits_of(layer);
  draw_weights(layer);
  draw_thresholds(layer);
  shape_ = layer.output;
  bits_ = layer.output_bits;
  layer.source = static_cast<int>(graph_.layers.size()) - 1;
  graph_.layers.push_back(std::move(layer));
  return *this;
}

GraphBuilder& GraphBuilder::fully_connected(int outputs, int threshold_bits, WeightKind kind, int weight_bits) {
  LayerSpec spec;
  spec.kernels = outputs;
  spec.kernel_height = shape_.height;
  spec.kernel_width = shape_.width;
  spec.threshold_bits = threshold_bits;
  layer(spec.weights(kind, weight_bits));
  graph_.layers.back().kind = LayerKind::FullyConnected;
  return *this;
}

IntegerGraph GraphBuilder::graph() {
  IntegerGraph graph = graph_;
  Layer& last = graph.layers.back();
  last.threshold_bits = 0;
  last.thresholds.clear();
  last.output_bits = 0;
  return graph;
}

void GraphBuilder::draw_weights(Layer& layer) {
  const std::size_t count = static_cast<std::size_t>(layer.kernels) * layer.weights_per_kernel();
  const int half = 1 << (layer.weight_bits - 1);
  for (std::size_t i = 0; i < count; ++i) {
    const int weight = layer.weight_kind == WeightKind::Binary    ? 2 * random_.integer(0, 1) - 1
                       : layer.weight_kind == WeightKind::Ternary ? random_.integer(-1, 1)
                                                                  : random_.integer(-half, half - 1);
    layer.weights.push_back(static_cast<std::int8_t>(weight));
  }
}

void GraphBuilder::draw_thresholds(Layer& layer) {
  const bool sums = layer.pooling.kind == PoolKind::Sum && layer.pooling.stage == PoolStage::BeforeThresholds;
  const double window = sums ? layer.pooling.kernel_height * layer.pooling.kernel_width : 1;
  const double highest_input = (1 << layer.input_bits) - 1;
  const std::size_t size = layer.weights_per_kernel();
  for (std::size_t first = 0; first < layer.weights.size(); first += size) {
    double sum = 0;
    double squares = 0;
    for (std::size_t i = first; i < first + size; ++i) {
      sum += layer.weights[i];
      squares += layer.weights[i] * layer.weights[i];
    }
    const double middle = sum * highest_input / 2 * window;
    const double spread = std::sqrt(squares) * highest_input * window / 2 + 1;
    ChannelThresholds channel;
    channel.direction =
        random_.one_in(3) ? ChannelThresholds::Direction::Falling : ChannelThresholds::Direction::Rising;
    const bool falling = channel.direction == ChannelThresholds::Direction::Falling;
    const int constant = random_.integer(0, 15);  // 0: never reached, 1: always
    const std::int32_t lowest = std::numeric_limits<std::int32_t>::min();
    const std::int32_t highest = std::numeric_limits<std::int32_t>::max();
    for (int i = 0; i < (1 << layer.threshold_bits) - 1; ++i) {
      const double drawn = middle + spread * (random_.integer(-1000, 1000) / 1000.0);
      channel.values.push_back(constant == 0        ? (falling ? lowest : highest)
                               : constant == 1      ? (falling ? highest : lowest)
                               : random_.one_in(20) ? (falling ? lowest : highest)
                                                    : static_cast<std::int32_t>(drawn));
    }
    std::sort(channel.values.begin(), channel.values.end());
    if (falling) {
      std::reverse(channel.values.begin(), channel.values.end());
    }
    layer.thresholds.push_back(std::move(channel));
  }
}

IntegerGraph random_graph(std::uint32_t seed, int largest_side) {
  Random random(seed);
  const Shape input{random.integer(1, largest_side), random.integer(1, largest_side), random.integer(1, 5)};
  GraphBuilder builder(seed, input, random.one_in(3) ? random.integer(1, 8) : 8);
  const int layers = random.integer(1, 4);
  for (int i = 0; i < layers; ++i) {
    const bool last = i + 1 == layers;
    const int kind = random.integer(0, 4);
    const WeightKind weight_kind = kind == 0   ? WeightKind::Binary
                                   : kind <= 2 ? WeightKind::Ternary
                                               : WeightKind::Integer;
    const int weight_bits = kind == 0 ? 1 : kind <= 2 ? 2 : random.integer(1, 8);
    const int threshold_bits = random.one_in(4) ? random.integer(1, 8) : random.integer(1, 3);
    if (random.one_in(last ? 2 : 6)) {
      builder.fully_connected(random.integer(1, 20), threshold_bits, weight_kind, weight_bits);
      continue;
    }
    LayerSpec spec;
    spec.kernels = random.one_in(4) ? random.integer(1, 40) : random.integer(1, 9);
    spec.weights(weight_kind, weight_bits);
    spec.threshold_bits = threshold_bits;
    spec.pad_top = random.integer(0, 2);
    spec.pad_left = random.integer(0, 2);
    spec.pad_bottom = random.integer(0, 2);
    spec.pad_right = random.integer(0, 2);
    const Shape padded{builder.shape().height + spec.pad_top + spec.pad_bottom,
                       builder.shape().width + spec.pad_left + spec.pad_right, 1};
    spec.kernel_height = random.integer(1, std::min(5, padded.height));
    spec.kernel_width = random.integer(1, std::min(5, padded.width));
    spec.stride_y = random.integer(1, 3);
    spec.stride_x = random.integer(1, 3);
    const Shape convolved{(padded.height - spec.kernel_height) / spec.stride_y + 1,
                          (padded.width - spec.kernel_width) / spec.stride_x + 1, spec.kernels};
    spec.pooling = random_pooling(random, convolved, last, threshold_bits);
    builder.layer(spec);
  }
  return builder.graph();
}

std::vector<std::uint8_t> random_image(const IntegerGraph& graph, std::uint32_t seed) {
  Random random(seed);
  std::vector<std::uint8_t> image(graph.input.elements());
  for (std::uint8_t& pixel : image) {
    pixel = static_cast<std::uint8_t>(random.integer(0, (1 << graph.input_bits) - 1));
  }
  return image;
}

}  // namespace spinvp::test
