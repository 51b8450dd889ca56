#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "core/errors.h"
#include "network/integer_graph.h"

namespace spinvp::network {
namespace {

constexpr int most_bits = 8;
constexpr int most_a_side = 65535;
constexpr std::size_t most_elements = std::size_t{1} << 26;

/// The checks of one layer; every message starts with graph and layer.
class LayerCheck {
 public:
  LayerCheck(const IntegerGraph& graph, const Layer& layer) : graph_(graph), layer_(layer) {}

  void run(bool last) const {
    window();
    weights();
    pooling(last);
    thresholds(last);
    accumulators();
  }

  template <typename... Parts>
  void require(bool holds, const char* rule, const Parts&... parts) const {
    if (!holds) {
      throw InputError(fmt::format("network '{}', layer '{}': {}", graph_.name, layer_.name,
                                   fmt::format(fmt::runtime(rule), parts...)));
    }
  }

  void shape(const Shape& shape, const char* which) const {
    const bool sides = shape.height >= 1 && shape.height <= most_a_side && shape.width >= 1 &&
                       shape.width <= most_a_side && shape.channels >= 1 && shape.channels <= most_a_side;
    require(sides && shape.elements() <= most_elements, "the {} shape {} x {} x {} is out of range", which,
            shape.height, shape.width, shape.channels);
  }

 private:
  static bool side(int value, int least) { return value >= least && value <= most_a_side; }

  void window() const {
    shape(layer_.input, "input");
    shape(layer_.convolved, "convolved");
    shape(layer_.output, "output");
    require(layer_.input_bits >= 1 && layer_.input_bits <= most_bits, "input_bits is {}, expected 1 to 8",
            layer_.input_bits);
    require(side(layer_.kernel_height, 1) && side(layer_.kernel_width, 1) && side(layer_.stride_y, 1) &&
                side(layer_.stride_x, 1) && side(layer_.pad_top, 0) && side(layer_.pad_left, 0) &&
                side(layer_.pad_bottom, 0) && side(layer_.pad_right, 0),
            "kernel, stride or padding is out of range");
    const int height = layer_.input.height + layer_.pad_top + layer_.pad_bottom - layer_.kernel_height;
    const int width = layer_.input.width + layer_.pad_left + layer_.pad_right - layer_.kernel_width;
    require(height >= 0 && width >= 0, "the kernel is larger than the padded input");
    const Shape expected{height / layer_.stride_y + 1, width / layer_.stride_x + 1, layer_.kernels};
    require(layer_.convolved == expected, "the convolved shape is {} x {} x {}, expected {} x {} x {}",
            layer_.convolved.height, layer_.convolved.width, layer_.convolved.channels, expected.height, expected.width,
            expected.channels);
    if (layer_.kind == LayerKind::FullyConnected) {
      require(height == 0 && width == 0 && layer_.kernel_height == layer_.input.height &&
                  layer_.kernel_width == layer_.input.width,
              "the kernel of a fully connected layer must be its whole input");
    }
  }

  void weights() const {
    int lowest = -1;
    int highest = 1;
    switch (layer_.weight_kind) {
      case WeightKind::Binary:
        require(layer_.weight_bits == 1, "weight_bits is {}, expected 1 for binary weights", layer_.weight_bits);
        break;
      case WeightKind::Ternary:
        require(layer_.weight_bits == 2, "weight_bits is {}, expected 2 for ternary weights", layer_.weight_bits);
        break;
      case WeightKind::Integer:
        require(layer_.weight_bits >= 1 && layer_.weight_bits <= most_bits, "weight_bits is {}, expected 1 to 8",
                layer_.weight_bits);
        lowest = -(1 << (layer_.weight_bits - 1));
        highest = (1 << (layer_.weight_bits - 1)) - 1;
        break;
    }
    const std::size_t expected = static_cast<std::size_t>(layer_.kernels) * layer_.weights_per_kernel();
    require(layer_.weights.size() == expected, "there are {} weights, expected {}", layer_.weights.size(), expected);
    for (const std::int16_t weight : layer_.weights) {
      const bool allowed =
          weight >= lowest && weight <= highest && (layer_.weight_kind != WeightKind::Binary || weight != 0);
      require(allowed, "the weight {} does not fit its kind", weight);
    }
  }

