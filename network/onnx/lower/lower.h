#pragma once

#include "network/imported_network.h"
#include "network/onnx/draft/layer_draft.h"

namespace spinvp::network::onnx {

/// Turns a draft graph into integers: weights into levels, activations into thresholds, sums into fixed point. The
/// graph's constants are used up. Refuses what is not quantised, naming its node.
ImportedNetwork lower(Graph& graph, DraftGraph drafts);

}  // namespace spinvp::network::onnx
