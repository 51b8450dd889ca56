#include "network/support/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "network/float_reference.h"
#include "network/reference.h"
#include "network/support/model_builder.h"

namespace spinvp::test {
namespace {

/// Index in CHW order of element `index` in HWC order.
std::size_t chw_index(const network::Shape& shape, std::size_t index) {
  const auto channels = static_cast<std::size_t>(shape.channels);
  const std::size_t pixels = shape.elements() / channels;
  return index % channels * pixels + index / channels;
}

/// How far scores may lie from the model's, in their unit: see docs/networks.md, Exactness; and what weights lose that
/// float32 keeps as levels times a scale: of each weight, so with the whole input, not only what lies above its base,
/// and with all positions of a mean taken behind the weights.
double rounding_of(const network::Layer& layer, const network::Layer* source) {
  const std::size_t count = layer.weights_per_kernel();
  double largest = 0;
  for (std::size_t first = 0; first < layer.weights.size(); first += count) {
    double sum = 0;
    for (std::size_t i = first; i < first + count; ++i) {
      sum += std::abs(layer.weights[i]);
    }
    largest = std::max(largest, sum * ((1 << layer.input_bits) - 1));
  }
  double gain = 0;
  for (const std::int32_t factor : layer.affine.gains) {
    gain = std::max(gain, std::ldexp(std::fabs(factor), -layer.affine.shift));
  }
  const double levels = (1 << layer.input_bits) - 1;
  const double base = source != nullptr && source->step > 0 ? std::fabs(source->base) / source->step : 0;
  const double positions =
      static_cast<double>(layer.convolved.height * layer.convolved.width) / (layer.output.height * layer.output.width);
  largest *= positions;
  const double reached = largest * (1 + base / levels);
  return 1 + (largest + 1) / std::ldexp(2, layer.affine.shift) + reached * gain * std::ldexp(1, -23);
}

std::string compare_layer(const network::Layer& layer, const network::Layer* source, const network::LayerOutput& output,
                          const network::FloatReference::Map& expected, bool channels_last) {
  const bool is_mean_later = layer.gives_levels() && output.shape.elements() > expected.numbers.size() &&
                             expected.numbers.size() == static_cast<std::size_t>(output.shape.channels);
  if (is_mean_later) {  // taken behind the layer that reads it
    return "";
  }
  if (expected.numbers.size() != output.values.size()) {
    return fmt::format("{}: {} values, expected {}", layer.name, output.values.size(), expected.numbers.size());
  }
  const auto real_of = [&](std::size_t i) { return expected.numbers[channels_last ? i : chw_index(output.shape, i)]; };
  double largest_real = 0;
  std::size_t low = 0;
  std::size_t high = 0;
  for (std::size_t i = 0; i < output.values.size(); ++i) {
    largest_real = std::max(largest_real, std::fabs(real_of(i)));
    low = output.values[i] < output.values[low] ? i : low;
    high = output.values[i] > output.values[high] ? i : high;
  }
  double factor = layer.step;
  double base = 0;
  double tolerance = 1e-6 * std::max(1.0, largest_real);
  if (layer.gives_levels()) {  // affine operations on the way to the reader change step and base
    const bool constant = output.values[low] == output.values[high];
    factor = constant ? 0 : (real_of(high) - real_of(low)) / (output.values[high] - output.values[low]);
    base = real_of(low) - factor * output.values[low];
  } else if (!layer.affine.gains.empty()) {  // rounded to their unit
    tolerance = (1 + rounding_of(layer, source)) * factor + 1e-9 * largest_real;
  }
  for (std::size_t i = 0; i < output.values.size(); ++i) {
    if (std::fabs(real_of(i) - base - output.values[i] * factor) > tolerance) {
      return fmt::format("{}: element {} is {}, which stands for {}, expected {}", layer.name, i, output.values[i],
                         base + output.values[i] * factor, real_of(i));
    }
  }
  return "";
}

bool is_output_of(const ::onnx::ModelProto& model, const std::string& value, const std::string& op) {
  const auto& nodes = model.graph().node();
  return std::any_of(nodes.begin(), nodes.end(),
                     [&](const auto& node) { return node.op_type() == op && node.output(0) == value; });
}

/// Whether a value's channels vary fastest: whether the last Transpose before it moved them to the end.
bool has_channels_last(const ::onnx::ModelProto& model, std::string value) {
  const auto& nodes = model.graph().node();
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {  // in the order of computation
    if (node->output(0) != value || node->input_size() == 0) {
      continue;
    }
    if (node->op_type() == "Transpose") {
      const auto& order = node->attribute(0).ints();
      return order.size() == 4 && order[3] == 1;
    }
    const bool is_computed = std::any_of(nodes.begin(), nodes.end(),
                                         [&](const auto& earlier) { return earlier.output(0) == node->input(0); });
    value = is_computed || node->input_size() == 1 ? node->input(0) : node->input(1);
  }
  return false;
}

/// The ONNX value that a layer's output stands for: what a layer with weights reads behind it, or the scores. Empty
/// when only layers without weights and sums read it.
std::string value_of(const ::onnx::ModelProto& model, const network::IntegerGraph& graph, std::size_t index) {
  if (index + 1 == graph.layers.size()) {
    return model.graph().output(0).name();
  }
  for (const network::Layer& reader : graph.layers) {
    for (const auto& node : model.graph().node()) {
      if (reader.source == static_cast<int>(index) && reader.has_weights() && node.name() == reader.name) {
        const bool rearranged =
            is_output_of(model, node.input(0), "Pad") || is_output_of(model, node.input(0), "Slice");
        return rearranged ? "" : node.input(0);
      }
    }
  }
  return "";
}

std::string difference(const network::FloatReference& reference, const ::onnx::ModelProto& model,
                       const network::IntegerGraph& graph, const std::vector<std::uint8_t>& image) {
  const auto outputs = network::run_reference(graph, image.data());
  const auto values = reference.run_all(image.data(), graph.input);
  for (std::size_t index = 0; index < graph.layers.size(); ++index) {
    const std::string value = value_of(model, graph, index);
    const int source = graph.layers[index].source;
    const network::Layer* read = source < 0 ? nullptr : &graph.layers[static_cast<std::size_t>(source)];
    const std::string found = value.empty() ? ""
                                            : compare_layer(graph.layers[index], read, outputs[index], values.at(value),
                                                            has_channels_last(model, value));
    if (!found.empty()) {
      return found;
    }
  }
  return "";
}

network::FloatReference reference_of(const ::onnx::ModelProto& model,
                                     const std::optional<network::InputScaling>& scaling) {
  return network::FloatReference(model.SerializeAsString(), "test.onnx", scaling);
}

}  // namespace

std::string difference(const ::onnx::ModelProto& model, const network::IntegerGraph& graph,
                       const std::vector<std::uint8_t>& image) {
  return difference(reference_of(model, std::nullopt), model, graph, image);
}

Comparison compare_on_random_images(const ::onnx::ModelProto& model, std::uint32_t seed, int count,
                                    const std::optional<network::InputScaling>& scaling) {
  // Of a step: weights are levels times a scale only to float32's last bit, so that sums which are exact multiples for
  // the chip lie this far beside them in the model.
  constexpr double nearest_told_apart = 1e-7;
  const network::IntegerGraph graph = import(model, scaling).graph;
  const network::FloatReference reference = reference_of(model, scaling);
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> byte(0, 255);
  Comparison result;
  for (int run = 0; run < count; ++run) {
    std::vector<std::uint8_t> image(graph.input.elements());
    std::generate(image.begin(), image.end(), [&] { return static_cast<std::uint8_t>(byte(random)); });
    const std::string found = difference(reference, model, graph, image);
    if (found.empty()) {
      continue;
    }
    if (reference.run(image.data(), graph.input).nearest.distance < nearest_told_apart) {
      ++result.on_boundaries;
    } else {
      result.difference = fmt::format("seed {}, image {}: {}", seed, run, found);
      break;
    }
  }
  return result;
}

std::string difference_on_random_images(const ::onnx::ModelProto& model, std::uint32_t seed, int count,
                                        const std::optional<network::InputScaling>& scaling) {
  const network::IntegerGraph graph = import(model, scaling).graph;
  const network::FloatReference reference = reference_of(model, scaling);
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> byte(0, 255);
  for (int run = 0; run < count; ++run) {
    std::vector<std::uint8_t> image(graph.input.elements());
    std::generate(image.begin(), image.end(), [&] { return static_cast<std::uint8_t>(byte(random)); });
    const std::string found = difference(reference, model, graph, image);
    if (!found.empty()) {
      return fmt::format("seed {}, image {}: {}", seed, run, found);
    }
  }
  return "";
}

}  // namespace spinvp::test
