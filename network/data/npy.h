#pragma once

#include <optional>

#include "network/data/npy_header.h"
#include "network/dataset.h"

/// NumPy's .npy, versions 1 to 3, of booleans, integers or floats, in C or Fortran order, of either endianness.
namespace spinvp::network::data {

/// Images [N, rows, columns], [N, rows, columns, channels], [N, channels, rows, columns] or [N, features]; `wanted`
/// decides between the two orders of four dimensions, and rows and columns of features. Values must be whole numbers
/// from 0 to 255.
Dataset read_npy_images(ByteReader& reader, const std::optional<Shape>& wanted);

/// Integers [N] or [N, 1] from 0 to 2^32 - 1.
std::vector<std::uint32_t> read_npy_labels(ByteReader& reader);

}  // namespace spinvp::network::data
