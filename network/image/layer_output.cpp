#include "network/image/layer_output.h"

#include <boost/endian/conversion.hpp>

#include "core/bits.h"

namespace spinvp::network {

using interface::ImageLayer;

namespace {

std::size_t elements(const ImageLayer& layer) {
  return std::size_t{layer.output_height} * layer.output_width * layer.output_channels;
}

bool holds_values(const ImageLayer& layer) {
  return layer.output_bits == 0;
}

}  // namespace

std::size_t output_bytes(const ImageLayer& layer) {
  return holds_values(layer) ? elements(layer) * 4 : std::size_t{layer.output_plane_stride} * layer.output_bits;
}

std::vector<std::int32_t> unpack_output(const ImageLayer& layer, const std::vector<std::uint8_t>& bytes) {
  std::vector<std::int32_t> values(elements(layer));
  if (holds_values(layer)) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = boost::endian::load_little_s32(bytes.data() + i * 4);
    }
    return values;
  }
  const std::size_t row_values = std::size_t{layer.output_width} * layer.output_channels;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t row = i / row_values * layer.output_row_pitch;
    for (std::uint32_t plane = 0; plane < layer.output_bits; ++plane) {
      const std::uint8_t* plane_row = bytes.data() + std::size_t{plane} * layer.output_plane_stride + row;
      values[i] |= static_cast<std::int32_t>(bits::get(plane_row, i % row_values)) << plane;
    }
  }
  return values;
}

}  // namespace spinvp::network
