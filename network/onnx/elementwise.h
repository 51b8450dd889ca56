#pragma once

#include "network/onnx/graph.h"
#include "network/onnx/map_view.h"
#include "network/onnx/scalar_chain.h"

namespace spinvp::network::onnx {

bool is_elementwise(const std::string& op);

/// The node as scalar operations on `map`. Refuses constants that differ within a channel, two computed inputs, and
/// parameters that are no finite numbers. `data_input` is the value that the chain computes.
ScalarChain read_elementwise(const Graph& graph, const Node& node, const std::string& data_input, const MapView& map);

}  // namespace spinvp::network::onnx
