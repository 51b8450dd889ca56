#include "network/onnx/recognise/input.h"

#include <fmt/format.h>

#include <algorithm>

#include "network/onnx/model/order.h"
#include "network/onnx/recognise/elementwise.h"

namespace spinvp::network::onnx {
namespace {

bool starts_with_channels_last(const Graph& graph, const std::vector<const Node*>& order) {
  const auto first = std::find_if(order.begin(), order.end(), [&](const Node* node) {
    const bool reads_constants = std::all_of(node->inputs.begin(), node->inputs.end(), [&](const std::string& input) {
      return input.empty() || graph.constants.count(input) != 0;
    });
    return !reads_constants && !is_elementwise(node->op) && node->op != "Identity";
  });
  return first != order.end() && (*first)->op == "Transpose" &&
         graph.integers(**first, "perm", {}) == std::vector<std::int64_t>{0, 3, 1, 2};
}

MapView read_map(const Graph& graph, const std::vector<const Node*>& order) {
  const MapView map = read_image(graph);
  if (map.flat || !starts_with_channels_last(graph, order)) {
    return map;
  }
  return MapView{Shape{map.shape.channels, map.shape.height, map.shape.width}, false, true};
}

PerChannel negated(PerChannel values) {
  for (double& value : values.values) {
    value = -value;
  }
  return values;
}

}  // namespace

Shape image_shape(const Graph& graph) {
  return read_map(graph, topological_order(graph)).shape;
}

GraphInput read_input(const Graph& graph, const std::vector<const Node*>& order,
                      const std::optional<InputScaling>& scaling) {
  GraphInput input;
  input.map = read_map(graph, order);
  const ValueInfo& info = graph.inputs[0];
  input.is_bytes = info.type == ElementType::Uint8;
  if (input.is_bytes && scaling) {
    graph.refuse(
        fmt::format("input '{}' is a uint8 image, which the graph itself scales; leave out --input-scale, "
                    "--input-mean and --input-std (and input: in the YAML beside the model)",
                    info.name));
  }
  if (!input.is_bytes && !scaling) {
    graph.refuse(
        fmt::format("input '{}' is {}; say what a byte of an image stands for: (byte * scale - mean) / std, by "
                    "--input-scale (for instance 1/255), --input-mean and --input-std, or by a YAML beside "
                    "the model",
                    info.name, to_string(info.type)));
  }
  if (!scaling) {
    return input;
  }
  const auto channels = static_cast<std::size_t>(input.map.shape.channels);
  for (const std::vector<double>* values : {&scaling->mean, &scaling->deviation}) {
    if (values->size() != 1 && values->size() != channels) {
      graph.refuse(fmt::format("input '{}' has {} channels, but its scaling has {} {}", info.name, channels,
                               values->size(), values == &scaling->mean ? "means" : "standard deviations"));
    }
  }
  if (scaling->scale != 1) {
    input.scaling.push_back(ScalarOp{ScalarOp::Kind::Multiply, PerChannel{{scaling->scale}}, {}, nullptr});
  }
  const PerChannel mean{scaling->mean};
  if (mean.uniform() != 0.0) {
    input.scaling.push_back(ScalarOp{ScalarOp::Kind::Add, negated(mean), {}, nullptr});
  }
  const PerChannel deviation{scaling->deviation};
  if (deviation.uniform() != 1.0) {
    input.scaling.push_back(ScalarOp{ScalarOp::Kind::Divide, deviation, {}, nullptr});
  }
  return input;
}

}  // namespace spinvp::network::onnx
