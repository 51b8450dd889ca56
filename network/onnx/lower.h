#pragma once

#include "network/onnx/import.h"
#include "network/onnx/layer_draft.h"

namespace spinvp::network::onnx {

/// Turns a draft graph into integers: weights into levels, activations into thresholds, sums into fixed point. The
/// graph's constants are used up. Refuses what is not quantised, naming its node.
ImportedNetwork lower(Graph& graph, DraftGraph drafts);

}  // namespace spinvp::network::onnx