  void pooling(bool last) const {
    const Pooling& pool = layer_.pooling;
    require(
        side(pool.kernel_height, 1) && side(pool.kernel_width, 1) && side(pool.stride_y, 1) && side(pool.stride_x, 1),
        "pooling kernel or stride is out of range");
    require(pool.kernel_height <= layer_.convolved.height && pool.kernel_width <= layer_.convolved.width,
            "the pooling window is larger than the map");
    if (pool.kind == PoolKind::None) {
      require(pool.kernel_height == 1 && pool.kernel_width == 1 && pool.stride_y == 1 && pool.stride_x == 1,
              "without pooling its kernel and stride must be 1");
    } else {
      require(!last || pool.stage == PoolStage::BeforeThresholds, "scores can be pooled as accumulators only");
    }
    const Shape expected{(layer_.convolved.height - pool.kernel_height) / pool.stride_y + 1,
                         (layer_.convolved.width - pool.kernel_width) / pool.stride_x + 1, layer_.kernels};
    require(layer_.output == expected, "the output shape is {} x {} x {}, expected {} x {} x {}", layer_.output.height,
            layer_.output.width, layer_.output.channels, expected.height, expected.width, expected.channels);
  }

  void thresholds(bool last) const {
    if (last) {
      require(layer_.threshold_bits == 0 && layer_.thresholds.empty() && layer_.output_bits == 0,
              "the last layer gives scores and has no thresholds");
      return;
    }
    require(layer_.threshold_bits >= 1 && layer_.threshold_bits <= most_bits, "threshold_bits is {}, expected 1 to 8",
            layer_.threshold_bits);
    require(layer_.thresholds.size() == static_cast<std::size_t>(layer_.kernels),
            "there are thresholds for {} channels, expected {}", layer_.thresholds.size(), layer_.kernels);
    const std::size_t levels = (std::size_t{1} << layer_.threshold_bits) - 1;
    for (const ChannelThresholds& channel : layer_.thresholds) {
      require(channel.values.size() == levels, "a channel has {} thresholds, expected {}", channel.values.size(),
              levels);
      const bool ordered = channel.direction == ChannelThresholds::Direction::Rising
                               ? std::is_sorted(channel.values.begin(), channel.values.end())
                               : std::is_sorted(channel.values.rbegin(), channel.values.rend());
      require(ordered, "a channel's thresholds are not in order");
    }
    std::uint64_t highest = levels;
    if (layer_.pooling.kind == PoolKind::Sum && layer_.pooling.stage == PoolStage::AfterThresholds) {
      highest *= static_cast<std::uint64_t>(layer_.pooling.kernel_height) *
                 static_cast<std::uint64_t>(layer_.pooling.kernel_width);
    }
    int expected = 1;
    while ((std::uint64_t{1} << expected) - 1 < highest) {
      ++expected;
    }
    require(expected <= most_bits && layer_.output_bits == expected, "output_bits is {}, expected {} (at most 8)",
            layer_.output_bits, expected);
  }

  /// The sentinels INT32_MIN and INT32_MAX of the thresholds must stay out of reach.
  void accumulators() const {
    const Pooling& pool = layer_.pooling;
    const bool sums = pool.kind == PoolKind::Sum && pool.stage == PoolStage::BeforeThresholds;
    const std::int64_t window = sums ? std::int64_t{pool.kernel_height} * pool.kernel_width : 1;
    const std::int64_t highest_input = (std::int64_t{1} << layer_.input_bits) - 1;
    const std::size_t size = layer_.weights_per_kernel();
    for (std::size_t first = 0; first < layer_.weights.size(); first += size) {
      std::int64_t low = 0;
      std::int64_t high = 0;
      for (std::size_t i = first; i < first + size; ++i) {
        (layer_.weights[i] < 0 ? low : high) += layer_.weights[i] * highest_input * window;
      }
      require(low > std::numeric_limits<std::int32_t>::min() && high < std::numeric_limits<std::int32_t>::max(),
              "accumulators reach {} .. {}, beyond 32 bits", low, high);
    }
  }

  const IntegerGraph& graph_;
  const Layer& layer_;
};

}  // namespace

void validate(const IntegerGraph& graph) {
  if (graph.layers.empty()) {
    throw InputError(fmt::format("network '{}': has no layers", graph.name));
  }
  std::set<std::string> names;
  Shape input = graph.input;
  int input_bits = graph.input_bits;
  for (const Layer& layer : graph.layers) {
    const LayerCheck check(graph, layer);
    check.require(!layer.name.empty() && names.insert(layer.name).second, "the name is empty or there twice");
    check.require(layer.input == input, "its input is {} x {} x {}, expected {} x {} x {}, the output before it",
                  layer.input.height, layer.input.width, layer.input.channels, input.height, input.width,
                  input.channels);
    check.require(layer.input_bits == input_bits, "its input has {} bits, expected {}", layer.input_bits, input_bits);
    check.run(&layer == &graph.layers.back());
    input = layer.output;
    input_bits = layer.output_bits;
  }
}

}  // namespace spinvp::network
