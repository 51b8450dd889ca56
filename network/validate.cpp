#include <algorithm>
#include <limits>
#include <set>

#include "network/layer_check.h"

namespace spinvp::network {
namespace {

/// The rules among layers: who reads whom, and whether what is read fits.
class GraphCheck {
 public:
  explicit GraphCheck(const IntegerGraph& graph) : graph_(graph) {}

  void run() {
    if (graph_.layers.empty()) {
      throw InputError(fmt::format("network '{}': has no layers", graph_.name));
    }
    read_.resize(graph_.layers.size());
    constant_maps();
    for (std::size_t index = 0; index < graph_.layers.size(); ++index) {
      layer(index);
    }
    for (std::size_t index = 0; index + 1 < graph_.layers.size(); ++index) {
      LayerCheck(graph_, graph_.layers[index]).require(read_[index], "no layer reads its output");
    }
    constants_are_added();
  }

 private:
  void constant_maps() const {
    for (std::size_t index = 0; index < graph_.constants.size(); ++index) {
      const ConstantMap& map = graph_.constants[index];
      require_constant(in_range(map.shape), index, "its shape is out of range");
      require_constant(map.values.size() == map.shape.elements(), index,
                       fmt::format("it has {} values, expected {}", map.values.size(), map.shape.elements()));
    }
  }

  void constants_are_added() const {
    for (std::size_t index = 0; index < graph_.constants.size(); ++index) {
      const auto adds = [&](const Layer& layer) { return layer.residual.constant == static_cast<int>(index); };
      require_constant(std::any_of(graph_.layers.begin(), graph_.layers.end(), adds), index, "no layer adds it");
    }
  }

  void require_constant(bool holds, std::size_t index, const std::string& rule) const {
    if (!holds) {
      throw InputError(fmt::format("network '{}', constant map {}: {}", graph_.name, index, rule));
    }
  }

  void layer(std::size_t index) {
    const Layer& layer = graph_.layers[index];
    const bool last = index + 1 == graph_.layers.size();
    const LayerCheck check(graph_, layer);
    check.require(!layer.name.empty() && names_.insert(layer.name).second, "the name is empty or there twice");
    source(check, layer, index);
    if (last) {
      check.require(!layer.gives_levels(), "the last layer gives scores and has no thresholds");
    }
    check.require(layer.residual.layer >= -1 && layer.residual.layer < static_cast<int>(index),
                  "its residual is layer {}, expected a layer before it", layer.residual.layer);
    check.require(layer.residual.constant >= -1 && layer.residual.constant < static_cast<int>(graph_.constants.size()),
                  "its residual is constant map {}, of {}", layer.residual.constant, graph_.constants.size());
    check.require(layer.residual.layer == -1 || layer.residual.constant == -1,
                  "it adds both a layer and a constant map");
    accumulators_.push_back(check.run(last));
    residual(check, layer);
  }

  void source(const LayerCheck& check, const Layer& layer, std::size_t index) {
    check.require(layer.source >= image_input && layer.source < static_cast<int>(index),
                  "its source is layer {}, expected {} (the image) or a layer before it", layer.source, image_input);
    Shape shape = graph_.input;
    int bits = graph_.input_bits;
    if (layer.source == image_input) {
      check.require(bits >= 1 && bits <= 8, "the image has {} bits, expected 1 to 8", bits);
    } else {
      const Layer& source = graph_.layers[static_cast<std::size_t>(layer.source)];
      check.require(source.gives_levels(), "its source '{}' gives no levels", source.name);
      read_[static_cast<std::size_t>(layer.source)] = true;
      shape = source.output;
      bits = source.output_bits;
    }
    check.require(layer.input == shape, "its input is {} x {} x {}, expected {} x {} x {}, what its source gives",
                  layer.input.height, layer.input.width, layer.input.channels, shape.height, shape.width,
                  shape.channels);
    check.require(layer.input_bits == bits, "its input has {} bits, expected {}", layer.input_bits, bits);
  }

