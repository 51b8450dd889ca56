#include "network/mapping/weight_packing.h"

#include <algorithm>
#include <boost/endian/conversion.hpp>

#include "core/bits.h"
#include "network/mapping/layer_geometry.h"

namespace spinvp::network {
namespace {

/// What a weight's planes hold, plane n at bit n; WeightKind says what the planes mean.
std::uint32_t plane_bits(const Layer& layer, std::int16_t weight) {
  switch (layer.weight_kind) {
    case WeightKind::Binary:
      return static_cast<std::uint32_t>(weight + (1 << layer.weight_bits) - 1) / 2;
    case WeightKind::Ternary:
      return weight > 0 ? 1 : weight < 0 ? 2 : 0;
    case WeightKind::Integer:
      break;
  }
  return static_cast<std::uint16_t>(weight);
}

void append_word(std::vector<std::uint8_t>& bytes, std::uint32_t value) {
  std::uint8_t little[4];
  boost::endian::store_little_u32(little, value);
  bytes.insert(bytes.end(), little, little + 4);
}

void append_long(std::vector<std::uint8_t>& bytes, std::int64_t value) {
  std::uint8_t little[8];
  boost::endian::store_little_s64(little, value);
  bytes.insert(bytes.end(), little, little + 8);
}

}  // namespace

std::uint32_t packed_row_bytes(const Layer& layer, std::uint32_t columns) {
  return static_cast<std::uint32_t>(std::min<std::size_t>(columns / 8, bits::bytes_for(layer.weights_per_kernel())));
}

void pack_weights(const Layer& layer, const WeightBlock& block, std::uint32_t columns,
                  std::vector<std::uint8_t>& bytes) {
  const std::size_t length = layer.weights_per_kernel();
  const std::uint32_t row_bytes = packed_row_bytes(layer, columns);
  const std::size_t end = std::min<std::size_t>(length, std::size_t{block.first_element} + block.elements);
  const std::size_t tiles = ceil_divide(end - block.first_element, columns);
  const std::size_t planes = weight_planes(layer);
  for (std::uint32_t kernel = block.first_kernel; kernel < block.first_kernel + block.kernels; ++kernel) {
    const std::int16_t* weights = layer.weights.data() + kernel * length + block.first_element;
    const std::size_t start = bytes.size();
    bytes.resize(start + planes * tiles * row_bytes);
    std::uint8_t* const rows = bytes.data() + start;
    for (std::size_t i = 0; i < end - block.first_element; ++i) {
      const std::size_t tile = i / columns;
      const std::size_t bit = i % columns;
      std::uint32_t held = plane_bits(layer, weights[i]);
      for (std::size_t plane = 0; plane < planes; ++plane, held >>= 1) {
        rows[(plane * tiles + tile) * row_bytes + bit / 8] |= static_cast<std::uint8_t>((held & 1u) << (bit % 8));
      }
    }
  }
}

void pack_signs(const Layer& layer, const WeightBlock& block, const KernelOrder& order, std::uint32_t pitch,
                std::vector<std::uint8_t>& bytes) {
  const std::size_t length = layer.weights_per_kernel();
  const std::size_t field = (order.size() + 7) / 8;
  const bool ternary = layer.weight_kind == WeightKind::Ternary;
  const std::size_t start = bytes.size();
  bytes.resize(start + std::size_t{block.elements} * pitch);
  for (std::size_t place = 0; place < order.size(); ++place) {
    if (order[place] == no_kernel) {
      continue;
    }
    const std::int16_t* weights =
        layer.weights.data() + (block.first_kernel + order[place]) * length + block.first_element;
    std::uint8_t* signs = bytes.data() + start;
    for (std::uint32_t i = 0; i < block.elements; ++i, signs += pitch) {
      if (weights[i] > 0) {
        bits::set(signs, place, true);
      } else if (ternary && weights[i] < 0) {
        bits::set(signs + field, place, true);
      }
    }
  }
}

void pack_lanes(const Layer& layer, const WeightBlock& block, const LaneRows& rows, std::uint32_t columns,
                std::vector<std::uint8_t>& bytes) {
  const std::size_t length = layer.weights_per_kernel();
  const std::size_t element_bytes = 2 * std::size_t{rows.row_bytes};
  const std::size_t subarray_bytes = rows.elements_per_part * element_bytes;
  const std::size_t start = bytes.size();
  bytes.resize(start + rows.parts * rows.subarrays * subarray_bytes);
  for (std::uint32_t kernel = 0; kernel < block.kernels; kernel += 8) {  // a byte of each row
    const std::uint32_t kernels = std::min(8u, block.kernels - kernel);
    const std::int16_t* const weights =
        layer.weights.data() + (block.first_kernel + kernel) * length + block.first_element;
    std::uint8_t* const column = bytes.data() + start + kernel / columns * subarray_bytes + kernel % columns / 8;
    for (std::uint32_t element = 0; element < block.elements; ++element) {
      std::uint32_t adds = 0;
      std::uint32_t subtracts = 0;
      for (std::uint32_t i = 0; i < kernels; ++i) {
        const std::int16_t weight = weights[i * length + element];
        adds |= static_cast<std::uint32_t>(weight > 0) << i;
        subtracts |= static_cast<std::uint32_t>(weight < 0) << i;
      }
      std::uint8_t* const row = column + element / rows.elements_per_part * rows.subarrays * subarray_bytes +
                                element % rows.elements_per_part * element_bytes;
      row[0] = static_cast<std::uint8_t>(adds);
      row[rows.row_bytes] = static_cast<std::uint8_t>(subtracts);
    }
  }
}

void pack_numbers(const Layer& layer, const WeightBlock& block, std::uint32_t weight_bytes,
                  std::vector<std::uint8_t>& bytes) {
  const std::size_t length = layer.weights_per_kernel();
  for (std::uint32_t kernel = block.first_kernel; kernel < block.first_kernel + block.kernels; ++kernel) {
    const std::int16_t* weights = layer.weights.data() + kernel * length + block.first_element;
    for (std::uint32_t i = 0; i < block.elements; ++i) {
      const auto number = static_cast<std::uint16_t>(weights[i]);
      bytes.push_back(static_cast<std::uint8_t>(number));
      if (weight_bytes == 2) {
        bytes.push_back(static_cast<std::uint8_t>(number >> 8));
      }
    }
  }
}

void pack_table(const Layer& layer, std::uint32_t first_kernel, std::uint32_t kernels,
                std::vector<std::uint8_t>& bytes) {
  const bool residual = layer.residual.is_there();
  for (std::uint32_t kernel = first_kernel; kernel < first_kernel + kernels; ++kernel) {
    if (!layer.gives_levels()) {
      append_word(bytes, static_cast<std::uint32_t>(layer.affine.gains[kernel]));
      append_word(bytes, residual ? static_cast<std::uint32_t>(layer.residual.multipliers[kernel]) : 0);
      append_long(bytes, layer.affine.offsets[kernel]);
      continue;
    }
    const ChannelThresholds& channel = layer.thresholds[kernel];
    append_word(bytes, channel.direction == ChannelThresholds::Direction::Falling ? 1 : 0);
    if (residual) {
      append_word(bytes, static_cast<std::uint32_t>(layer.residual.multipliers[kernel]));
    }
    for (const std::int64_t threshold : channel.values) {
      if (residual) {
        append_long(bytes, threshold);
      } else {
        append_word(bytes, static_cast<std::uint32_t>(threshold));
      }
    }
  }
}

}  // namespace spinvp::network
