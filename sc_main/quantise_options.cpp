#include "sc_main/quantise_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "core/errors.h"
#include "network/dataset.h"
#include "network/onnx/file/parse.h"
#include "network/onnx/recognise/input.h"
#include "sc_main/layer_text.h"
#include "sc_main/progress.h"

namespace spinvp {
namespace {

constexpr std::size_t usual_count = 32;

void read_bits(const std::string& text, QuantiseOptions& options) {
  const auto is_bits = [](char digit) { return digit >= '1' && digit <= '8'; };
  if (text.size() != 3 || text[1] != ':' || !is_bits(text[0]) || !is_bits(text[2])) {
    throw CLI::ValidationError(
        "--quantize",
        fmt::format("found '{}', expected bits of weights and of activations, 1 to 8 each, for instance 4:4", text));
  }
  options.weight_bits = text[0] - '0';
  options.activation_bits = text[2] - '0';
}

}  // namespace

void add_quantise_options(CLI::App& command, QuantiseOptions& options) {
  QuantiseOptions* const to = &options;
  CLI::Option* const bits = command.add_option_function<std::string>(
      "--quantize,--quantise", [to](const std::string& text) { read_bits(text, *to); },
      "quantise what the model leaves in float: bits of weights and activations, for instance 4:4");
  CLI::Option* const images = command.add_option(
      "--calibration", options.images, "images that show --quantize how large activations become; formats as --images");
  CLI::Option* const count =
      command.add_option("--calibration-count", options.count, "use only the first N of them [32, or all if fewer]")
          ->check(CLI::Range(std::size_t{1}, std::size_t{0xFFFFFFFF}));
  bits->needs(images);
  images->needs(bits);
  count->needs(bits);
}

std::optional<network::PostTraining> read_calibration(const QuantiseOptions& options, const std::string& network,
                                                      bool quiet) {
  if (!options.is_given()) {
    return std::nullopt;
  }
  const network::Shape wanted = network::onnx::image_shape(network::onnx::parse(network));
  network::Dataset data = network::load_images(options.images, wanted);
  if (data.shape.elements() != wanted.elements()) {
    network::require_shape(data, wanted, network);
  }
  if (options.count && *options.count > data.count) {
    throw InputError(fmt::format("{}: --calibration-count asks for {}, the file has {}", options.images,
                                 images_text(*options.count), data.count));
  }
  network::PostTraining quantise;
  quantise.weight_bits = options.weight_bits;
  quantise.activation_bits = options.activation_bits;
  quantise.shape = data.shape;
  quantise.count = options.count.value_or(std::min(usual_count, data.count));
  data.pixels.resize(quantise.count * data.shape.elements());
  quantise.images = std::move(data.pixels);
  const auto progress = std::make_shared<Progress>(quantise.count, quiet, "calibrating: ");
  quantise.on_image = [progress](std::size_t done) { progress->show(done); };
  return quantise;
}

}  // namespace spinvp
