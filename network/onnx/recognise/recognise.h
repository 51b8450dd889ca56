#pragma once

#include <optional>
#include <vector>

#include "network/input_scaling.h"
#include "network/onnx/draft/layer_draft.h"

namespace spinvp::network::onnx {

/// Cuts an ONNX graph into layers. `order` holds its nodes, topologically; those that work on constants alone, or on a
/// map's shape, are computed on the way and become constants of the graph. Refuses operators and connections that no
/// layer stands for.
DraftGraph recognise(Graph& graph, const std::vector<const Node*>& order, const std::optional<InputScaling>& scaling);

}  // namespace spinvp::network::onnx
