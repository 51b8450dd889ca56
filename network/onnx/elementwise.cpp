#include "network/onnx/elementwise.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>
#include <limits>

namespace spinvp::network::onnx {
namespace {

using Kind = ScalarOp::Kind;
constexpr double infinity = std::numeric_limits<double>::infinity();

void require_finite(const Graph& graph, const Node& node, const Tensor& tensor) {
  if (!tensor.is_finite()) {
    graph.refuse(node, "one of its constants is not a finite number");
  }
}

/// A constant operand, broadcast as ONNX does, as one value or one a channel.
PerChannel operand(const Graph& graph, const Node& node, const Tensor& tensor, const MapView& map) {
  require_finite(graph, node, tensor);
  const std::size_t rank = map.flat ? 2 : 4;
  if (tensor.size() == 1 && tensor.dims().size() <= rank) {
    return PerChannel{tensor.values()};
  }
  std::vector<std::int64_t> dims(rank - std::min(rank, tensor.dims().size()), 1);
  dims.insert(dims.end(), tensor.dims().begin(), tensor.dims().end());
  const auto channels = static_cast<std::int64_t>(map.shape.channels);
  const bool one_pixel = map.shape.height == 1 && map.shape.width == 1;
  const bool per_channel = map.flat ? one_pixel && dims == std::vector<std::int64_t>{1, channels}
                                    : dims == std::vector<std::int64_t>{1, channels, 1, 1};
  if (!per_channel) {
    graph.refuse(node, fmt::format("its constant has the shape [{}]; expected one number, or one a channel ({})",
                                   fmt::join(tensor.dims(), ", "),
                                   map.flat ? fmt::format("[{}], before Flatten for maps of several pixels", channels)
                                            : fmt::format("[1, {}, 1, 1]", channels)));
  }
  return PerChannel{tensor.values()};
}

PerChannel channel_parameter(const Graph& graph, const Node& node, std::size_t index, const char* what,
                             const MapView& map) {
  const Tensor* tensor = graph.constant(node, index);
  if (tensor == nullptr) {
    graph.refuse(node, fmt::format("its {} is no constant", what));
  }
  require_finite(graph, node, *tensor);
  const auto channels = static_cast<std::size_t>(map.shape.channels);
  if (tensor->dims().size() != 1 || tensor->size() != channels) {
    graph.refuse(node, fmt::format("its {} has the shape [{}]; expected [{}], one number a channel", what,
                                   fmt::join(tensor->dims(), ", "), channels));
  }
  return PerChannel{tensor->values()};
}

/// gain * (x - mean) / sqrt(variance + epsilon) + bias, in float64.
ScalarChain batch_normalisation(const Graph& graph, const Node& node, const MapView& map) {
  if (map.flat && (map.shape.height != 1 || map.shape.width != 1)) {
    graph.refuse(node, "normalises features of a flattened map of several pixels; place it before Flatten");
  }
  if (graph.integer(node, "training_mode", 0) != 0 || graph.integer(node, "spatial", 1) != 1) {
    graph.refuse(node, "is in training mode or not spatial; export the model for inference");
  }
  const PerChannel gain = channel_parameter(graph, node, 1, "gain", map);
  const PerChannel bias = channel_parameter(graph, node, 2, "bias", map);
  PerChannel mean = channel_parameter(graph, node, 3, "mean", map);
  PerChannel deviation = channel_parameter(graph, node, 4, "variance", map);
  const double epsilon = graph.number(node, "epsilon", static_cast<double>(1e-5f));
  for (std::size_t channel = 0; channel < deviation.values.size(); ++channel) {
    mean.values[channel] = -mean.values[channel];
    deviation.values[channel] = std::sqrt(deviation.values[channel] + epsilon);
    if (!(deviation.values[channel] > 0)) {
      graph.refuse(node, fmt::format("variance + epsilon of channel {} is not positive", channel));
    }
  }
  return {ScalarOp{Kind::Add, mean, {}, &node}, ScalarOp{Kind::Divide, deviation, {}, &node},
          ScalarOp{Kind::Multiply, gain, {}, &node}, ScalarOp{Kind::Add, bias, {}, &node}};
}

double clip_bound(const Graph& graph, const Node& node, std::size_t index, const char* attribute, double missing) {
  if (graph.opset < 11) {
    return graph.number(node, attribute, missing);
  }
  if (node.input(index).empty()) {
    return missing;
  }
  const Tensor* tensor = graph.constant(node, index);
  if (tensor == nullptr || tensor->size() != 1 || std::isnan((*tensor)[0])) {
    graph.refuse(node, fmt::format("its {} is not one constant number", attribute));
  }
  return (*tensor)[0];
}

ScalarChain clip(const Graph& graph, const Node& node) {
  const double low = clip_bound(graph, node, 1, "min", -infinity);
  const double high = clip_bound(graph, node, 2, "max", infinity);
  if (low > high) {
    graph.refuse(node, fmt::format("its min {} is above its max {}", low, high));
  }
  return {ScalarOp{Kind::Clip, PerChannel{{low}}, PerChannel{{high}}, &node}};
}

ScalarChain cast(const Graph& graph, const Node& node) {
  const auto type = static_cast<ElementType>(graph.integer(node, "to", 0));
  switch (type) {
    case ElementType::Float:
    case ElementType::Double:
      return {};
    case ElementType::Int32:
    case ElementType::Int64:
      return {ScalarOp{Kind::Truncate, {}, {}, &node}};
    default:
      graph.refuse(node, fmt::format("casts to {}; expected float, double, int32 or int64", to_string(type)));
  }
}

ScalarChain binary(const Graph& graph, const Node& node, const std::string& data_input, const MapView& map) {
  if (node.inputs.size() != 2) {
    graph.refuse(node, fmt::format("has {} inputs; expected 2", node.inputs.size()));
  }
  const bool data_first = node.inputs[0] == data_input;
  const Tensor* constant = graph.constant(node, data_first ? 1 : 0);
  if (constant == nullptr) {
    graph.refuse(node, "has no constant operand");
  }
  PerChannel value = operand(graph, node, *constant, map);
  if (node.op == "Add") {
    return {ScalarOp{Kind::Add, value, {}, &node}};
  }
  if (node.op == "Mul") {
    return {ScalarOp{Kind::Multiply, value, {}, &node}};
  }
  if (node.op == "Sub") {
    ScalarChain chain;
    if (data_first) {
      for (double& number : value.values) {
        number = -number;
      }
    } else {
      chain.push_back(ScalarOp{Kind::Multiply, PerChannel{{-1.0}}, {}, &node});
    }
    chain.push_back(ScalarOp{Kind::Add, value, {}, &node});
    return chain;
  }
  if (!data_first) {
    graph.refuse(node, "divides a constant by the feature map, which is not monotone");
  }
  for (const double number : value.values) {
    if (number == 0) {
      graph.refuse(node, "divides by zero");
    }
  }
  return {ScalarOp{Kind::Divide, value, {}, &node}};
}

}  // namespace

bool is_elementwise(const std::string& op) {
  static const std::array<const char*, 11> ops{"Add",  "Sub",   "Mul",   "Div", "BatchNormalization", "Clip", "Relu",
                                               "Cast", "Round", "Floor", "Ceil"};
  for (const char* known : ops) {
    if (op == known) {
      return true;
    }
  }
  return false;
}

ScalarChain read_elementwise(const Graph& graph, const Node& node, const std::string& data_input, const MapView& map) {
  if (node.op == "BatchNormalization") {
    return batch_normalisation(graph, node, map);
  }
  if (node.op == "Clip") {
    return clip(graph, node);
  }
  if (node.op == "Relu") {
    return {ScalarOp{Kind::Clip, PerChannel{{0.0}}, PerChannel{{infinity}}, &node}};
  }
  if (node.op == "Cast") {
    return cast(graph, node);
  }
  if (node.op == "Round") {
    return {ScalarOp{Kind::Round, {}, {}, &node}};
  }
  if (node.op == "Floor") {
    return {ScalarOp{Kind::Floor, {}, {}, &node}};
  }
  if (node.op == "Ceil") {
    return {ScalarOp{Kind::Ceil, {}, {}, &node}};
  }
  return binary(graph, node, data_input, map);
}

}  // namespace spinvp::network::onnx
