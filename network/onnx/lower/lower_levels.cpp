#include <fmt/format.h>

#include <algorithm>

#include "network/onnx/lower/level_shift.h"
#include "network/onnx/lower/lowering.h"

namespace spinvp::network::onnx {
namespace {

constexpr int most_level_bits = 12;

int bits_for(std::int64_t highest) {
  int bits = 1;
  while ((std::int64_t{1} << bits) - 1 < highest) {
    ++bits;
  }
  return bits;
}

}  // namespace

/// Beside accumulators such a sum would be weighed with few bits: one of its units counts 2^-20 of an accumulator or
/// less, of which 31 fraction bits leave a handful. Thresholds on the sum of both alone lose nothing.
void Lowering::keep_sum(LayerDraft& draft, const AccumulatorMeaning& meaning) {
  const auto position = static_cast<std::ptrdiff_t>(draft.residual->position);
  LayerDraft sum = draft;
  sum.layer.name += ".sum";
  sum.layer.output = sum.layer.convolved;
  sum.pool.reset();
  sum.chain.resize(draft.residual->position);
  Output output = lower_value_sum(sum, meaning, false);
  output.layer = add_layer(std::move(sum.layer));
  const Node* node = draft.residual->node;
  add_to(draft, std::move(output));
  draft.residual->node = node;
  draft.chain.erase(draft.chain.begin(), draft.chain.begin() + position);
  draft.bias_operations = 0;
  if (draft.pool) {
    draft.pool->position -= static_cast<std::size_t>(position);
  }
  draft.ignores_accumulators = true;
}

Output Lowering::lower_levels(LayerDraft& draft, AccumulatorMeaning& meaning, int index) {
  Layer& layer = draft.layer;
  if (draft.residual && !draft.ignores_accumulators &&
      outputs_[static_cast<std::size_t>(draft.residual->operand.draft)].is_fixed_point) {
    keep_sum(draft, meaning);
  }
  if (draft.ignores_accumulators) {
    meaning = {PerChannel{std::vector<double>(static_cast<std::size_t>(layer.kernels))},
               PerChannel{std::vector<double>(static_cast<std::size_t>(layer.kernels))}};
  }
  place(draft, place_pooling(graph_, draft, meaning), meaning);
  FoldedActivation folded = fold_levels(draft, draft.chain, meaning);
  const bool sums = layer.pooling.kind == PoolKind::Sum && layer.pooling.stage == PoolStage::AfterThresholds;
  InputLevels levels{folded.bits, PerChannel{{folded.step}}, PerChannel{{folded.base_in_steps()}}};
  if (!sums) {
    make_room_for_padding(index, draft.residual.has_value(), folded, levels);
  }
  require_low_padding(draft, levels);
  layer.thresholds = std::move(folded.thresholds);
  layer.threshold_bits = levels.bits;
  Output output;
  output.levels = std::move(levels);
  if (sums) {
    add_up_levels(draft, output);
  }
  layer.output_bits = output.levels.bits;
  layer.step = output.levels.step[0];
  layer.base = output.levels.zero[0] * layer.step;
  return output;
}

FoldedActivation Lowering::fold_levels(LayerDraft& draft, const ScalarChain& chain, const AccumulatorMeaning& meaning) {
  try {
    if (!draft.residual) {
      return fold(chain, meaning, ranges_of(draft));
    }
    const QuantisedSum sum = sum_of(draft, chain, meaning);
    FoldedSum folded = fold_sum(sum);
    if (!folded.is_exact && draft.residual->node != draft.node) {
      rounded_sums_.see(*draft.residual->node, sum.values, folded.fraction_bits);
    }
    draft.layer.residual.fraction_bits = folded.fraction_bits;
    draft.layer.residual.multipliers = std::move(folded.multipliers);
    return std::move(folded.activation);
  } catch (const Unfoldable& reason) {
    graph_.refuse(draft.residual ? *draft.residual->node : *draft.node, reason.what());
  }
}

/// Levels between or below those of the activation, where the padding of a layer that reads them needs one.
void Lowering::make_room_for_padding(int index, bool wide, FoldedActivation& folded, InputLevels& levels) const {
  for (const LayerDraft& reader : drafts_.drafts) {
    if (reader.source.draft == index && reader.layer.has_weights() && reader.is_padded()) {
      const InputLevels seen = levels.behind(reader.source.chain, 1);
      shift_levels(folded.thresholds, wide, levels, seen.level_of(0, reader.pad_value));
    }
  }
}

/// Padding that a Pad node put before a maximum must never be the largest.
void Lowering::require_low_padding(const LayerDraft& draft, const InputLevels& levels) const {
  if (!draft.pool || !draft.pool->pads_explicitly) {
    return;
  }
  const ScalarChain behind(draft.chain.begin() + static_cast<std::ptrdiff_t>(draft.pool->position), draft.chain.end());
  for (std::size_t channel = 0; channel < static_cast<std::size_t>(draft.layer.kernels); ++channel) {
    const double seen = evaluate(behind, channel, draft.pool->pad_value);
    if (levels.level_of(0, seen) > 1e-6) {
      graph_.refuse(*draft.pool->node, fmt::format("takes the maximum of values and padding with {}, which can be "
                                                   "the largest; expected padding that never is",
                                                   draft.pool->pad_value));
    }
  }
}

/// A mean of levels is their sum, whose scale moves on; where it has too many bits, the mean moves on as a whole.
void Lowering::add_up_levels(LayerDraft& draft, Output& output) const {
  Layer& layer = draft.layer;
  InputLevels& levels = output.levels;
  const std::int64_t window = std::int64_t{layer.pooling.kernel_height} * layer.pooling.kernel_width;
  if (layer.pooling.is_padded() && levels.zero.uniform() != 0.0) {
    graph_.refuse(*draft.pool->node,
                  "averages levels of which the lowest is not 0 with its padding; expected it "
                  "without padding");
  }
  const int bits = bits_for(((std::int64_t{1} << levels.bits) - 1) * window);
  if (bits <= most_level_bits) {
    levels.bits = bits;
    levels.step.values[0] /= static_cast<double>(window);
    levels.zero.values[0] *= static_cast<double>(window);
    return;
  }
  if (layer.pooling.is_padded()) {
    graph_.refuse(*draft.pool->node, fmt::format("sums {} levels of {} bits and padding; at most {} bits together "
                                                 "can be run with padding",
                                                 window, levels.bits, most_level_bits));
  }
  output.deferred_sum = &*draft.pool;
  output.unpooled = layer.convolved;
  layer.pooling = Pooling{};
  layer.output = layer.convolved;
}

/// A layer of one pixel on the means of a map gives the means of that layer on the map; one without weights adds up the
/// levels themselves.
void Lowering::take_up_sum(LayerDraft& draft, const Output& input) const {
  Layer& layer = draft.layer;
  const bool one_pixel = layer.kernel_height == 1 && layer.kernel_width == 1 &&
                         layer.convolved.height == layer.input.height && layer.convolved.width == layer.input.width;
  if (!one_pixel || draft.pool || draft.residual || draft.is_padded()) {
    refuse_sum(input);
  }
  if (layer.has_weights()) {
    layer.kind = LayerKind::Convolution;
  }
  layer.input = input.unpooled;
  layer.convolved = Shape{input.unpooled.height, input.unpooled.width, layer.kernels};
  draft.pool = *input.deferred_sum;
  draft.pool->position = 0;
}

void Lowering::refuse_sum(const Output& input) const {
  const Pooling& pooling = input.deferred_sum->pooling;
  const std::int64_t window = std::int64_t{pooling.kernel_height} * pooling.kernel_width;
  const int bits = input.levels.bits;
  graph_.refuse(*input.deferred_sum->node,
                fmt::format("sums {} activations of {} bits, {} bits together; at most {} can be run, or more where "
                            "layers of one pixel alone read them",
                            window, bits, bits_for(((std::int64_t{1} << bits) - 1) * window), most_level_bits));
}

}  // namespace spinvp::network::onnx
