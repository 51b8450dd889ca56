#include "network/onnx/lower/pool_placement.h"

#include <fmt/format.h>

#include <algorithm>

namespace spinvp::network::onnx {
namespace {

/// True when the chain's operations first .. last-1 fall in no channel.
bool never_falls(const LayerDraft& draft, std::size_t first, std::size_t last) {
  for (int channel = 0; channel < draft.layer.kernels; ++channel) {
    if (direction(draft.chain, static_cast<std::size_t>(channel), first, last) < 0) {
      return false;
    }
  }
  return true;
}

/// Levels have few bits, so a maximum stays on them where the model has it behind the quantiser. Before the quantiser
/// it comes first: fewer accumulators meet the thresholds.
Pooling place_maximum(const Graph& graph, const LayerDraft& draft) {
  Pooling pooling = draft.pool->pooling;
  const std::size_t position = draft.pool->position;
  const std::size_t end = draft.chain.size();
  const bool rises_behind = never_falls(draft, position, end);
  const bool quantised_before = !is_affine(draft.chain, 0, position);
  if (rises_behind && (quantised_before || draft.residual)) {
    pooling.stage = PoolStage::AfterThresholds;
    return pooling;
  }
  pooling.stage = PoolStage::BeforeThresholds;
  if (!draft.residual && (position <= draft.bias_operations || never_falls(draft, 0, position))) {
    return pooling;
  }
  if (!draft.residual && rises_behind) {
    pooling.kind = PoolKind::Monotone;
    return pooling;
  }
  graph.refuse(*draft.pool->node,
               "stands between operations that turn the sign of some channels before it and after it; "
               "place it directly after the layer or after the activation");
}

/// The padding of a mean of accumulators adds nothing to the sum.
void require_zero_padding(const Graph& graph, const LayerDraft& draft, const AccumulatorMeaning& meaning) {
  if (!draft.pool->pooling.is_padded()) {
    return;
  }
  const ScalarChain before(draft.chain.begin(),
                           draft.chain.begin() + static_cast<std::ptrdiff_t>(draft.pool->position));
  for (std::size_t channel = 0; channel < static_cast<std::size_t>(draft.layer.kernels); ++channel) {
    if (evaluate(before, channel, meaning.at(channel, 0)) != 0) {
      graph.refuse(*draft.pool->node,
                   "averages padding with values that a bias or an offset has moved; place it behind "
                   "the activation, or average without padding");
    }
  }
}

std::int64_t window_of(const Pooling& pooling) {
  return std::int64_t{pooling.kernel_height} * pooling.kernel_width;
}

}  // namespace

PoolPlacement place_pooling(const Graph& graph, const LayerDraft& draft, const AccumulatorMeaning& meaning) {
  PoolPlacement placement;
  if (!draft.pool) {
    return placement;
  }
  if (draft.pool->pooling.kind == PoolKind::Max) {
    placement.pooling = place_maximum(graph, draft);
    return placement;
  }
  placement.pooling = draft.pool->pooling;
  const bool averages_levels = !draft.layer.has_weights() && draft.is_affine() && !draft.residual;
  if (!is_affine(draft.chain, 0, draft.pool->position) || averages_levels) {
    placement.pooling.stage = PoolStage::AfterThresholds;
    return placement;
  }
  if (draft.residual) {
    graph.refuse(*draft.pool->node,
                 fmt::format("averages the sums of '{}' before they are quantised, and something is added to each of "
                             "them: another stream, padding that is no level of the input, or channels of the image "
                             "with scales of their own; place it behind the activation",
                             draft.layer.name));
  }
  require_zero_padding(graph, draft, meaning);
  placement.pooling.stage = PoolStage::BeforeThresholds;
  placement.averaged = window_of(placement.pooling);
  return placement;
}

PoolPlacement place_pooling_of_values(const Graph& graph, const LayerDraft& draft, const AccumulatorMeaning& meaning) {
  PoolPlacement placement;
  if (!draft.pool) {
    return placement;
  }
  placement.pooling = draft.pool->pooling;
  placement.pooling.stage = PoolStage::BeforeThresholds;
  if (placement.pooling.kind == PoolKind::Sum) {
    require_zero_padding(graph, draft, meaning);
    placement.averaged = window_of(placement.pooling);
  } else if (!never_falls(draft, 0, draft.pool->position)) {
    graph.refuse(*draft.pool->node,
                 "stands behind operations that turn the sign of some channels, and nothing is "
                 "quantised there; place it directly after the layer");
  }
  return placement;
}

}  // namespace spinvp::network::onnx
