#include "network/mapping/weight_packing.h"

#include <algorithm>
#include <boost/endian/conversion.hpp>

#include "core/bits.h"
#include "network/mapping/plan.h"

namespace spinvp::network {
namespace {

// Bit of plane `plane` of a weight; WeightKind says what the planes mean.
bool plane_bit(WeightKind kind, std::int16_t weight, std::uint32_t plane) {
  switch (kind) {
    case WeightKind::Binary:
      return weight > 0;
    case WeightKind::Ternary:
      return plane == 0 ? weight > 0 : weight < 0;
    case WeightKind::Integer:
      break;
  }
  return (static_cast<std::uint16_t>(weight) >> plane & 1u) != 0;
}

void append_word(std::vector<std::uint8_t>& bytes, std::uint32_t value) {
  std::uint8_t little[4];
  boost::endian::store_little_u32(little, value);
  bytes.insert(bytes.end(), little, little + 4);
}

}  // namespace

std::uint32_t packed_row_bytes(const Layer& layer, std::uint32_t columns) {
  return static_cast<std::uint32_t>(std::min<std::size_t>(columns / 8, bits::bytes_for(layer.weights_per_kernel())));
}

void pack_weights(const Layer& layer, const WeightBlock& block, std::uint32_t columns,
                  std::vector<std::uint8_t>& bytes) {
  const std::size_t length = layer.weights_per_kernel();
  const std::uint32_t row_bytes = packed_row_bytes(layer, columns);
  for (std::uint32_t kernel = block.first_kernel; kernel < block.first_kernel + block.kernels; ++kernel) {
    const std::int16_t* weights = layer.weights.data() + kernel * length;
    for (std::uint32_t plane = 0; plane < weight_planes(layer); ++plane) {
      for (std::uint32_t tile = block.first_tile; tile < block.first_tile + block.tiles; ++tile) {
        const std::size_t first = std::size_t{tile} * columns;
        const std::size_t last = std::min(length, first + columns);
        const std::size_t row = bytes.size();
        bytes.resize(row + row_bytes);
        for (std::size_t i = first; i < last; ++i) {
          if (plane_bit(layer.weight_kind, weights[i], plane)) {
            bits::set(bytes.data() + row, i - first, true);
          }
        }
      }
    }
  }
}

void pack_thresholds(const Layer& layer, std::uint32_t first_kernel, std::uint32_t kernels,
                     std::vector<std::uint8_t>& bytes) {
  for (std::uint32_t kernel = first_kernel; kernel < first_kernel + kernels; ++kernel) {
    const ChannelThresholds& channel = layer.thresholds[kernel];
    append_word(bytes, channel.direction == ChannelThresholds::Direction::Falling ? 1 : 0);
    for (const std::int32_t threshold : channel.values) {
      append_word(bytes, static_cast<std::uint32_t>(threshold));
    }
  }
}

}  // namespace spinvp::network
