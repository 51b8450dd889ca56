#include "network/onnx/recognise/operands.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace spinvp::network::onnx {
namespace {

using Dims = std::vector<std::int64_t>;

const Tensor& require_constant(const Graph& graph, const Node& node, std::size_t index, const char* what) {
  const Tensor* tensor = graph.constant(node, index);
  if (tensor == nullptr) {
    graph.refuse(node, fmt::format("its {} is {}; expected a constant", what,
                                   node.input(index).empty() ? "left out" : "computed from the image"));
  }
  if (!tensor->is_finite()) {
    graph.refuse(node, fmt::format("its {} is not a finite number everywhere", what));
  }
  return *tensor;
}

}  // namespace

PerChannel broadcast_operand(const Graph& graph, const Node& node, const Tensor& tensor, const char* what,
                             const MapView& map) {
  if (!tensor.is_finite()) {
    graph.refuse(node, fmt::format("its {} is not a finite number everywhere", what));
  }
  const std::size_t rank = map.dims().size();
  if (tensor.size() == 1 && tensor.dims().size() <= rank) {
    return PerChannel{tensor.values()};
  }
  Dims dims(rank - std::min(rank, tensor.dims().size()), 1);
  dims.insert(dims.end(), tensor.dims().begin(), tensor.dims().end());
  const auto channels = static_cast<std::int64_t>(map.shape.channels);
  const bool one_pixel = map.shape.height == 1 && map.shape.width == 1;
  const Dims wanted = map.has_position    ? Dims{1, channels, 1}
                      : map.flat          ? Dims{1, channels}
                      : map.channels_last ? Dims{1, 1, 1, channels}
                                          : Dims{1, channels, 1, 1};
  if (dims != wanted || (map.flat && !one_pixel)) {
    graph.refuse(node, fmt::format("its {} has the shape [{}]; expected one number, or one a channel ({})", what,
                                   fmt::join(tensor.dims(), ", "),
                                   map.flat ? fmt::format("[{}], before Flatten for maps of several pixels", channels)
                                            : fmt::format("[{}]", fmt::join(wanted, ", "))));
  }
  return PerChannel{tensor.values()};
}

PerChannel broadcast_input(const Graph& graph, const Node& node, std::size_t index, const char* what,
                           const MapView& map) {
  return broadcast_operand(graph, node, require_constant(graph, node, index, what), what, map);
}

PerChannel channel_parameter(const Graph& graph, const Node& node, std::size_t index, const char* what,
                             const MapView& map) {
  const Tensor& tensor = require_constant(graph, node, index, what);
  const auto channels = static_cast<std::size_t>(map.shape.channels);
  if (tensor.dims().size() != 1 || tensor.size() != channels) {
    graph.refuse(node, fmt::format("its {} has the shape [{}]; expected [{}], one number a channel", what,
                                   fmt::join(tensor.dims(), ", "), channels));
  }
  return PerChannel{tensor.values()};
}

double scalar_input(const Graph& graph, const Node& node, std::size_t index, const char* what) {
  const Tensor& tensor = require_constant(graph, node, index, what);
  for (std::size_t other = 1; other < tensor.size(); ++other) {
    if (tensor[other] != tensor[0]) {
      graph.refuse(node, fmt::format("its {} differs from channel to channel; expected one number", what));
    }
  }
  if (tensor.size() == 0) {
    graph.refuse(node, fmt::format("its {} is empty; expected one number", what));
  }
  return tensor[0];
}

}  // namespace spinvp::network::onnx
