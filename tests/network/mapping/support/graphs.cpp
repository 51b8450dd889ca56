#include "tests/network/mapping/support/graphs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "network/reference.h"

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
  if (random.one_in(2)) {
    pooling.pad_top = random.integer(0, pooling.kernel_height - 1);
    pooling.pad_left = random.integer(0, pooling.kernel_width - 1);
    pooling.pad_bottom = random.integer(0, pooling.kernel_height - 1);
    pooling.pad_right = random.integer(0, pooling.kernel_width - 1);
  }
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

LayerSpec elementwise(int threshold_bits) {
  LayerSpec spec = square(0, 1, threshold_bits);
  spec.elementwise = true;
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
  layer.source = spec.source == LayerSpec::previous ? last() : spec.source;
  layer.input = layer.source < 0 ? graph_.input : at(layer.source).output;
  layer.input_bits = layer.source < 0 ? graph_.input_bits : at(layer.source).output_bits;
  layer.kind = spec.elementwise ? LayerKind::Elementwise : LayerKind::Convolution;
  layer.kernels = spec.elementwise ? layer.input.channels : spec.kernels;
  layer.groups = spec.groups;
  layer.dilation_y = layer.dilation_x = spec.dilation;
  layer.kernel_height = spec.kernel_height;
  layer.kernel_width = spec.kernel_width;
  layer.stride_y = spec.stride_y;
  layer.stride_x = spec.stride_x;
  layer.pad_top = spec.pad_top;
  layer.pad_left = spec.pad_left;
  layer.pad_bottom = spec.pad_bottom;
  layer.pad_right = spec.pad_right;
  const bool padded = spec.pad_top + spec.pad_left + spec.pad_bottom + spec.pad_right > 0;
  layer.pad_level = spec.pad_level != LayerSpec::any_level ? spec.pad_level
                    : padded                               ? random_.integer(0, (1 << layer.input_bits) - 1)
                                                           : 0;
  layer.weight_kind = spec.weight_kind;
  layer.weight_bits = spec.weight_bits;
  const auto side = [&](int size, int padding, int kernel, int stride) {
    return (size + padding - (kernel - 1) * spec.dilation - 1) / stride + 1;
  };
  layer.convolved = {side(layer.input.height, spec.pad_top + spec.pad_bottom, spec.kernel_height, spec.stride_y),
                     side(layer.input.width, spec.pad_left + spec.pad_right, spec.kernel_width, spec.stride_x),
                     layer.kernels};
  layer.pooling = spec.pooling;
  const Pooling& pool = spec.pooling;
  layer.output = {(layer.convolved.height + pool.pad_top + pool.pad_bottom - pool.kernel_height) / pool.stride_y + 1,
                  (layer.convolved.width + pool.pad_left + pool.pad_right - pool.kernel_width) / pool.stride_x + 1,
                  layer.kernels};
  layer.threshold_bits = spec.threshold_bits;
  layer.output_bits = layer.gives_levels() ? output_bits_of(layer) : 0;
  if (layer.has_weights()) {
    draw_weights(layer);
  }
  layer.residual.layer = spec.residual;
  if (spec.constant) {
    layer.residual.constant = static_cast<int>(graph_.constants.size());
    network::ConstantMap map{layer.convolved, {}};
    for (std::size_t i = 0; i < map.shape.elements(); ++i) {
      map.values.push_back(random_.one_in(10) ? random_.integer(std::numeric_limits<int>::min(), -1)
                                              : random_.integer(-1000, 1000));
    }
    graph_.constants.push_back(std::move(map));
  }
  draw_residual(layer);
  if (layer.gives_levels()) {
    draw_thresholds(layer);
  } else if (spec.affine || layer.residual.is_there()) {
    draw_affine(layer);
  }
  shape_ = layer.output;
  bits_ = layer.output_bits;
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
    const int weight = layer.weight_kind == WeightKind::Binary
                           ? 2 * random_.integer(0, (1 << layer.weight_bits) - 1) - (1 << layer.weight_bits) + 1
                       : layer.weight_kind == WeightKind::Ternary ? random_.integer(-1, 1)
                                                                  : random_.integer(-half, half - 1);
    layer.weights.push_back(static_cast<std::int16_t>(weight));
  }
}

void GraphBuilder::draw_residual(Layer& layer) {
  if (!layer.residual.is_there()) {
    return;
  }
  layer.residual.fraction_bits = layer.gives_levels() ? random_.integer(0, 12) : 0;
  for (int i = 0; i < layer.kernels; ++i) {
    layer.residual.multipliers.push_back(random_.integer(-5000, 5000));
  }
}

