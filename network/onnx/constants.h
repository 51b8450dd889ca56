#pragma once

#include <vector>

#include "network/onnx/graph.h"

namespace spinvp::network::onnx {

/// Computes nodes that work on constants only – Cast, Identity, Mul, Div, Add, Sub, as they stand between weights
/// stored as integers and the layer that reads them – and takes them out of `order`, which must be topological. Other
/// nodes on constants stay. InputError when shapes do not fit each other.
void fold_constants(Graph& graph, std::vector<const Node*>& order);

}  // namespace spinvp::network::onnx
