#include "network/onnx/model/parameters.h"

#include <fmt/format.h>

#include <algorithm>

namespace spinvp::network::onnx {

std::optional<std::vector<std::int64_t>> read_integers(const Graph& graph, const Node& node, const char* name,
                                                       std::size_t input) {
  if (graph.has(node, name)) {
    return graph.integers(node, name, {});
  }
  if (node.input(input).empty()) {
    return std::nullopt;
  }
  const Tensor* tensor = graph.constant(node, input);
  if (tensor == nullptr || !tensor->is_finite()) {
    graph.refuse(node, fmt::format("its {} '{}' is computed; expected a constant", name, node.input(input)));
  }
  constexpr double most = 4611686018427387904.0;  // 2^62
  std::vector<std::int64_t> list;
  for (const double value : tensor->values()) {
    list.push_back(static_cast<std::int64_t>(std::clamp(value, -most, most)));
  }
  return list;
}

}  // namespace spinvp::network::onnx
