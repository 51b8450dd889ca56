#pragma once

#include "network/onnx/layer_draft.h"

namespace spinvp::network::onnx {

/// Turns drafts into integers: weights into levels, activations into thresholds, residuals into fixed point, logits
/// into an affine step. Weights leave `graph` as soon as no layer needs them any more.
IntegerGraph lower(Graph& graph, DraftGraph drafts);

}  // namespace spinvp::network::onnx
