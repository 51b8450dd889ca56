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

std::string compare_layer(const network::Layer& layer, const network::LayerOutput& output,
                          const network::FloatReference::Map& expected) {
  if (expected.numbers.size() != output.values.size()) {
    return fmt::format("{}: {} values, expected {}", layer.name, output.values.size(), expected.numbers.size());
  }
  double largest_real = 0;
  double largest_integer = 0;
  for (std::size_t i = 0; i < output.values.size(); ++i) {
    largest_real = std::max(largest_real, std::fabs(expected.numbers[i]));
    largest_integer = std::max(largest_integer, std::fabs(static_cast<double>(output.values[i])));
  }
  double factor = largest_integer == 0 ? 1 : largest_real / largest_integer;
  double offset = 0;
  double tolerance = 1e-6 * std::max(1.0, largest_real);
  if (layer.base != 0) {
    factor = layer.step;
    offset = layer.base;
  }
  if (!layer.affine.gains.empty()) {  // scores count a power of two and are rounded
    factor = std::exp2(std::nearbyint(std::log2(factor)));
    tolerance = 2 * factor + 1e-7 * largest_real;
  }
  for (std::size_t i = 0; i < output.values.size(); ++i) {
    const double real = expected.numbers[chw_index(output.shape, i)];
    if (std::fabs(real - offset - output.values[i] * factor) > tolerance) {
      return fmt::format("{}: element {} is {}, expected {} = {} * {} + {}", layer.name, i, output.values[i], real,
                         (real - offset) / factor, factor, offset);
    }
  }
  return "";
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
        return node.input(0);
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
    const std::string found = value.empty() ? "" : compare_layer(graph.layers[index], outputs[index], values.at(value));
    if (!found.empty()) {
      return found;
    }
  }
  return "";
}

network::FloatReference reference_of(const ::onnx::ModelProto& model) {
  return network::FloatReference(model.SerializeAsString(), "test.onnx", std::nullopt);
}

}  // namespace

std::string difference(const ::onnx::ModelProto& model, const network::IntegerGraph& graph,
                       const std::vector<std::uint8_t>& image) {
  return difference(reference_of(model), model, graph, image);
}

std::string difference_on_random_images(const ::onnx::ModelProto& model, std::uint32_t seed, int count) {
  const network::IntegerGraph graph = import(model);
  const network::FloatReference reference = reference_of(model);
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
