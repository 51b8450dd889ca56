#include "network/support/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "network/reference.h"
#include "network/support/float_evaluator.h"
#include "network/support/model_builder.h"

namespace spinvp::test {
namespace {

/// Index in CHW order of element `index` in HWC order.
std::size_t chw_index(const network::Shape& shape, std::size_t index) {
  const auto channels = static_cast<std::size_t>(shape.channels);
  const std::size_t pixels = shape.elements() / channels;
  return index % channels * pixels + index / channels;
}

std::string compare_layer(const std::string& name, const network::LayerOutput& output, const FloatTensor& expected) {
  if (expected.values.size() != output.values.size()) {
    return fmt::format("{}: {} values, expected {}", name, output.values.size(), expected.values.size());
  }
  double largest_real = 0;
  double largest_integer = 0;
  for (std::size_t i = 0; i < output.values.size(); ++i) {
    largest_real = std::max(largest_real, std::fabs(expected.values[i]));
    largest_integer = std::max(largest_integer, std::fabs(static_cast<double>(output.values[i])));
  }
  const double factor = largest_integer == 0 ? 1 : largest_real / largest_integer;
  for (std::size_t i = 0; i < output.values.size(); ++i) {
    const double real = expected.values[chw_index(output.shape, i)];
    if (std::fabs(real - output.values[i] * factor) > 1e-6 * std::max(1.0, largest_real)) {
      return fmt::format("{}: element {} is {}, expected {} = {} * {}", name, i, output.values[i], real, real / factor,
                         factor);
    }
  }
  return "";
}

}  // namespace

std::vector<std::uint8_t> to_chw(const network::Shape& shape, const std::uint8_t* hwc) {
  std::vector<std::uint8_t> chw(shape.elements());
  for (std::size_t i = 0; i < chw.size(); ++i) {
    chw[chw_index(shape, i)] = hwc[i];
  }
  return chw;
}

std::string difference(const ::onnx::ModelProto& model, const network::IntegerGraph& graph,
                       const std::vector<std::uint8_t>& image) {
  const auto outputs = network::run_reference(graph, image.data());
  const auto values = evaluate(model, to_chw(graph.input, image.data()));
  for (std::size_t index = 0; index < graph.layers.size(); ++index) {
    std::string value = model.graph().output(0).name();
    for (const auto& node : model.graph().node()) {
      if (index + 1 < graph.layers.size() && node.name() == graph.layers[index + 1].name) {
        value = node.input(0);  // what the next layer reads
      }
    }
    const std::string found = compare_layer(graph.layers[index].name, outputs[index], values.at(value));
    if (!found.empty()) {
      return found;
    }
  }
  return "";
}

std::string difference_on_random_images(const ::onnx::ModelProto& model, std::uint32_t seed, int count) {
  const network::IntegerGraph graph = import(model);
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> byte(0, 255);
  for (int run = 0; run < count; ++run) {
    std::vector<std::uint8_t> image(graph.input.elements());
    std::generate(image.begin(), image.end(), [&] { return static_cast<std::uint8_t>(byte(random)); });
    const std::string found = difference(model, graph, image);
    if (!found.empty()) {
      return fmt::format("seed {}, image {}: {}", seed, run, found);
    }
  }
  return "";
}

}  // namespace spinvp::test