double GraphBuilder::largest_value(int layer) const {
  const std::vector<std::uint8_t> image = random_image(graph_, 1);
  double largest = 0;
  for (const std::int32_t value : run_reference(graph_, image.data())[static_cast<std::size_t>(layer)].values) {
    largest = std::max(largest, std::abs(static_cast<double>(value)));
  }
  return largest;
}

void GraphBuilder::draw_affine(Layer& layer) {
  layer.affine.shift = random_.integer(0, 20);
  for (int i = 0; i < layer.kernels; ++i) {
    layer.affine.gains.push_back(random_.integer(-30000, 30000));
    layer.affine.offsets.push_back(random_.integer(-1000000, 1000000) * std::int64_t{1000});
  }
}

void GraphBuilder::draw_thresholds(Layer& layer) {
  const bool sums = layer.pooling.kind == PoolKind::Sum && layer.pooling.stage == PoolStage::BeforeThresholds;
  const double window = sums ? layer.pooling.kernel_height * layer.pooling.kernel_width : 1;
  const double highest_input = (1 << layer.input_bits) - 1;
  const bool adds = layer.residual.is_there();
  const std::size_t size = layer.has_weights() ? layer.weights_per_kernel() : 0;
  for (int kernel = 0; kernel < layer.kernels; ++kernel) {
    double sum = layer.has_weights() ? 0 : 1;
    double squares = sum;
    for (std::size_t i = static_cast<std::size_t>(kernel) * size; i < static_cast<std::size_t>(kernel + 1) * size;
         ++i) {
      sum += layer.weights[i];
      squares += layer.weights[i] * layer.weights[i];
    }
    double middle = sum * highest_input / 2 * window;
    double spread = std::sqrt(squares) * highest_input * window / 2 + 1;
    if (adds) {
      const double scale = std::pow(2.0, layer.residual.fraction_bits);
      const double multiplier = layer.residual.multipliers[static_cast<std::size_t>(kernel)];
      const Layer* const other = layer.residual.layer >= 0 ? &at(layer.residual.layer) : nullptr;
      const double value = other != nullptr && other->gives_levels() ? (1 << other->output_bits) / 2 : 0;
      middle = middle * scale + value * multiplier;
      spread = spread * scale + 10000;
      if (other == nullptr) {
        spread += std::abs(multiplier) * 2000;
      } else if (!other->affine.gains.empty()) {  // its values' size depends on all that was added up before
        spread += std::abs(multiplier) * largest_value(layer.residual.layer);
      }
    }
    ChannelThresholds channel;
    channel.direction =
        random_.one_in(3) ? ChannelThresholds::Direction::Falling : ChannelThresholds::Direction::Rising;
    const bool falling = channel.direction == ChannelThresholds::Direction::Falling;
    const int constant = random_.integer(0, 15);  // 0: never reached, 1: always
    const std::int64_t lowest =
        adds ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int32_t>::min();
    const std::int64_t highest =
        adds ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int32_t>::max();
    for (int i = 0; i < (1 << layer.threshold_bits) - 1; ++i) {
      const double drawn = middle + spread * (random_.integer(-1000, 1000) / 1000.0);
      channel.values.push_back(constant == 0        ? (falling ? lowest : highest)
                               : constant == 1      ? (falling ? highest : lowest)
                               : random_.one_in(20) ? (falling ? lowest : highest)
                                                    : static_cast<std::int64_t>(drawn));
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
    spec.pad_level = random.one_in(2) ? LayerSpec::any_level : 0;
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

namespace {

LayerSpec& draw_kind(Random& random, const GraphLimits& limits, LayerSpec& spec) {
  switch (random.integer(0, limits.signs_only ? 1 : 3)) {
    case 0:
      return spec.weights(WeightKind::Binary, 1);
    case 1:
      return spec.weights(WeightKind::Ternary, 2);
    case 2:
      return spec.weights(WeightKind::Binary, random.integer(2, 8));
    default:
      return spec.weights(WeightKind::Integer, random.integer(1, 8));
  }
}

// A convolution that keeps the map's size, in groups where they divide the channels.
LayerSpec same_size(Random& random, const GraphLimits& limits, int channels, int kernels) {
  LayerSpec spec = square(kernels, 3, random.one_in(4) ? random.integer(1, 8) : random.integer(1, 3));
  draw_kind(random, limits, spec).pad(1);
  if (random.one_in(3)) {
    spec.dilation = 2;
    spec.pad(2);
  }
  spec.pad_level = random.one_in(2) ? LayerSpec::any_level : 0;
  for (const int groups : {channels, 2, 3}) {
    if (random.one_in(3) && channels % groups == 0 && kernels % groups == 0) {
      spec.groups = groups;
    }
  }
  return spec;
}

// Two convolutions with a way around them.
void add_block(Random& random, const GraphLimits& limits, GraphBuilder& builder) {
  const int input = builder.last();
  const Shape shape = builder.shape();
  const bool identity = random.one_in(2);
  const int stride = !identity && shape.height > 2 && shape.width > 2 && random.one_in(2) ? 2 : 1;
  const int kernels = identity ? shape.channels : random.integer(1, 12);
  int around = input;
  if (!identity) {
    LayerSpec shortcut = square(kernels, 1, random.one_in(2) ? 0 : random.integer(1, 3));
    shortcut.stride_y = shortcut.stride_x = stride;
    builder.layer(draw_kind(random, limits, shortcut).reads(input));
    around = builder.last();
  }
  const int middle = random.integer(1, 12);
  LayerSpec first = same_size(random, limits, shape.channels, middle);
  first.stride_y = first.stride_x = stride;
  builder.layer(first.reads(input));
  LayerSpec second = same_size(random, limits, middle, kernels);
  if (random.one_in(3)) {
    builder.layer(second);
    builder.layer(elementwise(random.integer(1, 3)).adds(around));
  } else {
    if (random.one_in(3)) {
      const Shape map = builder.shape();
      second.pooling = {
          PoolKind::Max, PoolStage::AfterThresholds, std::min(2, map.height), std::min(2, map.width), 2, 1};
      second.pooling.pad_top = random.integer(0, second.pooling.kernel_height - 1);
      second.pooling.pad_right = random.integer(0, second.pooling.kernel_width - 1);
    }
    builder.layer(second.adds(around));
  }
}

// A running sum of the block's input and two convolutions, without thresholds until the end; a layer reads it as levels
// on the way.
void add_sums(Random& random, const GraphLimits& limits, GraphBuilder& builder) {
  const int input = builder.last();
  const int channels = builder.shape().channels;
  const auto sum_onto = [&](int reads, int running) {
    LayerSpec spec = same_size(random, limits, channels, channels);
    spec.threshold_bits = 0;
    builder.layer(spec.reads(reads).adds(running));
  };
  sum_onto(input, input);
  const int first_sum = builder.last();
  LayerSpec levels = same_size(random, limits, channels, channels);
  builder.layer(levels.reads(input).adds(first_sum));
  sum_onto(builder.last(), first_sum);
  builder.layer(elementwise(random.integer(1, 3)).reads(input).adds(builder.last()));
}

}  // namespace

IntegerGraph random_branched_graph(std::uint32_t seed, const GraphLimits& limits) {
  Random random(seed);
  const Shape input{random.integer(2, limits.largest_side), random.integer(2, limits.largest_side),
                    random.integer(1, 6)};
  GraphBuilder builder(seed, input, random.integer(1, limits.most_input_bits));
  LayerSpec stem = same_size(random, limits, input.channels, 2 * random.integer(1, 6));
  if (random.one_in(3)) {
    stem.pooling = {PoolKind::Monotone, PoolStage::BeforeThresholds, 2, 2, 1, 1};
    if (random.one_in(2)) {  // ResNet's, on any map
      stem.pooling = {PoolKind::Monotone, PoolStage::BeforeThresholds, 3, 3, 2, 2, 1, 1, 1, 1};
    }
  }
  if (seed % 4 == 2) {
    stem.pooling = {};
    stem.adds_constant();
  }
  builder.layer(stem);
  const int blocks = random.integer(1, 2);
  for (int i = 0; i < blocks; ++i) {
    add_block(random, limits, builder);
  }
  if (seed % 3 == 0) {
    add_sums(random, limits, builder);
  }
  if (random.one_in(3) && builder.bits() <= 4) {
    LayerSpec average = elementwise(0);
    average.threshold_bits = random.integer(1, 4);
    average.pooling = {PoolKind::Sum,
                       PoolStage::BeforeThresholds,
                       std::min(2, builder.shape().height),
                       std::min(2, builder.shape().width),
                       1,
                       1};
    average.pooling.pad_left = random.integer(0, average.pooling.kernel_width - 1);
    average.pooling.pad_bottom = random.integer(0, average.pooling.kernel_height - 1);
    builder.layer(average);
  }
  LayerSpec scores = square(random.integer(1, 20), 1);
  scores.kernel_height = builder.shape().height;
  scores.kernel_width = builder.shape().width;
  scores.threshold_bits = 0;
  scores.affine = random.one_in(2);
  scores.constant = seed % 7 == 0;
  builder.layer(draw_kind(random, limits, scores));
  if (seed % 3 == 1) {  // two ways to the scores, of which this becomes a value
    LayerSpec sum = scores;
    sum.constant = false;
    builder.layer(draw_kind(random, limits, sum).reads(builder.at(builder.last()).source).adds(builder.last()));
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
