#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "network/integer_graph.h"

namespace spinvp::network::data {

struct PngImage {
  Shape shape;  ///< 1 channel grey, 3 colour
  std::vector<std::uint8_t> pixels;
};

bool starts_as_png(const std::vector<std::uint8_t>& start);

/// Reads a PNG file: grey, colour or palette of up to 8 bits a channel, as the numbers stand in the file (no gamma, no
/// colour profile). `check` sees the shape before memory is taken for the pixels. InputError for 16 bits, for pixels
/// that are not opaque and for files that are damaged or truncated.
PngImage read_png(const std::string& path, const std::function<void(const Shape&)>& check);

}  // namespace spinvp::network::data
