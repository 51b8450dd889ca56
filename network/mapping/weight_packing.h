#pragma once

#include <cstdint>
#include <vector>

#include "network/integer_graph.h"

/// Weights and tables as commands read them.
namespace spinvp::network {

/// Which of a layer's weights stand together: kernels of a pass and elements of a load.
struct WeightBlock {
  std::uint32_t first_kernel = 0;
  std::uint32_t kernels = 0;
  std::uint32_t first_element = 0;
  std::uint32_t elements = 0;
};

/// Bytes of a packed row: a whole row of `columns` bits, or less when a kernel's plane is shorter than one row.
std::uint32_t packed_row_bytes(const Layer& layer, std::uint32_t columns);

/// Appends a block's rows in the order of a sub-array: kernel, plane, tile; bits of a row in (ky, kx, channel) order.
/// The block's first element starts a tile. Odd weights w of N bits stand as the planes of (w + 2^N - 1) / 2.
void pack_weights(const Layer& layer, const WeightBlock& block, std::uint32_t columns,
                  std::vector<std::uint8_t>& bytes);

/// Which kernel of a block stands at which place of ADD_ACC; a place without a kernel is `no_kernel`.
using KernelOrder = std::vector<std::uint32_t>;
constexpr std::uint32_t no_kernel = 0xFFFFFFFF;

/// Appends a block's signs as ADD_ACC reads them, an element every `pitch` bytes. Places without a kernel are skipped
/// (ternary) or subtracted (binary).
void pack_signs(const Layer& layer, const WeightBlock& block, const KernelOrder& order, std::uint32_t pitch,
                std::vector<std::uint8_t>& bytes);

/// Sub-arrays that a block's weights stand in where lanes are kernels, part after part.
struct LaneRows {
  std::uint32_t subarrays = 0;  ///< of a part
  std::uint32_t parts = 0;
  std::uint32_t elements_per_part = 0;
  std::uint32_t row_bytes = 0;
};

/// Appends a block's rows as ADD_LEVELS finds them, sub-array by sub-array: for each element a row whose ones are the
/// kernels that add, then one of those that subtract. Rows without an element and lanes without a kernel are zero.
void pack_lanes(const Layer& layer, const WeightBlock& block, const LaneRows& rows, std::uint32_t columns,
                std::vector<std::uint8_t>& bytes);

/// Appends a block's weights as MULTIPLY reads them: kernel by kernel, two's complement numbers of `weight_bytes`
/// bytes.
void pack_numbers(const Layer& layer, const WeightBlock& block, std::uint32_t weight_bytes,
                  std::vector<std::uint8_t>& bytes);

/// Appends the table of some kernels as command DIGITAL reads it: directions and thresholds (with multipliers where
/// there is a residual), or gains, the residual's multipliers and offsets.
void pack_table(const Layer& layer, std::uint32_t first_kernel, std::uint32_t kernels,
                std::vector<std::uint8_t>& bytes);

}  // namespace spinvp::network
