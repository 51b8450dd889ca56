#pragma once

#include "network/onnx/draft/layer_draft.h"
#include "network/onnx/lower/fold.h"

namespace spinvp::network::onnx {

/// Where a draft's pooling stands once its chain has become thresholds, or an affine step.
struct PoolPlacement {
  Pooling pooling;
  std::int64_t averaged = 1;  ///< accumulators that a sum before the thresholds adds up, whose mean the model takes
};

/// Pooling of a draft that becomes thresholds. A maximum moves across what never falls; behind a batch norm that turns
/// some channels it becomes Monotone. A mean moves across affine operations only. Behind a residual pooling can only
/// stand on levels. A mean with padding must find zeros where accumulators are zero. Refuses what cannot be moved.
PoolPlacement place_pooling(const Graph& graph, const LayerDraft& draft, const AccumulatorMeaning& meaning);

/// Pooling of a draft whose accumulators are its output.
PoolPlacement place_pooling_of_values(const Graph& graph, const LayerDraft& draft, const AccumulatorMeaning& meaning);

}  // namespace spinvp::network::onnx
