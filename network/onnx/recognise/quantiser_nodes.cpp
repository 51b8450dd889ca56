#include "network/onnx/recognise/quantiser_nodes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

#include "network/onnx/recognise/operands.h"

namespace spinvp::network::onnx {
namespace {

using Kind = ScalarOp::Kind;
constexpr int most_bits = 32;

/// A quantiser's operations one after the other; those that change nothing are left out, so that what only scales can
/// be seen to.
class QuantiserChain {
 public:
  explicit QuantiserChain(const Node& node) : node_(node) {}

  QuantiserChain& add(const PerChannel& value) { return affine(Kind::Add, value); }
  QuantiserChain& subtract(PerChannel value) {
    for (double& number : value.values) {
      number = -number;
    }
    return affine(Kind::Add, value);
  }
  QuantiserChain& multiply(const PerChannel& value) { return affine(Kind::Multiply, value); }
  QuantiserChain& divide(const PerChannel& value) { return affine(Kind::Divide, value); }
  QuantiserChain& clip(double low, double high) {
    chain_.push_back({Kind::Clip, PerChannel{{low}}, PerChannel{{high}}, &node_});
    return *this;
  }
  QuantiserChain& then(Kind kind) {
    chain_.push_back({kind, {}, {}, &node_});
    return *this;
  }
  QuantiserChain& steps(std::shared_ptr<const ThresholdLists> thresholds) {
    chain_.push_back({Kind::Steps, {}, {}, &node_, std::move(thresholds)});
    return *this;
  }
  ScalarChain take() { return std::move(chain_); }

 private:
  QuantiserChain& affine(Kind kind, const PerChannel& value) {
    ScalarOp op{kind, value, {}, &node_};
    if (!op.is_neutral()) {
      chain_.push_back(std::move(op));
    }
    return *this;
  }

  const Node& node_;
  ScalarChain chain_;
};

struct LevelBounds {
  double low = 0;
  double high = 0;
};

LevelBounds bounds_of(int bits, bool is_signed, bool narrow) {
  const double all = std::ldexp(1.0, is_signed ? bits - 1 : bits);
  const double left_out = narrow ? 1 : 0;
  return is_signed ? LevelBounds{-all + left_out, all - 1} : LevelBounds{0, all - 1 - left_out};
}

PerChannel positive(const Graph& graph, const Node& node, PerChannel scale, const char* what) {
  for (const double value : scale.values) {
    if (!(value > 0)) {
      graph.refuse(node, fmt::format("its {} is {:g}; expected a positive number", what, value));
    }
  }
  return scale;
}

int bit_width(const Graph& graph, const Node& node, std::size_t index, const char* what) {
  const double bits = scalar_input(graph, node, index, what);
  if (!(bits >= 1 && bits <= most_bits) || bits != std::floor(bits)) {
    graph.refuse(node, fmt::format("its {} is {:g}; expected a whole number from 1 to {}", what, bits, most_bits));
  }
  return static_cast<int>(bits);
}

bool flag(const Graph& graph, const Node& node, const char* attribute, int missing) {
  const std::int64_t value = graph.integer(node, attribute, missing);
  if (value != 0 && value != 1) {
    graph.refuse(node, fmt::format("attribute '{}' is {}; expected 0 or 1", attribute, value));
  }
  return value == 1;
}

Kind rounding_mode(const Graph& graph, const Node& node, const char* missing) {
  static const std::map<std::string, Kind> modes{{"ROUND", Kind::Round},
                                                 {"HALF_EVEN", Kind::Round},
                                                 {"CEIL", Kind::Ceil},
                                                 {"FLOOR", Kind::Floor},
                                                 {"UP", Kind::RoundAway},
                                                 {"DOWN", Kind::Truncate},
                                                 {"ROUND_TO_ZERO", Kind::Truncate},
                                                 {"HALF_UP", Kind::RoundHalfAway},
                                                 {"HALF_DOWN", Kind::RoundHalfToZero}};
  const std::string text = graph.text(node, "rounding_mode", missing);
  std::string upper = text;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char letter) { return static_cast<char>(std::toupper(static_cast<unsigned char>(letter))); });
  const auto found = modes.find(upper);
  if (found == modes.end()) {
    graph.refuse(node, fmt::format("rounding_mode is '{}'; expected ROUND, HALF_EVEN, CEIL, FLOOR, UP, DOWN, "
                                   "ROUND_TO_ZERO, HALF_UP or HALF_DOWN",
                                   text));
  }
  return found->second;
}

