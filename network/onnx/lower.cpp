#include "network/onnx/lower.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "network/onnx/fold.h"
#include "network/onnx/fold_sum.h"
#include "network/onnx/pool_placement.h"

namespace spinvp::network::onnx {
namespace {

constexpr int most_level_bits = 12;

/// What a lowered draft gives its readers.
struct Output {
  int layer = image_input;
  bool is_levels = true;
  int bits = 8;
  double step = 1;                 ///< levels: real value = step * level
  PerChannel scale;                ///< values: real value = chain(scale * value)
  ScalarChain chain;               ///< values only
  std::vector<ValueRange> ranges;  ///< of values, one a channel

  /// A sum of levels that would have too many bits: the reader sums its accumulators instead.
  const LayerDraft::PoolingNode* deferred_sum = nullptr;
  Shape unpooled;
};

int bits_for(std::int64_t highest) {
  int bits = 1;
  while ((std::int64_t{1} << bits) - 1 < highest) {
    ++bits;
  }
  return bits;
}

class Lowering {
 public:
  Lowering(Graph& graph, DraftGraph& drafts) : graph_(graph), drafts_(drafts), outputs_(drafts.drafts.size()) {
    for (const LayerDraft& draft : drafts.drafts) {
      ++weight_readers_[draft.weights];
    }
  }

  IntegerGraph run() {
    IntegerGraph result;
    result.name = drafts_.name;
    result.input = drafts_.input;
    result.input_bits = drafts_.input_bits;
    for (const int index : drafts_.order) {
      LayerDraft& draft = drafts_.drafts[static_cast<std::size_t>(index)];
      Output output = lower(draft, index == drafts_.order.back());
      output.layer = static_cast<int>(result.layers.size());
      outputs_[static_cast<std::size_t>(index)] = std::move(output);
      result.layers.push_back(std::move(draft.layer));
    }
    return result;
  }

 private:
  Output lower(LayerDraft& draft, bool last) {
    const Output input = source_of(draft);
    draft.layer.source = input.layer;
    draft.layer.input_bits = input.bits;
    PerChannel scale = draft.layer.has_weights() ? set_weights(draft) : PerChannel{{1.0}};
    for (double& value : scale.values) {
      value *= input.step;
    }
    if (input.deferred_sum != nullptr) {
      take_up_sum(draft, input);
    }
    if (last) {
      return lower_scores(draft, scale);
    }
    return draft.gives_values() ? lower_values(draft, scale) : lower_levels(draft, scale);
  }

  /// The levels that a draft reads, with the scale on the way.
  Output source_of(const LayerDraft& draft) const {
    Output output;
    if (draft.source.draft != image_input) {
      output = outputs_[static_cast<std::size_t>(draft.source.draft)];
    }
    for (const ScalarOp& op : draft.source.chain) {
      output.step = op.apply(0, output.step);
    }
    return output;
  }

  PerChannel set_weights(LayerDraft& draft) {
    Layer& layer = draft.layer;
    const auto found = graph_.constants.find(draft.weights);
    std::optional<QuantisedWeights> weights = quantise_weights(found->second, draft.order);
    if (!weights) {
      graph_.refuse(*draft.node,
                    "its weights are not quantised; expected a positive scale (one, or one an output channel) times "
                    "-1 and +1, times -1, 0 and +1, times signed integers of at most 8 bits, or times odd integers "
                    "from -255 to 255");
    }
    if (--weight_readers_[draft.weights] == 0) {
      graph_.constants.erase(found);
    }
    layer.weight_kind = weights->kind;
    layer.weight_bits = weights->bits;
    layer.weights = std::move(weights->levels);
    for (double& scale : weights->scale.values) {
      scale *= draft.gain;
    }
    return weights->scale;
  }

  /// A layer of one pixel on the means of a map gives the means of that layer on the map.
  void take_up_sum(LayerDraft& draft, const Output& input) const {
    Layer& layer = draft.layer;
    const bool one_pixel = layer.kernel_height == 1 && layer.kernel_width == 1 &&
                           layer.convolved.height == layer.input.height && layer.convolved.width == layer.input.width;
    if (!layer.has_weights() || !one_pixel || draft.pool || draft.residual) {
      refuse_sum(input);
    }
    layer.kind = LayerKind::Convolution;
    layer.input = input.unpooled;
    layer.convolved = Shape{input.unpooled.height, input.unpooled.width, layer.kernels};
    draft.pool = *input.deferred_sum;
    draft.pool->position = 0;
  }

  [[noreturn]] void refuse_sum(const Output& input) const {
    const Pooling& pooling = input.deferred_sum->pooling;
    const std::int64_t window = std::int64_t{pooling.kernel_height} * pooling.kernel_width;
    graph_.refuse(
        *input.deferred_sum->node,
        fmt::format("sums {} activations of {} bits, {} bits together; at most {} can be run, or more where "
                    "layers of one pixel alone read them",
                    window, input.bits, bits_for(((std::int64_t{1} << input.bits) - 1) * window), most_level_bits));
  }

  std::vector<ValueRange> ranges_of(const LayerDraft& draft) const {
    std::vector<ValueRange> ranges = accumulator_ranges(draft.layer);
    for (std::size_t kernel = 0; kernel < ranges.size(); ++kernel) {
      if (ranges[kernel].low <= std::numeric_limits<std::int32_t>::min() ||
          ranges[kernel].high >= std::numeric_limits<std::int32_t>::max()) {
        graph_.refuse(*draft.node, fmt::format("the accumulators of output channel {} reach {} .. {}, beyond 32 bits",
                                               kernel, ranges[kernel].low, ranges[kernel].high));
      }
    }
    return ranges;
  }

