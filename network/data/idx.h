#pragma once

#include "network/data/byte_reader.h"
#include "network/dataset.h"

/// IDX, MNIST's format: 0x000008 and the number of dimensions, the dimensions, bytes.
namespace spinvp::network::data {

/// Whether a file that starts so is meant to be IDX, of whatever type.
bool starts_as_idx(const std::vector<std::uint8_t>& start);

/// Dimensions [count, rows, columns] or [count, rows, columns, channels].
Dataset read_idx_images(ByteReader& reader);

/// Dimension [count].
std::vector<std::uint32_t> read_idx_labels(ByteReader& reader);

}  // namespace spinvp::network::data
