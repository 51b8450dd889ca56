#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

#include "network/image/network_image.h"

namespace spinvp {

// How tables and reports write what the layer table of a network image says.

/// "conv", "fc" or "elem".
std::string kind_text(const interface::ImageLayer& layer);
/// Bits of a weight and of an activation: "1:1", "8:8", "ternary:8"; "-:8" without weights.
std::string bits_text(const interface::ImageLayer& layer);
/// What runs the multiply-accumulates: "and", "adder", "digital"; "none" without weights.
std::string engine_text(const interface::ImageLayer& layer);
/// Names of the layer that is read ("image" for the image) and, behind a plus, of the one that is added.
std::string sources_text(const network::NetworkImage& image, const interface::ImageLayer& layer);
/// Height x width x channels.
std::string input_shape_text(const interface::ImageLayer& layer);
std::string output_shape_text(const interface::ImageLayer& layer);

/// "1 image", "2 images".
std::string images_text(std::size_t count);
/// In nJ, uJ or mJ.
std::string energy_text(double picojoules);
/// Wide enough for the longest of the layers' names, and for the lines of a table that are none's.
template <class Layers, class Name>
int name_width(const Layers& layers, Name name_of) {
  std::size_t width = 16;
  for (const auto& layer : layers) {
    width = std::max(width, name_of(layer).size());
  }
  return static_cast<int>(width);
}

bool has_weights(const interface::ImageLayer& layer);
std::uint64_t macs_of(const interface::ImageLayer& layer);
/// Groups of a convolution; 1 where there are none.
std::uint32_t groups_of(const interface::ImageLayer& layer);

}  // namespace spinvp
