#pragma once

#include <string>
#include <vector>

#include "network/onnx/graph.h"

namespace spinvp::network::onnx {

/// A layer's weights as a matrix, whatever the operator: which dimension counts outputs.
bool is_layer_with_weights(const Graph& graph, const Node& node);
std::size_t output_axis(const Graph& graph, const Node& node);

/// Names of the values behind which a quantiser is missing: read by a layer, or by a sum of two maps without being a
/// layer's sums themselves, while nothing on the way from layer or image rounds them. In the order of their nodes.
std::vector<std::string> unquantised_values(const Graph& graph);

}  // namespace spinvp::network::onnx