void require_inputs(const Graph& graph, const Node& node, std::size_t least, std::size_t most, const char* expected) {
  if (node.inputs.size() < least || node.inputs.size() > most) {
    graph.refuse(node, fmt::format("has {} inputs; expected {}", node.inputs.size(), expected));
  }
}

ScalarChain quant(const Graph& graph, const Node& node, const MapView& map) {
  require_inputs(graph, node, 4, 4, "4: the map, scale, zero point and bit width");
  const PerChannel scale = positive(graph, node, broadcast_input(graph, node, 1, "scale", map), "scale");
  const PerChannel zero = broadcast_input(graph, node, 2, "zero point", map);
  const int bits = bit_width(graph, node, 3, "bit width");
  const bool is_signed = flag(graph, node, "signed", 1);
  const bool narrow = flag(graph, node, "narrow", 0);
  const Kind rounding = rounding_mode(graph, node, "ROUND");
  QuantiserChain chain(node);
  chain.divide(scale).add(zero);
  if (bits == 1 && is_signed) {
    chain.then(Kind::Bipolar);
  } else {
    const LevelBounds bounds = bounds_of(bits, is_signed, narrow);
    chain.clip(bounds.low, bounds.high).then(rounding);
  }
  return chain.subtract(zero).multiply(scale).take();
}

ScalarChain bipolar_quant(const Graph& graph, const Node& node, const MapView& map) {
  require_inputs(graph, node, 2, 2, "2: the map and scale");
  const PerChannel scale = positive(graph, node, broadcast_input(graph, node, 1, "scale", map), "scale");
  return QuantiserChain(node).then(Kind::Bipolar).multiply(scale).take();
}

/// The older form, which says how many bits go and keeps the scale.
ScalarChain trunc_of_bits(const Graph& graph, const Node& node, const PerChannel& scale, const PerChannel& zero) {
  const int in_bits = bit_width(graph, node, 3, "input bit width");
  const int out_bits = bit_width(graph, node, 4, "output bit width");
  if (out_bits > in_bits) {
    graph.refuse(node, fmt::format("its output has {} bits, its input {}; expected no more", out_bits, in_bits));
  }
  const PerChannel divisor{{std::ldexp(1.0, in_bits - out_bits)}};
  QuantiserChain chain(node);
  chain.divide(scale).add(zero).then(Kind::Round).divide(divisor).then(rounding_mode(graph, node, "FLOOR"));
  return chain.subtract(zero).multiply(scale).take();
}

/// The newer form, in which the scales say how many bits go.
ScalarChain trunc_to_scale(const Graph& graph, const Node& node, const MapView& map, const PerChannel& scale,
                           PerChannel zero) {
  bit_width(graph, node, 3, "input bit width");
  const PerChannel out_scale =
      positive(graph, node, broadcast_input(graph, node, 4, "output scale", map), "output scale");
  const int out_bits = bit_width(graph, node, 5, "output bit width");
  const LevelBounds bounds = bounds_of(out_bits, flag(graph, node, "signed", 1), flag(graph, node, "narrow", 0));
  PerChannel divisor;
  divisor.values.resize(std::max(scale.values.size(), out_scale.values.size()));
  for (std::size_t channel = 0; channel < divisor.values.size(); ++channel) {
    divisor.values[channel] = std::exp2(std::nearbyint(std::log2(out_scale[channel] / scale[channel])));
  }
  QuantiserChain chain(node);
  chain.divide(scale).add(zero).then(Kind::Round).divide(divisor);
  chain.clip(bounds.low, bounds.high).then(rounding_mode(graph, node, "FLOOR"));
  PerChannel moved;
  moved.values.resize(std::max(zero.values.size(), divisor.values.size()));
  for (std::size_t channel = 0; channel < moved.values.size(); ++channel) {
    moved.values[channel] = zero[channel] / divisor[channel];
  }
  return chain.subtract(moved).multiply(out_scale).take();
}

