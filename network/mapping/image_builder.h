#pragma once

#include <cstdint>
#include <vector>

#include "ip/interface/pim_view.h"

namespace spinvp::network {

/// Lays an image's sections one behind the other, 64-byte aligned, behind header and layer table.
class ImageBuilder {
 public:
  explicit ImageBuilder(std::size_t layers);

  /// Where the section stands.
  std::uint32_t append(const std::vector<std::uint8_t>& bytes);
  std::uint32_t append(const std::vector<std::uint32_t>& words);

  /// CRC-32 of `bytes` bytes of a section that was appended.
  std::uint32_t checksum(std::uint32_t offset, std::uint32_t bytes) const;

  /// The image's bytes; InputError when they exceed what offsets can say.
  std::vector<std::uint8_t> finish(interface::ImageHeader header, const std::vector<interface::ImageLayer>& layers);

 private:
  void pad();

  std::vector<std::uint8_t> bytes_;
};

}  // namespace spinvp::network
