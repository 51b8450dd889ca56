#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "network/onnx/lower/image_layer.h"
#include "network/onnx/lower/lowering.h"

namespace spinvp::network::onnx {
namespace {

bool is_half(const PerChannel& zero) {
  return std::all_of(zero.values.begin(), zero.values.end(),
                     [](double value) { return std::fmod(2 * value, 1.0) == 0; });
}

std::vector<ValueRange> ranges_of_map(const ConstantMap& map) {
  const auto channels = static_cast<std::size_t>(map.shape.channels);
  std::vector<ValueRange> ranges(channels);
  for (std::size_t i = 0; i < map.values.size(); ++i) {
    ValueRange& range = ranges[i % channels];
    range.low = std::min<std::int64_t>(range.low, map.values[i]);
    range.high = std::max<std::int64_t>(range.high, map.values[i]);
  }
  return ranges;
}

PerChannel unit_of_sums(PerChannel scale, double step, int fraction) {
  for (double& value : scale.values) {
    value = std::ldexp(value * step, -fraction);
  }
  return scale;
}

/// What the zeros of all channels add to each kernel, in numbers without the weights' scale.
std::vector<double> offsets_in_numbers(const Layer& layer, const InputLevels& input) {
  PerChannel origin{std::vector<double>(static_cast<std::size_t>(layer.input.channels))};
  for (std::size_t channel = 0; channel < origin.values.size(); ++channel) {
    origin.values[channel] = input.zero[channel] * input.step[channel];
  }
  return accumulator_offsets(layer, layer.weights, origin);
}

}  // namespace

AccumulatorMeaning Lowering::without_weights(const Output& source) {
  return AccumulatorMeaning{source.levels.step, source.levels.zero};
}

AccumulatorMeaning Lowering::with_weights(LayerDraft& draft, const Output& source) {
  Layer& layer = draft.layer;
  const PerChannel scale = set_weights(draft);
  const InputLevels input = source.levels.behind(draft.source.chain, static_cast<std::size_t>(layer.input.channels));
  if (!input.step.uniform()) {
    return from_parts(draft, input, scale);
  }
  if (*input.step.uniform() == 0) {
    graph_.refuse(*draft.node, "its input is multiplied by zero");
  }
  AccumulatorMeaning meaning{scale, PerChannel{accumulator_offsets(layer, layer.weights, input.zero)}};
  for (double& value : meaning.scale.values) {
    value *= *input.step.uniform();
  }
  if (draft.is_padded()) {
    set_padding(draft, input, scale);
  }
  return meaning;
}

PerChannel Lowering::set_weights(LayerDraft& draft) {
  Layer& layer = draft.layer;
  const auto found = graph_.constants.find(draft.weights);
  std::optional<QuantisedWeights> weights = quantise_weights(found->second, draft.order);
  if (!weights) {
    graph_.refuse(*draft.node,
                  fmt::format("its weights are not quantised: {}; expected a positive scale (one, or one an output "
                              "channel) times -1 and +1, times -1, 0 and +1, times signed integers of at most 8 bits, "
                              "or times odd integers from -255 to 255; or quantise the model on the way: --quantize",
                              explain_misfit(found->second, draft.order)));
  }
  if (--weight_readers_[draft.weights] == 0) {
    graph_.constants.erase(found);
  }
  layer.weight_kind = weights->kind;
  layer.weight_bits = weights->bits;
  layer.weights = std::move(weights->levels);
  PerChannel scale = std::move(weights->scale);
  scale.values.resize(static_cast<std::size_t>(layer.kernels), scale.values[0]);
  for (double& value : scale.values) {
    value *= draft.gain;
  }
  return scale;
}

/// Padding with the level that stands for the model's number, or with zeros and a map of what that gets wrong.
void Lowering::set_padding(LayerDraft& draft, const InputLevels& input, const PerChannel& scale) {
  const std::optional<int> level =
      input.common_level_of(draft.pad_value, static_cast<std::size_t>(draft.layer.input.channels));
  if (level) {
    draft.layer.pad_level = *level;
    return;
  }
  const double step = *input.step.uniform();
  add_padding_map(draft, input, scale, step,
                  fraction_bits_of_sums(draft.layer, draft.layer.weights, input, draft.pad_value, step));
}

void Lowering::add_padding_map(LayerDraft& draft, const InputLevels& input, const PerChannel& scale, double step,
                               int fraction) {
  if (draft.residual) {
    graph_.refuse(*draft.node, fmt::format("pads with {}, which is no level of its input, and a sum stands behind "
                                           "it; expected padding that is a level, or no sum",
                                           draft.pad_value));
  }
  ConstantMap map = padding_map(draft.layer, draft.layer.weights, input, draft.pad_value, step, fraction);
  Output output;
  output.constant = static_cast<int>(result_.graph.constants.size());
  output.is_levels = false;
  output.scale = unit_of_sums(scale, step, fraction);
  output.ranges = ranges_of_map(map);
  result_.graph.constants.push_back(std::move(map));
  add_to(draft, std::move(output));
  result_.notes.push_back(
      fmt::format("node '{}' ({}): its padding with {} lies between the levels of its input; it is added as a map of "
                  "constants{}",
                  draft.node->name, draft.node->op, draft.pad_value,
                  input.step.uniform() && is_half(input.zero)
                      ? ""
                      : fmt::format(", rounded to 2^-{} of what an accumulator counts", fraction)));
}

/// Makes an output that is no draft's the draft's residual, before all operations.
void Lowering::add_to(LayerDraft& draft, Output output) {
  outputs_.push_back(std::move(output));
  const int index = static_cast<int>(outputs_.size()) - 1;
  draft.residual = LayerDraft::ResidualNode{draft.node, Reading{index, {}}, 0};
}

/// A layer on an image whose channels have scales of their own: a layer of accumulators for each scale, summed up.
AccumulatorMeaning Lowering::from_parts(LayerDraft& draft, const InputLevels& input, const PerChannel& scale) {
  Layer& layer = draft.layer;
  if (draft.source.draft != image_input || draft.residual) {
    graph_.refuse(*draft.node, draft.residual ? "reads an image whose channels have scales of their own, and a sum "
                                                "stands behind it; expected one scale for all channels"
                                              : "its input has a scale for each channel; expected one for all");
  }
  std::vector<ImagePart> parts = split_by_step(layer, layer.weights, input);
  const std::vector<double> offsets = offsets_in_numbers(layer, input);
  // All sums in between count the same fraction of what the last layer's accumulators count, so that adding them up
  // multiplies by powers of two alone.
  const double step = parts.back().step;
  const int fraction = fraction_bits_of_sums(layer, layer.weights, input, draft.pad_value, step);
  const PerChannel unit = unit_of_sums(scale, step, fraction);
  if (draft.is_padded()) {
    const std::optional<int> level =
        input.common_level_of(draft.pad_value, static_cast<std::size_t>(layer.input.channels));
    if (level) {
      layer.pad_level = *level;  // of all parts
    } else {
      add_padding_map(draft, input, scale, step, fraction);
    }
  }
  if (layer.weight_kind == WeightKind::Binary) {  // other channels' weights are zero
    layer.weight_bits = layer.weight_bits == 1 ? 2 : layer.weight_bits + 1;
    layer.weight_kind = layer.weight_bits == 2 ? WeightKind::Ternary : WeightKind::Integer;
  }
  double error = 0;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    error += add_part(draft, parts[i], scale, unit, i);
  }
  result_.notes.push_back(fmt::format(
      "node '{}' ({}): the image's channels have scales of their own; {} layers of one scale each are added up{}",
      draft.node->name, draft.node->op, parts.size(),
      error > 0 ? fmt::format(", sums in between rounded to {:.1e} of the largest", error) : ""));
  layer.weights = std::move(parts.back().weights);
  AccumulatorMeaning meaning{scale, PerChannel{offsets}};
  for (std::size_t kernel = 0; kernel < offsets.size(); ++kernel) {
    meaning.scale.values[kernel] *= step;
    meaning.offset.values[kernel] /= step;
  }
  return meaning;
}

/// A layer for one scale whose sums the next part adds; gives the relative error of rounding.
double Lowering::add_part(LayerDraft& draft, const ImagePart& part, const PerChannel& scale, const PerChannel& unit,
                          std::size_t index) {
  LayerDraft one;
  one.node = draft.node;
  one.layer = draft.layer;
  one.layer.name = fmt::format("{}.{}", draft.layer.name, index);
  one.layer.weights = part.weights;
  one.layer.output = one.layer.convolved;
  AccumulatorMeaning meaning{scale, PerChannel{{0.0}}};
  for (double& value : meaning.scale.values) {
    value *= part.step;
  }
  one.residual = std::move(draft.residual);
  draft.residual.reset();
  double error = 0;
  Output output = one.residual ? lower_value_sum(one, meaning, false, &unit, &error) : lower_values(one, meaning);
  output.layer = add_layer(std::move(one.layer));
  add_to(draft, std::move(output));
  return error;
}

}  // namespace spinvp::network::onnx
