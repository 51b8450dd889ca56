#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ip/interface/pim_interface.h"

namespace spinvp::test {

/// A well-formed network image of two layers for the mock chip: both have a load and a run stream of two words, which
/// nobody executes, a weight and a threshold section. Change `header` or `layers`, then take bytes().
struct TestImage {
  static constexpr std::uint32_t stream_bytes = 8;

  TestImage();

  /// The image with its checksum.
  std::vector<std::uint8_t> bytes() const;

  pim_image_header header{};
  std::vector<pim_image_layer> layers;

 private:
  std::uint32_t size_ = 0;
};

/// CRC-32 of IEEE 802.3, written the slow way, bit by bit.
std::uint32_t crc32(const std::uint8_t* bytes, std::size_t length);

/// Puts the checksum of an altered image in order again.
void repair_checksum(std::vector<std::uint8_t>& image);

}  // namespace spinvp::test