  static void divide(PerChannel& scale, std::int64_t averaged) {
    for (double& value : scale.values) {
      value /= static_cast<double>(averaged);
    }
  }

  Output lower_scores(LayerDraft& draft, PerChannel& scale) const {
    const PoolPlacement placement = place_pooling_of_values(graph_, draft);
    draft.layer.pooling = placement.pooling;
    divide(scale, placement.averaged);
    const std::vector<ValueRange> ranges = ranges_of(draft);
    const bool as_they_are =
        scale.uniform() && std::all_of(draft.chain.begin(), draft.chain.end(),
                                       [](const ScalarOp& op) { return op.positive_scale() || op.is_neutral(); });
    if (!as_they_are) {
      draft.layer.affine = fold_scores(draft.chain, AccumulatorMeaning{scale, {}}, ranges);
    }
    return {};
  }

  Output lower_values(LayerDraft& draft, PerChannel& scale) const {
    const PoolPlacement placement = place_pooling_of_values(graph_, draft);
    draft.layer.pooling = placement.pooling;
    divide(scale, placement.averaged);
    Output output;
    output.is_levels = false;
    output.ranges = ranges_of(draft);
    output.scale = scale;
    output.chain = draft.chain;
    return output;
  }

  Output lower_levels(LayerDraft& draft, PerChannel& scale) {
    Layer& layer = draft.layer;
    const PoolPlacement placement = place_pooling(graph_, draft);
    layer.pooling = placement.pooling;
    divide(scale, placement.averaged);
    const bool sums = layer.pooling.kind == PoolKind::Sum && layer.pooling.stage == PoolStage::AfterThresholds;
    ScalarChain chain = draft.chain;
    if (sums) {
      chain.resize(draft.pool->position);
    }
    FoldedActivation folded = fold_levels(draft, chain, scale);
    if (folded.base != 0) {
      graph_.refuse(*draft.node, fmt::format("its activation falls to {:g}, not to 0", folded.base));
    }
    layer.thresholds = std::move(folded.thresholds);
    layer.threshold_bits = folded.bits;
    Output output;
    output.bits = folded.bits;
    output.step = folded.step;
    if (sums) {
      add_up_levels(draft, output);
    }
    layer.output_bits = output.bits;
    return output;
  }

  /// A mean of levels is their sum, whose scale moves on; where it has too many bits, the mean moves on as a whole.
  void add_up_levels(LayerDraft& draft, Output& output) const {
    Layer& layer = draft.layer;
    output.step *= scale_after_sum(graph_, draft);
    const std::int64_t window = std::int64_t{layer.pooling.kernel_height} * layer.pooling.kernel_width;
    const int bits = bits_for(((std::int64_t{1} << output.bits) - 1) * window);
    if (bits <= most_level_bits) {
      output.bits = bits;
      output.step /= static_cast<double>(window);
      return;
    }
    output.deferred_sum = &*draft.pool;
    output.unpooled = layer.convolved;
    layer.pooling = Pooling{};
    layer.output = layer.convolved;
  }

  FoldedActivation fold_levels(LayerDraft& draft, const ScalarChain& chain, const PerChannel& scale) {
    try {
      return draft.residual ? fold_residual(draft, chain, scale)
                            : fold(chain, AccumulatorMeaning{scale, {}}, ranges_of(draft));
    } catch (const Unfoldable& reason) {
      graph_.refuse(draft.residual ? *draft.residual->node : *draft.node, reason.what());
    }
  }

  FoldedActivation fold_residual(LayerDraft& draft, const ScalarChain& chain, const PerChannel& scale) {
    const Output& operand = outputs_[static_cast<std::size_t>(draft.residual->operand.draft)];
    if (operand.deferred_sum != nullptr) {
      refuse_sum(operand);
    }
    const auto position = static_cast<std::ptrdiff_t>(draft.residual->position);
    QuantisedSum sum;
    sum.main.assign(chain.begin(), chain.begin() + position);
    sum.post.assign(chain.begin() + position, chain.end());
    sum.meaning.scale = scale;
    sum.accumulators = ranges_of(draft);
    sum.other = operand.chain;
    const ScalarChain& behind = draft.residual->operand.chain;
    sum.other.insert(sum.other.end(), behind.begin(), behind.end());
    sum.adds_levels = operand.is_levels;
    sum.other_scale = operand.is_levels ? PerChannel{{operand.step}} : operand.scale;
    sum.values = operand.is_levels
                     ? std::vector<ValueRange>(sum.accumulators.size(), {0, (std::int64_t{1} << operand.bits) - 1})
                     : operand.ranges;
    FoldedSum folded = fold_sum(sum);
    draft.layer.residual = Residual{operand.layer, folded.fraction_bits, std::move(folded.multipliers)};
    return std::move(folded.activation);
  }

  Graph& graph_;
  DraftGraph& drafts_;
  std::vector<Output> outputs_;
  std::unordered_map<std::string, int> weight_readers_;
};

}  // namespace

IntegerGraph lower(Graph& graph, DraftGraph drafts) {
  return Lowering(graph, drafts).run();
}

}  // namespace spinvp::network::onnx
