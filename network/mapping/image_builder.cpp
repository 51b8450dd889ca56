#include "network/mapping/image_builder.h"

#include <boost/endian/conversion.hpp>
#include <cstring>

#include "core/crc32.h"
#include "core/errors.h"
#include "network/image/network_image.h"

namespace spinvp::network {

using interface::ImageHeader;
using interface::ImageLayer;

namespace {

constexpr std::size_t section_alignment = 64;
constexpr std::uint64_t largest_image = 0xFFFFFFC0;  // offsets have 32 bits

}  // namespace

ImageBuilder::ImageBuilder(std::size_t layers) : bytes_(sizeof(ImageHeader) + layers * sizeof(ImageLayer)) {
  pad();
}

std::uint32_t ImageBuilder::append(const std::vector<std::uint8_t>& bytes) {
  const std::size_t at = bytes_.size();
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  pad();
  return static_cast<std::uint32_t>(at);
}

std::uint32_t ImageBuilder::append(const std::vector<std::uint32_t>& words) {
  std::vector<std::uint8_t> bytes(words.size() * 4);
  for (std::size_t i = 0; i < words.size(); ++i) {
    boost::endian::store_little_u32(bytes.data() + i * 4, words[i]);
  }
  return append(bytes);
}

std::uint32_t ImageBuilder::checksum(std::uint32_t offset, std::uint32_t bytes) const {
  Crc32 crc;
  crc.add(bytes_.data() + offset, bytes);
  return crc.value();
}

std::vector<std::uint8_t> ImageBuilder::finish(ImageHeader header, const std::vector<ImageLayer>& layers) {
  if (bytes_.size() > largest_image) {
    throw InputError("the network image would exceed 4 GiB");
  }
  header.total_bytes = static_cast<std::uint32_t>(bytes_.size());
  std::memcpy(bytes_.data() + sizeof(ImageHeader), layers.data(), layers.size() * sizeof(ImageLayer));
  std::memcpy(bytes_.data(), &header, sizeof(header));
  header.crc32 = image_checksum(bytes_);
  std::memcpy(bytes_.data(), &header, sizeof(header));
  return std::move(bytes_);
}

void ImageBuilder::pad() {
  bytes_.resize((bytes_.size() + section_alignment - 1) / section_alignment * section_alignment);
}

}  // namespace spinvp::network
