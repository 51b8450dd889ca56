#pragma once

#include <string>

#include "network/onnx/draft/map_view.h"
#include "network/onnx/draft/scalar_chain.h"
#include "network/onnx/model/graph.h"

namespace spinvp::network::onnx {

/// True for operators that read_elementwise() knows, if only to say why a form of them cannot be run.
bool is_elementwise(const std::string& op);

/// The node as scalar operations on `map`, in float64 in the order in which ONNX defines them. `data_input` is the name
/// of the value that the chain computes; for Where that is the condition, and the branches are constants. Truth values
/// are 0 and 1.
///
/// Refuses constants that differ within a channel, two computed inputs, parameters that are no finite numbers, and
/// functions that rise and fall. A cast to an integer type of up to 32 bits truncates, and folding refuses it where a
/// number can be beyond the type; a cast to bool, as Where and Not, asks for numbers that are never negative.
ScalarChain read_elementwise(const Graph& graph, const Node& node, const std::string& data_input, const MapView& map);

}  // namespace spinvp::network::onnx
