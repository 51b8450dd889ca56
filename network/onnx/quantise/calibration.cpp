#include "network/onnx/quantise/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace spinvp::network::onnx {
namespace {

void require_pictures(const Graph& graph, const PostTraining& options) {
  const std::vector<std::uint8_t>& bytes = options.images;
  if (options.count == 0 || bytes.size() < options.count * options.shape.elements()) {
    graph.refuse("quantising needs calibration images");
  }
  const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(options.count * options.shape.elements());
  if (std::all_of(bytes.begin(), end, [&](std::uint8_t byte) { return byte == bytes[0]; })) {
    graph.refuse(
        fmt::format("every byte of the calibration images is {}: they do not show how large activations become; "
                    "expected images like those that the network is for",
                    bytes[0]));
  }
}

void add(const Graph& graph, const std::string& value, const std::vector<double>& numbers, Histogram& histogram) {
  for (const double number : numbers) {
    if (!std::isfinite(number)) {
      graph.refuse(fmt::format("the value '{}' is {} for a calibration image", value, number));
    }
    histogram.add(number);
  }
}

}  // namespace

std::map<std::string, Histogram> calibrate(const Graph& graph, const FloatReference& reference,
                                           const PostTraining& options, const std::vector<std::string>& values) {
  std::map<std::string, Histogram> histograms;
  if (values.empty()) {
    return histograms;
  }
  require_pictures(graph, options);
  for (const std::string& value : values) {
    histograms.emplace(value, Histogram());
  }
  for (std::size_t image = 0; image < options.count; ++image) {
    const auto all = reference.run_all(options.images.data() + image * options.shape.elements(), options.shape);
    for (auto& [value, histogram] : histograms) {
      const auto found = all.find(value);
      if (found == all.end()) {
        graph.refuse(fmt::format("calibration does not reach the value '{}'", value));
      }
      add(graph, value, found->second.numbers, histogram);
    }
    if (options.on_image) {
      options.on_image(image + 1);
    }
  }
  for (const auto& [value, histogram] : histograms) {
    if (histogram.low() == histogram.high()) {
      graph.refuse(fmt::format(
          "the value '{}' is 0 throughout all {} calibration images: nothing says how large it can become; expected "
          "more images, or a model without it",
          value, options.count));
    }
  }
  return histograms;
}

}  // namespace spinvp::network::onnx
