#pragma once

#include <set>
#include <string>
#include <vector>

#include "network/onnx/model/graph.h"

namespace spinvp::network::onnx {

/// A layer's weights as a matrix, whatever the operator: which dimension counts outputs.
bool is_layer_with_weights(const Graph& graph, const Node& node);
std::size_t output_axis(const Graph& graph, const Node& node);

/// Names of the values behind which a quantiser is missing, because nothing on the way from layer or image rounds them:
/// read by a layer; read by a sum of two maps without being a layer's sums themselves; or read more than once, and not
/// by sums alone. In the order of their nodes, which must be topological. The scores need none.
std::vector<std::string> unquantised_values(const Graph& graph);

/// Values that a window with padding reads, or what pooling and reshaping make of them.
std::set<std::string> padded_values(const Graph& graph);

}  // namespace spinvp::network::onnx