  void residual(const LayerCheck& check, const Layer& layer) {
    const Residual& residual = layer.residual;
    if (!residual.is_there()) {
      check.require(residual.multipliers.empty() && residual.fraction_bits == 0,
                    "multipliers or fraction bits stand without a residual");
      return;
    }
    const int most_fraction_bits = layer.gives_levels() ? 31 : 0;
    check.require(residual.fraction_bits >= 0 && residual.fraction_bits <= most_fraction_bits,
                  "fraction_bits is {}, expected 0 to {}", residual.fraction_bits, most_fraction_bits);
    check.require(residual.multipliers.size() == static_cast<std::size_t>(layer.kernels),
                  "there are {} residual multipliers, expected {}", residual.multipliers.size(), layer.kernels);
    const Other other = residual.constant >= 0 ? constant(residual.constant) : output(residual.layer);
    check.require(other.shape == layer.convolved, "its residual {} is {} x {} x {}, expected {} x {} x {}", other.name,
                  other.shape.height, other.shape.width, other.shape.channels, layer.convolved.height,
                  layer.convolved.width, layer.convolved.channels);
    for (std::size_t channel = 0; channel < residual.multipliers.size(); ++channel) {
      check.require(sum_fits(layer, channel, accumulators_.back()[channel], other.ranges[channel]),
                    "accumulator and residual of channel {} leave 64 bits", channel);
    }
  }

  /// What a residual may be: its name, and the values of each channel.
  struct Other {
    std::string name;
    Shape shape;
    std::vector<ValueRange> ranges;
  };

  Other output(int index) {
    const auto other = static_cast<std::size_t>(index);
    const Layer& layer = graph_.layers[other];
    read_[other] = true;
    Other result{fmt::format("'{}'", layer.name), layer.output, {}};
    for (const ValueRange& accumulators : accumulators_[other]) {
      result.ranges.push_back(values_of(layer, accumulators));
    }
    return result;
  }

  Other constant(int index) const {
    const ConstantMap& map = graph_.constants[static_cast<std::size_t>(index)];
    const auto channels = static_cast<std::size_t>(map.shape.channels);
    Other result{fmt::format("constant map {}", index), map.shape, std::vector<ValueRange>(channels)};
    for (std::size_t i = 0; i < map.values.size(); ++i) {
      ValueRange& range = result.ranges[i % channels];
      range.low = std::min<std::int64_t>(range.low, map.values[i]);
      range.high = std::max<std::int64_t>(range.high, map.values[i]);
    }
    return result;
  }

  /// What a reader sees of one channel.
  static ValueRange values_of(const Layer& layer, const ValueRange& accumulators) {
    if (layer.gives_levels()) {
      return {0, (std::int64_t{1} << layer.output_bits) - 1};
    }
    return layer.affine.gains.empty()
               ? accumulators
               : ValueRange{std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
  }

  /// Whether no sum of an accumulator and a residual leaves 64 bits, nor meets the sentinels INT64_MIN and INT64_MAX of
  /// thresholds. Both products stay within 2^62, offset and half of the divisor within 2^61.
  static bool sum_fits(const Layer& layer, std::size_t channel, const ValueRange& accumulators,
                       const ValueRange& values) {
    const auto magnitude = [](std::int64_t value) { return static_cast<std::uint64_t>(value < 0 ? -value : value); };
    const std::uint64_t accumulator = std::max(magnitude(accumulators.low), magnitude(accumulators.high));
    const std::uint64_t value = std::max(magnitude(values.low), magnitude(values.high));
    const std::uint64_t residual = magnitude(layer.residual.multipliers[channel]) * value;
    const Affine& affine = layer.affine;
    const std::uint64_t others = layer.gives_levels()
                                     ? accumulator << layer.residual.fraction_bits
                                     : accumulator * magnitude(affine.gains[channel]) +
                                           magnitude(affine.offsets[channel]) + (std::uint64_t{1} << affine.shift) / 2;
    return others + residual < static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  }

  const IntegerGraph& graph_;
  std::set<std::string> names_;
  std::vector<bool> read_;
  std::vector<std::vector<ValueRange>> accumulators_;
};

}  // namespace

void validate(const IntegerGraph& graph) {
  GraphCheck(graph).run();
}

}  // namespace spinvp::network