ScalarChain trunc(const Graph& graph, const Node& node, const MapView& map) {
  require_inputs(graph, node, 5, 6,
                 "5 (the map, scale, zero point, input and output bit widths) or 6 (with the output scale before the "
                 "last)");
  const PerChannel scale = positive(graph, node, broadcast_input(graph, node, 1, "scale", map), "scale");
  const PerChannel zero = broadcast_input(graph, node, 2, "zero point", map);
  return node.inputs.size() == 5 ? trunc_of_bits(graph, node, scale, zero)
                                 : trunc_to_scale(graph, node, map, scale, zero);
}

/// True when the node's layout has channels where the map has them.
bool has_layout_of(const std::string& layout, const MapView& map) {
  const bool last = layout == "NHWC" || layout == "NWC" || layout == "NHC";
  const bool first = layout == "NCHW" || layout == "NCW" || layout == "NCH";
  return map.flat || (map.shape.height == 1 && map.shape.width == 1) ? last || first || layout == "NC"
         : map.channels_last                                         ? last
                                                                     : first;
}

ScalarChain multi_threshold(const Graph& graph, const Node& node, const MapView& map) {
  require_inputs(graph, node, 2, 2, "2: the map and its thresholds");
  const Tensor* tensor = graph.constant(node, 1);
  if (tensor == nullptr) {
    graph.refuse(node, "its thresholds are computed; expected a constant");
  }
  const auto channels = static_cast<std::int64_t>(map.shape.channels);
  const auto& dims = tensor->dims();
  const bool common = dims.size() == 2 && dims[0] == 1;
  if (dims.size() != 2 || (dims[0] != 1 && dims[0] != channels)) {
    graph.refuse(node, fmt::format("its thresholds have the shape [{}]; expected [{}, T] or [1, T], ascending",
                                   fmt::join(dims, ", "), channels));
  }
  const std::string layout = graph.text(node, "data_layout", "NCHW");
  if (!common && !has_layout_of(layout, map)) {
    graph.refuse(node, fmt::format("data_layout is '{}', but its map has channels {}", layout,
                                   map.channels_last ? "last: expected NHWC" : "behind the batch: expected NCHW"));
  }
  if (!common && map.flat && (map.shape.height != 1 || map.shape.width != 1)) {
    graph.refuse(node, "compares features of a flattened map of several pixels; place it before Flatten");
  }
  auto thresholds = std::make_shared<ThresholdLists>();
  const auto count = static_cast<std::size_t>(dims[1]);
  for (std::size_t row = 0; row < static_cast<std::size_t>(dims[0]); ++row) {
    std::vector<double> list(count);
    for (std::size_t index = 0; index < count; ++index) {
      list[index] = (*tensor)[row * count + index];
      if (std::isnan(list[index])) {
        graph.refuse(node, fmt::format("threshold {} of channel {} is not a number", index, row));
      }
    }
    std::sort(list.begin(), list.end());
    thresholds->lists.push_back(std::move(list));
  }
  const PerChannel scale{{graph.number(node, "out_scale", 1)}};
  const PerChannel bias{{graph.number(node, "out_bias", 0)}};
  return QuantiserChain(node).steps(std::move(thresholds)).multiply(scale).add(bias).take();
}

