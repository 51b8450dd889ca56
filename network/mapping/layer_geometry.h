#pragma once

#include <cstdint>

#include "network/integer_graph.h"

/// What follows from a layer's shape alone: rows that windows reach, sizes of tables.
namespace spinvp::network {

/// Rows [first, first + rows) of a map.
struct RowRange {
  std::uint32_t first = 0;
  std::uint32_t rows = 0;
};

/// A shape's side as commands count it; shapes are never negative.
inline std::uint32_t u32(int value) {
  return static_cast<std::uint32_t>(value);
}

constexpr std::uint64_t ceil_divide(std::uint64_t a, std::uint64_t b) {
  return (a + b - 1) / b;
}

/// Weight planes N of a layer.
std::uint32_t weight_planes(const Layer& layer);

/// Kernels that see the same input channels.
std::uint32_t kernels_per_group(const Layer& layer);

/// Output pixels of the convolution, before pooling.
std::uint32_t convolved_pixels(const Layer& layer);

/// Bytes of the table that DIGITAL reads for `kernels` kernels: thresholds (2^bits words, or 2^bits entries of 8 bytes
/// with a residual) or gains and offsets (16 bytes); 0 without either.
std::uint32_t table_bytes(const Layer& layer, std::uint32_t kernels);

/// The most rows of a convolution that pooling turns into `output_rows` rows; fewer where windows leave the map.
std::uint32_t accumulator_rows(const Layer& layer, std::uint32_t output_rows);

/// Rows of the convolution that output rows `output` depend on.
RowRange accumulator_range(const Layer& layer, RowRange output);

/// Rows above the map that the pooling window of output row `output_row` reaches.
std::uint32_t pool_rows_above(const Layer& layer, std::uint32_t output_row);

/// Rows of the input map that output rows `output` depend on; at least one, even where windows see padding alone.
RowRange input_rows(const Layer& layer, RowRange output);

/// Weights that are zero.
std::uint64_t zero_weights(const Layer& layer);

}  // namespace spinvp::network
