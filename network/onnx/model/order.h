#pragma once

#include <vector>

#include "network/onnx/model/graph.h"

namespace spinvp::network::onnx {

/// The nodes so that each stands after those it reads from. InputError when a value has no source (a missing
/// initialiser) or two, when nodes form a cycle, or when a node or the input does not lead to the output.
std::vector<const Node*> topological_order(const Graph& graph);

}  // namespace spinvp::network::onnx
