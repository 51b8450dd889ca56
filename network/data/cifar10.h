#pragma once

#include "network/data/byte_reader.h"
#include "network/dataset.h"

/// CIFAR-10's binary version: records of a label from 0 to 9 and 3 planes (red, green, blue) of 32 x 32 bytes.
namespace spinvp::network::data {

constexpr std::size_t cifar10_record_bytes = 1 + 3 * 32 * 32;

/// Whether a file that starts so can be one; there is no better sign than a whole record whose label is possible.
bool starts_as_cifar10(const std::vector<std::uint8_t>& start);

/// Images with their labels.
Dataset read_cifar10(ByteReader& reader);

}  // namespace spinvp::network::data
