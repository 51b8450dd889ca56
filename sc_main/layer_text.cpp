#include "sc_main/layer_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace spinvp {

using interface::ImageLayer;

namespace {

template <class Enum>
bool is(std::uint32_t field, Enum value) {
  return field == static_cast<std::uint32_t>(value);
}

std::string shape_text(std::uint32_t height, std::uint32_t width, std::uint32_t channels) {
  return fmt::format("{}x{}x{}", height, width, channels);
}

std::string name_of(const network::NetworkImage& image, std::uint32_t index) {
  return index < image.layer_count() ? network::text_of(image.layer(index).name) : "image";
}

}  // namespace

std::string kind_text(const ImageLayer& layer) {
  return is(layer.kind, interface::LayerKind::Convolution)      ? "conv"
         : is(layer.kind, interface::LayerKind::FullyConnected) ? "fc"
                                                                : "elem";
}

std::string bits_text(const ImageLayer& layer) {
  const std::string weights = !has_weights(layer) ? "-"
                              : is(layer.weight_kind, interface::WeightKind::Ternary)
                                  ? "ternary"
                                  : std::to_string(layer.weight_bits);
  return fmt::format("{}:{}", weights, std::uint32_t{layer.input_bits});
}

std::string engine_text(const ImageLayer& layer) {
  return !has_weights(layer)                                  ? "none"
         : is(layer.engine, interface::Engine::AndAccumulate) ? "and"
         : is(layer.engine, interface::Engine::Adder)         ? "adder"
         : is(layer.engine, interface::Engine::DigitalUnit)   ? "digital"
                                                              : "none";
}

std::string sources_text(const network::NetworkImage& image, const ImageLayer& layer) {
  const std::string residual = layer.residual_layer < image.layer_count() ? " + " + name_of(image, layer.residual_layer)
                               : layer.constant_offset > 0                ? " + constant"
                                                                          : "";
  return name_of(image, layer.input_layer) + residual;
}

std::string input_shape_text(const ImageLayer& layer) {
  return shape_text(layer.input_height, layer.input_width, layer.input_channels);
}

std::string output_shape_text(const ImageLayer& layer) {
  return shape_text(layer.output_height, layer.output_width, layer.output_channels);
}

std::string images_text(std::size_t count) {
  return count == 1 ? "1 image" : fmt::format("{} images", count);
}

std::string energy_text(double picojoules) {
  return picojoules >= 1e9   ? fmt::format("{:.3f} mJ", picojoules / 1e9)
         : picojoules >= 1e6 ? fmt::format("{:.3f} uJ", picojoules / 1e6)
                             : fmt::format("{:.3f} nJ", picojoules / 1e3);
}

bool has_weights(const ImageLayer& layer) {
  return !is(layer.kind, interface::LayerKind::Elementwise);
}

std::uint64_t macs_of(const ImageLayer& layer) {
  return layer.macs_lo | std::uint64_t{layer.macs_hi} << 32;
}

std::uint32_t groups_of(const ImageLayer& layer) {
  return std::max<std::uint32_t>(layer.groups, 1);
}

}  // namespace spinvp
