#include "network/onnx/lower/lower.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "network/onnx/lower/lowering.h"
#include "network/onnx/lower/value_sum.h"

namespace spinvp::network::onnx {
namespace {

/// What a score counts: the power of two that the affine step was made for.
double unit_of(const Affine& affine, const ScalarChain& chain, const AccumulatorMeaning& meaning) {
  for (std::size_t channel = 0; channel < affine.gains.size(); ++channel) {
    if (affine.gains[channel] != 0) {
      const double unit = gain_of(chain, channel) * meaning.scale[channel] / affine.gains[channel];
      return std::exp2(std::round(std::log2(unit)) + affine.shift);
    }
  }
  return 1;
}

}  // namespace

void RoundedSums::see(const Node& node, const std::vector<ValueRange>& values, int fraction_bits) {
  first_ = count_++ == 0 ? node.name : first_;
  for (const ValueRange& range : values) {
    const auto largest = static_cast<double>(std::max(std::abs(range.low), std::abs(range.high)));
    widest_ = std::max(widest_, std::ldexp(largest + 2, -fraction_bits - 1));
  }
}

std::string RoundedSums::note() const {
  if (count_ == 0) {
    return "";
  }
  return fmt::format(
      "node '{}'{}: sums of two layers meet thresholds in fixed point; a sum nearer to one than {:.1e} of "
      "what an accumulator counts can fall on its other side",
      first_, count_ > 1 ? fmt::format(" and {} more", count_ - 1) : "", widest_);
}

Lowering::Lowering(Graph& graph, DraftGraph& drafts) : graph_(graph), drafts_(drafts), outputs_(drafts.drafts.size()) {
  for (const LayerDraft& draft : drafts.drafts) {
    ++weight_readers_[draft.weights];
  }
}

ImportedNetwork Lowering::run() {
  result_.notes = std::move(drafts_.notes);
  IntegerGraph& graph = result_.graph;
  graph.name = drafts_.name;
  graph.input = drafts_.input;
  graph.input_bits = drafts_.input_bits;
  for (const int index : drafts_.order) {
    LayerDraft& draft = drafts_.drafts[static_cast<std::size_t>(index)];
    Output output = lower(draft, index);
    if (!leaves_out(draft, index, output)) {
      output.layer = add_layer(std::move(draft.layer));
    }
    outputs_[static_cast<std::size_t>(index)] = std::move(output);
  }
  const std::string rounded = rounded_sums_.note();
  if (!rounded.empty()) {
    result_.notes.push_back(rounded);
  }
  return std::move(result_);
}

int Lowering::add_layer(Layer layer) {
  result_.graph.layers.push_back(std::move(layer));
  return static_cast<int>(result_.graph.layers.size()) - 1;
}

Output Lowering::lower(LayerDraft& draft, int index) {
  const Output& source = source_of(draft);
  draft.layer.source = source.layer;
  draft.layer.input_bits = source.levels.bits;
  if (source.deferred_sum != nullptr) {
    take_up_sum(draft, source);
  }
  AccumulatorMeaning meaning = draft.layer.has_weights() ? with_weights(draft, source) : without_weights(source);
  if (!draft.gives_values() && !is_last(index)) {
    return lower_levels(draft, meaning, index);
  }
  return draft.residual   ? lower_value_sum(draft, meaning, is_last(index))
         : is_last(index) ? lower_scores(draft, meaning)
                          : lower_values(draft, meaning);
}

/// What a draft reads; the image has no entry.
const Output& Lowering::source_of(const LayerDraft& draft) const {
  static const Output image;
  return draft.source.draft == image_input ? image : outputs_[static_cast<std::size_t>(draft.source.draft)];
}

/// A layer without weights that changes nothing: the model quantises what is quantised already.
bool Lowering::leaves_out(const LayerDraft& draft, int index, Output& output) const {
  const Layer& layer = draft.layer;
  const auto is_added_to = [&](const LayerDraft& other) {
    return other.residual && other.residual->operand.draft == index;
  };
  if (std::any_of(drafts_.drafts.begin(), drafts_.drafts.end(), is_added_to)) {
    return false;
  }
  if (layer.has_weights() || !layer.gives_levels() || draft.residual || draft.pool ||
      layer.threshold_bits != layer.input_bits) {
    return false;
  }
  for (const ChannelThresholds& channel : layer.thresholds) {
    if (channel.direction != ChannelThresholds::Direction::Rising) {
      return false;
    }
    for (std::size_t i = 0; i < channel.values.size(); ++i) {
      if (channel.values[i] != static_cast<std::int64_t>(i) + 1) {
        return false;
      }
    }
  }
  output.layer = layer.source;
  return true;
}

std::vector<ValueRange> Lowering::ranges_of(const LayerDraft& draft) const {
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

void Lowering::place(LayerDraft& draft, const PoolPlacement& placement, AccumulatorMeaning& meaning) const {
  draft.layer.pooling = placement.pooling;
  const auto averaged = static_cast<double>(placement.averaged);
  for (double& value : meaning.scale.values) {
    value /= averaged;
  }
  for (double& value : meaning.offset.values) {
    value *= averaged;
  }
}

Output Lowering::lower_scores(LayerDraft& draft, AccumulatorMeaning& meaning) const {
  place(draft, place_pooling_of_values(graph_, draft, meaning), meaning);
  const std::vector<ValueRange> ranges = ranges_of(draft);
  const bool as_they_are = meaning.scale.uniform() && *meaning.scale.uniform() > 0 && meaning.offset.uniform() == 0.0 &&
                           std::all_of(draft.chain.begin(), draft.chain.end(),
                                       [](const ScalarOp& op) { return op.positive_scale() || op.is_neutral(); });
  if (!as_they_are) {
    draft.layer.affine = fold_scores(draft.chain, meaning, ranges);
  }
  draft.layer.step = gain_of(draft.chain, 0) * meaning.scale[0];
  if (!as_they_are) {
    draft.layer.step = unit_of(draft.layer.affine, draft.chain, meaning);
  }
  return {};
}

Output Lowering::lower_values(LayerDraft& draft, AccumulatorMeaning& meaning) const {
  place(draft, place_pooling_of_values(graph_, draft, meaning), meaning);
  Output output;
  output.is_levels = false;
  output.ranges = ranges_of(draft);
  output.scale = meaning.scale;
  if (meaning.offset.uniform() != 0.0) {
    PerChannel origin{std::vector<double>(output.ranges.size())};
    for (std::size_t channel = 0; channel < origin.values.size(); ++channel) {
      origin.values[channel] = meaning.offset[channel] * meaning.scale[channel];
    }
    output.chain.push_back(ScalarOp{ScalarOp::Kind::Add, std::move(origin), {}, draft.node});
  }
  output.chain.insert(output.chain.end(), draft.chain.begin(), draft.chain.end());
  return output;
}

/// A sum that nothing quantises: scores, or values for the next sum.
Output Lowering::lower_value_sum(LayerDraft& draft, const AccumulatorMeaning& meaning, bool last,
                                 const PerChannel* unit, double* error) {
  if (draft.pool) {
    graph_.refuse(*draft.pool->node, "pools a sum that is not quantised; place it behind an activation");
  }
  const ValueSum folded = fold_value_sum(sum_of(draft, draft.chain, meaning),
                                         unit != nullptr ? std::optional<PerChannel>(*unit) : std::nullopt);
  draft.layer.affine = folded.affine;
  draft.layer.residual.multipliers = folded.multipliers;
  draft.layer.step = folded.unit[0];
  if (error != nullptr) {
    *error = folded.error;
  } else {
    result_.notes.push_back(fmt::format(
        "node '{}' ({}): {} in fixed point, rounded to {:.1e} of the largest", draft.residual->node->name,
        draft.residual->node->op, last ? "scores are" : "its sum, which nothing quantises, is kept", folded.error));
  }
  Output output;
  output.is_levels = false;
  output.is_fixed_point = error == nullptr;
  output.scale = folded.unit;
  output.ranges = folded.ranges;
  return output;
}

/// The draft's sum, and the layer's residual without its scale.
QuantisedSum Lowering::sum_of(LayerDraft& draft, const ScalarChain& chain, const AccumulatorMeaning& meaning) const {
  const Output& operand = outputs_[static_cast<std::size_t>(draft.residual->operand.draft)];
  if (operand.deferred_sum != nullptr) {
    refuse_sum(operand);
  }
  const auto position = static_cast<std::ptrdiff_t>(draft.residual->position);
  QuantisedSum sum;
  sum.main.assign(chain.begin(), chain.begin() + position);
  sum.post.assign(chain.begin() + position, chain.end());
  sum.meaning = meaning;
  sum.accumulators = ranges_of(draft);
  sum.adds_levels = operand.is_levels;
  sum.other = operand.chain;
  if (operand.is_levels) {
    const double base = operand.levels.zero[0] * operand.levels.step[0];
    if (base != 0) {
      sum.other.push_back(ScalarOp{ScalarOp::Kind::Add, PerChannel{{base}}, {}, draft.node});
    }
    sum.other_scale = operand.levels.step;
    sum.values.assign(sum.accumulators.size(), {0, (std::int64_t{1} << operand.levels.bits) - 1});
  } else {
    sum.other_scale = operand.scale;
    sum.values = operand.ranges;
  }
  const ScalarChain& behind = draft.residual->operand.chain;
  sum.other.insert(sum.other.end(), behind.begin(), behind.end());
  draft.layer.residual.layer = operand.layer;
  draft.layer.residual.constant = operand.constant;
  return sum;
}

ImportedNetwork lower(Graph& graph, DraftGraph drafts) {
  return Lowering(graph, drafts).run();
}

}  // namespace spinvp::network::onnx
