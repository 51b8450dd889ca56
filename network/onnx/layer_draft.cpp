#include "network/onnx/layer_draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "network/onnx/fold.h"
#include "network/onnx/weights.h"

namespace spinvp::network::onnx {
namespace {

PerChannel set_weights(const Graph& graph, LayerDraft& draft, bool last) {
  Layer& layer = draft.layer;
  const auto kernels = static_cast<std::size_t>(layer.kernels);
  std::optional<QuantisedWeights> weights = quantise_weights(draft.weights, kernels, !last);
  if (!weights) {
    const bool scales_differ = last && quantise_weights(draft.weights, kernels, true);
    graph.refuse(
        *draft.node,
        scales_differ
            ? "its weights have a scale per output, which would change the order of raw scores; the last layer "
              "needs one scale for all outputs"
            : "its weights are not quantised; expected a positive scale (one, or one an output channel) times "
              "-1 and +1, times -1, 0 and +1, or times signed integers of at most 8 bits");
  }
  layer.weight_kind = weights->kind;
  layer.weight_bits = weights->bits;
  layer.weights = std::move(weights->levels);
  for (double& scale : weights->scale.values) {
    scale *= draft.gain;
  }
  draft.weights.clear();
  draft.weights.shrink_to_fit();
  return weights->scale;
}

std::vector<AccumulatorRange> accumulator_ranges(const Graph& graph, const LayerDraft& draft) {
  const Pooling& pooling = draft.layer.pooling;
  const bool sums = pooling.kind == PoolKind::Sum && pooling.stage == PoolStage::BeforeThresholds;
  const std::int64_t window = sums ? std::int64_t{pooling.kernel_height} * pooling.kernel_width : 1;
  std::vector<AccumulatorRange> ranges;
  for (int kernel = 0; kernel < draft.layer.kernels; ++kernel) {
    ranges.push_back(reachable_range(draft.layer, kernel, window));
    if (ranges.back().low <= std::numeric_limits<std::int32_t>::min() ||
        ranges.back().high >= std::numeric_limits<std::int32_t>::max()) {
      graph.refuse(*draft.node, fmt::format("the accumulators of output channel {} reach {} .. {}, beyond 32 bits",
                                            kernel, ranges.back().low, ranges.back().high));
    }
  }
  return ranges;
}

bool all_channels(const LayerDraft& draft, std::size_t first, std::size_t last, bool (*holds)(int direction)) {
  for (int channel = 0; channel < draft.layer.kernels; ++channel) {
    if (!holds(direction(draft.chain, static_cast<std::size_t>(channel), first, last))) {
      return false;
    }
  }
  return true;
}

/// A maximum may move across a function that never falls. After the thresholds it works on few bits, so it goes there
/// unless the graph has it directly on the accumulators.
PoolStage place_maximum(const Graph& graph, const LayerDraft& draft) {
  const std::size_t position = draft.pool->position;
  const auto never_falls = [](int direction) { return direction >= 0; };
  if (position <= draft.bias_operations) {
    return PoolStage::BeforeThresholds;
  }
  if (all_channels(draft, position, draft.chain.size(), never_falls)) {
    return PoolStage::AfterThresholds;
  }
  if (all_channels(draft, 0, position, never_falls)) {
    return PoolStage::BeforeThresholds;
  }
  graph.refuse(*draft.pool->node,
               "stands between operations that turn the sign of some channels before it and after it; "
               "place it directly after the layer or after the activation");
}

/// A mean may move across affine functions only.
PoolStage place_sum(const LayerDraft& draft) {
  const bool affine_before =
      std::all_of(draft.chain.begin(), draft.chain.begin() + static_cast<std::ptrdiff_t>(draft.pool->position),
                  [](const ScalarOp& op) { return op.is_affine(); });
  return affine_before ? PoolStage::BeforeThresholds : PoolStage::AfterThresholds;
}

/// The factor of what stands between the mean of activations and the next layer.
double scale_after_sum(const Graph& graph, const LayerDraft& draft) {
  double scale = 1;
  for (std::size_t index = draft.pool->position; index < draft.chain.size(); ++index) {
    const ScalarOp& op = draft.chain[index];
    if (op.is_neutral()) {
      continue;
    }
    const std::optional<double> factor = op.positive_scale();
    if (!factor) {
      graph.refuse(*op.node, fmt::format("stands between the average pooling '{}' of an activation and the next layer; "
                                         "only a multiplication by one positive number can stand there",
                                         draft.pool->node->name));
    }
    scale *= *factor;
  }
  return scale;
}

int bits_for(std::int64_t highest) {
  int bits = 1;
  while ((std::int64_t{1} << bits) - 1 < highest) {
    ++bits;
  }
  return bits;
}

Activation fold_or_refuse(const Graph& graph, const LayerDraft& draft, const ScalarChain& chain,
                          const PerChannel& scale, std::vector<ChannelThresholds>& thresholds) {
  try {
    FoldedActivation folded = fold(chain, scale, accumulator_ranges(graph, draft));
    thresholds = std::move(folded.thresholds);
    return Activation{folded.bits, folded.step};
  } catch (const Unfoldable& reason) {
    graph.refuse(*draft.node, reason.what());
  }
}

}  // namespace

Activation finish_hidden_layer(const Graph& graph, LayerDraft& draft, const Activation& input) {
  PerChannel scale = set_weights(graph, draft, false);
  for (double& value : scale.values) {
    value *= input.step;
  }
  Layer& layer = draft.layer;
  ScalarChain chain = draft.chain;
  std::int64_t summed = 1;     // levels added up after the thresholds
  double scale_of_levels = 1;  // of their mean
  if (draft.pool) {
    layer.pooling = draft.pool->pooling;
    const std::int64_t window = std::int64_t{layer.pooling.kernel_height} * layer.pooling.kernel_width;
    if (layer.pooling.kind == PoolKind::Max) {
      layer.pooling.stage = place_maximum(graph, draft);
    } else {
      layer.pooling.stage = place_sum(draft);
      if (layer.pooling.stage == PoolStage::BeforeThresholds) {
        for (double& value : scale.values) {
          value /= static_cast<double>(window);
        }
      } else {
        summed = window;
        scale_of_levels = scale_after_sum(graph, draft) / static_cast<double>(window);
        chain.resize(draft.pool->position);
      }
    }
  }
  Activation activation = fold_or_refuse(graph, draft, chain, scale, layer.thresholds);
  layer.threshold_bits = activation.bits;
  const int output_bits = bits_for(((std::int64_t{1} << activation.bits) - 1) * summed);
  if (output_bits > 8) {
    graph.refuse(*draft.pool->node,
                 fmt::format("sums {} activations of {} bits, {} bits together; at most 8 can be run", summed,
                             activation.bits, output_bits));
  }
  layer.output_bits = output_bits;
  return Activation{output_bits, activation.step * scale_of_levels};
}

void finish_last_layer(const Graph& graph, LayerDraft& draft) {
  for (const ScalarOp& op : draft.chain) {
    if (!op.positive_scale() && !op.is_neutral()) {
      graph.refuse(*op.node,
                   fmt::format("changes the scores after the last layer '{}'{}; scores are raw accumulators, so "
                               "only a multiplication by one positive number can stand there now",
                               draft.node->name, op.node == draft.node ? " (its bias)" : ""));
    }
  }
  Layer& layer = draft.layer;
  set_weights(graph, draft, true);
  if (draft.pool) {
    layer.pooling = draft.pool->pooling;
    layer.pooling.stage = PoolStage::BeforeThresholds;
  }
  accumulator_ranges(graph, draft);
  layer.threshold_bits = 0;
  layer.output_bits = 0;
}

}  // namespace spinvp::network::onnx
