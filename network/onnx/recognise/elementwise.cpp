#include "network/onnx/recognise/elementwise.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <map>

#include "network/onnx/recognise/operands.h"
#include "network/onnx/recognise/quantiser_nodes.h"

namespace spinvp::network::onnx {
namespace {

using Kind = ScalarOp::Kind;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// What a node is read from.
struct Context {
  const Graph& graph;
  const Node& node;
  const std::string& data_input;
  const MapView& map;

  [[noreturn]] void refuse(const std::string& reason) const { graph.refuse(node, reason); }
  ScalarOp op(Kind kind, PerChannel a = {}, PerChannel b = {}) const {
    return ScalarOp{kind, std::move(a), std::move(b), &node};
  }
  ScalarOp op(Kind kind, double a, double b = 0) const { return op(kind, PerChannel{{a}}, PerChannel{{b}}); }
};

PerChannel negated(PerChannel values) {
  for (double& value : values.values) {
    value = -value;
  }
  return values;
}

/// (x - mean) / sqrt(variance + epsilon) * gain + bias, in float64.
ScalarChain batch_normalisation(const Context& at) {
  const Graph& graph = at.graph;
  const Node& node = at.node;
  if (at.map.flat && (at.map.shape.height != 1 || at.map.shape.width != 1)) {
    at.refuse("normalises features of a flattened map of several pixels; place it before Flatten");
  }
  if (at.map.channels_last && (at.map.shape.height != 1 || at.map.shape.width != 1)) {
    at.refuse("normalises the second axis, but its map has channels last; expected [N, channels, height, width]");
  }
  if (graph.integer(node, "training_mode", 0) != 0 || graph.integer(node, "spatial", 1) != 1) {
    at.refuse("is in training mode or not spatial; export the model for inference");
  }
  const PerChannel gain = channel_parameter(graph, node, 1, "gain", at.map);
  const PerChannel bias = channel_parameter(graph, node, 2, "bias", at.map);
  const PerChannel mean = channel_parameter(graph, node, 3, "mean", at.map);
  PerChannel deviation = channel_parameter(graph, node, 4, "variance", at.map);
  const double epsilon = graph.number(node, "epsilon", static_cast<double>(1e-5f));
  for (std::size_t channel = 0; channel < deviation.values.size(); ++channel) {
    deviation.values[channel] = std::sqrt(deviation.values[channel] + epsilon);
    if (!(deviation.values[channel] > 0)) {
      at.refuse(fmt::format("variance + epsilon of channel {} is not positive", channel));
    }
  }
  return {at.op(Kind::Add, negated(mean)), at.op(Kind::Divide, deviation), at.op(Kind::Multiply, gain),
          at.op(Kind::Add, bias)};
}

double clip_bound(const Context& at, std::size_t index, const char* attribute, double missing) {
  if (at.graph.opset < 11) {
    return at.graph.number(at.node, attribute, missing);
  }
  if (at.node.input(index).empty()) {
    return missing;
  }
  const Tensor* tensor = at.graph.constant(at.node, index);
  if (tensor == nullptr || tensor->size() != 1 || std::isnan((*tensor)[0])) {
    at.refuse(fmt::format("its {} is not one constant number", attribute));
  }
  return (*tensor)[0];
}

ScalarChain clip(const Context& at) {
  const double low = clip_bound(at, 1, "min", -infinity);
  const double high = clip_bound(at, 2, "max", infinity);
  if (low > high) {
    at.refuse(fmt::format("its min {} is above its max {}", low, high));
  }
  return {at.op(Kind::Clip, low, high)};
}

/// Truncation to a type of `bits` bits; beyond its range a cast is not defined.
ScalarChain integer_cast(const Context& at, int bits, bool is_signed) {
  const double reach = std::ldexp(1.0, is_signed ? bits - 1 : bits);
  return {at.op(Kind::Truncate), at.op(Kind::Within, is_signed ? -reach : 0, reach - 1)};
}

ScalarChain cast(const Context& at) {
  const auto type = static_cast<ElementType>(at.graph.integer(at.node, "to", 0));
  switch (type) {
    case ElementType::Float:
    case ElementType::Double:
      return {};
    case ElementType::Int64:
      return {at.op(Kind::Truncate)};
    case ElementType::Int32:
      return integer_cast(at, 32, true);
    case ElementType::Int16:
      return integer_cast(at, 16, true);
    case ElementType::Int8:
      return integer_cast(at, 8, true);
    case ElementType::Uint32:
      return integer_cast(at, 32, false);
    case ElementType::Uint16:
      return integer_cast(at, 16, false);
    case ElementType::Uint8:
      return integer_cast(at, 8, false);
    case ElementType::Bool:
      return {at.op(Kind::Choose, 1, 0)};
    default:
      at.refuse(fmt::format("casts to {}; expected float, double, bool or an integer type of up to 32 bits, or int64",
                            to_string(type)));
  }
}

/// One of two operands is a constant, the other one the map.
struct Operands {
  bool map_first = true;
  PerChannel constant;
  bool whole_numbers = false;  ///< by their type, which both operands have
};

Operands two_operands(const Context& at) {
  if (at.node.inputs.size() != 2) {
    at.refuse(fmt::format("has {} inputs; expected 2", at.node.inputs.size()));
  }
  Operands operands;
  operands.map_first = at.node.inputs[0] == at.data_input;
  const Tensor* constant = at.graph.constant(at.node, operands.map_first ? 1 : 0);
  if (constant == nullptr) {
    at.refuse("has no constant operand");
  }
  operands.constant = broadcast_operand(at.graph, at.node, *constant, "constant", at.map);
  operands.whole_numbers = is_integer(constant->type());
  return operands;
}

ScalarChain add(const Context& at) {
  return {at.op(Kind::Add, two_operands(at).constant)};
}

ScalarChain multiply(const Context& at) {
  return {at.op(Kind::Multiply, two_operands(at).constant)};
}

ScalarChain subtract(const Context& at) {
  const Operands operands = two_operands(at);
  if (operands.map_first) {
    return {at.op(Kind::Add, negated(operands.constant))};
  }
  return {at.op(Kind::Multiply, -1), at.op(Kind::Add, operands.constant)};
}

ScalarChain divide(const Context& at) {
  const Operands operands = two_operands(at);
  if (!operands.map_first) {
    at.refuse("divides a constant by the feature map, which is not monotone");
  }
  for (const double number : operands.constant.values) {
    if (number == 0) {
      at.refuse("divides by zero");
    }
  }
  ScalarChain chain{at.op(Kind::Divide, operands.constant)};
  if (operands.whole_numbers) {
    chain.push_back(at.op(Kind::Truncate));
  }
  return chain;
}

/// `direct` is what the node asks of the map when it is the first operand, `turned` when it is the second.
ScalarChain compare(const Context& at, Kind direct, Kind turned) {
  const Operands operands = two_operands(at);
  return {at.op(operands.map_first ? direct : turned, operands.constant)};
}

/// Min or Max with any number of constants.
ScalarChain bound(const Context& at, bool is_upper) {
  ScalarChain chain;
  int maps = 0;
  for (std::size_t index = 0; index < at.node.inputs.size(); ++index) {
    if (at.node.inputs[index] == at.data_input) {
      ++maps;
      continue;
    }
    const PerChannel constant = broadcast_input(at.graph, at.node, index, "other operand", at.map);
    chain.push_back(is_upper ? at.op(Kind::Clip, PerChannel{{-infinity}}, constant)
                             : at.op(Kind::Clip, constant, PerChannel{{infinity}}));
  }
  if (maps != 1) {
    at.refuse(fmt::format("compares {} computed maps; expected one and constants", maps));
  }
  return chain;
}

/// x below zero times a slope, one for all channels or one for each.
ScalarChain slope(const Context& at, const PerChannel& slopes) {
  for (const double value : slopes.values) {
    if (!(value >= 0)) {
      at.refuse(
          fmt::format("has the slope {:g} below zero, where it would fall and then rise; expected 0 or more", value));
    }
  }
  return {at.op(Kind::Slope, slopes)};
}

ScalarChain parametric_relu(const Context& at) {
  return slope(at, broadcast_input(at.graph, at.node, 1, "slope", at.map));
}

ScalarChain leaky_relu(const Context& at) {
  return slope(at, PerChannel{{at.graph.number(at.node, "alpha", static_cast<double>(0.01f))}});
}

ScalarChain hard_sigmoid(const Context& at) {
  return {at.op(Kind::Multiply, at.graph.number(at.node, "alpha", static_cast<double>(0.2f))),
          at.op(Kind::Add, at.graph.number(at.node, "beta", 0.5)), at.op(Kind::Clip, 0, 1)};
}

ScalarChain choose(const Context& at) {
  if (at.node.inputs.size() != 3) {
    at.refuse(fmt::format("has {} inputs; expected 3", at.node.inputs.size()));
  }
  if (at.node.inputs[0] != at.data_input) {
    at.refuse("chooses between computed maps; expected a computed condition and two constants");
  }
  return {at.op(Kind::Choose, broadcast_input(at.graph, at.node, 1, "value where true", at.map),
                broadcast_input(at.graph, at.node, 2, "value where false", at.map))};
}

ScalarChain power(const Context& at) {
  const double exponent = at.node.input(0) == at.data_input ? scalar_input(at.graph, at.node, 1, "exponent") : 0;
  if (exponent != 1) {
    at.refuse(
        fmt::format("is no straight line of the feature map (exponent {:g}); expected the exponent 1, or "
                    "constants alone, as in a batch norm that is written out",
                    exponent));
  }
  return {};
}

ScalarChain square_root(const Context& at) {
  at.refuse(
      "takes the root of the feature map; expected it on constants alone, as in a batch norm that is written out");
}

template <Kind kind>
ScalarChain just(const Context& at) {
  return {at.op(kind)};
}

using Reader = ScalarChain (*)(const Context&);

const std::map<std::string, Reader>& readers() {
  static const std::map<std::string, Reader> all{
      {"Add", add},
      {"Sub", subtract},
      {"Mul", multiply},
      {"Div", divide},
      {"Neg", [](const Context& at) { return ScalarChain{at.op(Kind::Multiply, -1)}; }},
      {"Pow", power},
      {"Sqrt", square_root},
      {"BatchNormalization", batch_normalisation},
      {"Clip", clip},
      {"Relu", [](const Context& at) { return ScalarChain{at.op(Kind::Clip, 0, infinity)}; }},
      {"Min", [](const Context& at) { return bound(at, true); }},
      {"Max", [](const Context& at) { return bound(at, false); }},
      {"LeakyRelu", leaky_relu},
      {"PRelu", parametric_relu},
      {"HardSigmoid", hard_sigmoid},
      {"Tanh", just<Kind::Tanh>},
      {"Sigmoid", just<Kind::Sigmoid>},
      {"Round", just<Kind::Round>},
      {"Floor", just<Kind::Floor>},
      {"Ceil", just<Kind::Ceil>},
      {"Sign", just<Kind::Sign>},
      {"Greater", [](const Context& at) { return compare(at, Kind::Above, Kind::Below); }},
      {"GreaterOrEqual", [](const Context& at) { return compare(at, Kind::AtLeast, Kind::AtMost); }},
      {"Less", [](const Context& at) { return compare(at, Kind::Below, Kind::Above); }},
      {"LessOrEqual", [](const Context& at) { return compare(at, Kind::AtMost, Kind::AtLeast); }},
      {"Not", [](const Context& at) { return ScalarChain{at.op(Kind::Choose, 0, 1)}; }},
      {"Where", choose},
      {"Cast", cast},
  };
  return all;
}

}  // namespace

bool is_elementwise(const std::string& op) {
  return readers().count(op) != 0 || is_quantiser(op);
}

ScalarChain read_elementwise(const Graph& graph, const Node& node, const std::string& data_input, const MapView& map) {
  if (is_quantiser(node.op)) {
    return read_quantiser(graph, node, map);
  }
  return readers().at(node.op)(Context{graph, node, data_input, map});
}

}  // namespace spinvp::network::onnx