/// A parameter of QuantizeLinear or DequantizeLinear: one number, or a list along the channels.
PerChannel linear_parameter(const Graph& graph, const Node& node, std::size_t index, const char* what,
                            const MapView& map) {
  const Tensor* tensor = graph.constant(node, index);
  if (tensor == nullptr || tensor->size() == 1) {
    return PerChannel{{scalar_input(graph, node, index, what)}};
  }
  const auto rank = static_cast<std::int64_t>(map.dims().size());
  const std::int64_t axis = graph.integer(node, "axis", 1);
  const std::int64_t channel_axis = map.channels_last ? rank - 1 : 1;
  if (axis != channel_axis && axis != channel_axis - rank) {
    graph.refuse(node, fmt::format("has a {} for each slice of axis {}; expected axis {}, the channels", what, axis,
                                   channel_axis));
  }
  if (map.flat && (map.shape.height != 1 || map.shape.width != 1)) {
    graph.refuse(node, "quantises features of a flattened map of several pixels; place it before Flatten");
  }
  return channel_parameter(graph, node, index, what, map);
}

struct LinearParameters {
  PerChannel scale;
  PerChannel zero;
};

LinearParameters linear_parameters(const Graph& graph, const Node& node, const MapView& map) {
  require_inputs(graph, node, 2, 3, "2 or 3: the map, scale and zero point");
  if (graph.integer(node, "block_size", 0) != 0) {
    graph.refuse(node, "has a scale for each block; expected one for all or one a channel");
  }
  LinearParameters parameters;
  parameters.scale = positive(graph, node, linear_parameter(graph, node, 1, "scale", map), "scale");
  if (!node.input(2).empty()) {
    parameters.zero = linear_parameter(graph, node, 2, "zero point", map);
  }
  return parameters;
}

/// The whole numbers of the type that QuantizeLinear gives: its zero point's, else the named one, else uint8.
LevelBounds quantised_bounds(const Graph& graph, const Node& node) {
  const Tensor* zero = graph.constant(node, 2);
  const auto named = static_cast<ElementType>(graph.integer(node, "output_dtype", 0));
  const ElementType type = zero != nullptr                   ? zero->type()
                           : named != ElementType::Undefined ? named
                                                             : ElementType::Uint8;
  if (!is_integer(type) || element_size(type) > 2 || type == ElementType::Bool) {
    graph.refuse(node, fmt::format("quantises to {}; expected int8 or uint8, or 16 bits of which few are reached",
                                   to_string(type)));
  }
  const bool is_signed = type == ElementType::Int8 || type == ElementType::Int16;
  return bounds_of(8 * static_cast<int>(element_size(type)), is_signed, false);
}

ScalarChain quantize_linear(const Graph& graph, const Node& node, const MapView& map) {
  const LinearParameters parameters = linear_parameters(graph, node, map);
  const LevelBounds bounds = quantised_bounds(graph, node);
  QuantiserChain chain(node);
  chain.divide(parameters.scale).then(Kind::Round).add(parameters.zero).clip(bounds.low, bounds.high);
  return chain.take();
}

ScalarChain dequantize_linear(const Graph& graph, const Node& node, const MapView& map) {
  const LinearParameters parameters = linear_parameters(graph, node, map);
  return QuantiserChain(node).subtract(parameters.zero).multiply(parameters.scale).take();
}

using Reader = ScalarChain (*)(const Graph&, const Node&, const MapView&);

const std::map<std::string, Reader>& readers() {
  static const std::map<std::string, Reader> all{
      {"Quant", quant},
      {"IntQuant", quant},
      {"BipolarQuant", bipolar_quant},
      {"Trunc", trunc},
      {"MultiThreshold", multi_threshold},
      {"QuantizeLinear", quantize_linear},
      {"DequantizeLinear", dequantize_linear},
  };
  return all;
}

}  // namespace

bool is_quantiser(const std::string& op) {
  return readers().count(op) != 0;
}

ScalarChain read_quantiser(const Graph& graph, const Node& node, const MapView& map) {
  return readers().at(node.op)(graph, node, map);
}

}  // namespace spinvp::network::onnx
