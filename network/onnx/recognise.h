#pragma once

#include "network/onnx/layer_draft.h"

namespace spinvp::network::onnx {

/// Cuts an ONNX graph into layers. `order` holds its nodes, topologically, without those on constants only. Refuses
/// operators and connections that no layer stands for.
DraftGraph recognise(const Graph& graph, const std::vector<const Node*>& order);

}  // namespace spinvp::network::onnx
