#pragma once

#include <cstdint>
#include <vector>

#include "network/integer_graph.h"

namespace spinvp::network {

/// Which rows of a layer's weights stand together: the kernels of a pass and the tiles of a load.
struct WeightBlock {
  std::uint32_t first_kernel = 0;
  std::uint32_t kernels = 0;
  std::uint32_t first_tile = 0;
  std::uint32_t tiles = 0;
};

/// Bytes of a packed row: a whole row of `columns` bits, or less when a kernel's plane is shorter than one row.
std::uint32_t packed_row_bytes(const Layer& layer, std::uint32_t columns);

/// Appends a block's rows in the order of a sub-array: kernel, plane, tile; bits of a row in (ky, kx, channel) order.
void pack_weights(const Layer& layer, const WeightBlock& block, std::uint32_t columns,
                  std::vector<std::uint8_t>& bytes);

/// Appends the threshold table of some kernels as command DIGITAL reads it: per kernel 2^bits little-endian words, the
/// direction first.
void pack_thresholds(const Layer& layer, std::uint32_t first_kernel, std::uint32_t kernels,
                     std::vector<std::uint8_t>& bytes);

}  // namespace spinvp::network
