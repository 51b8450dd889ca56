#include "firmware/test_image.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace spinvp::test {
namespace {

constexpr std::uint32_t section = 64;
constexpr std::uint32_t sections_a_layer = 4;

std::uint32_t aligned(std::uint32_t offset) {
  return (offset + section - 1) / section * section;
}

}  // namespace

TestImage::TestImage() : layers(2) {
  header.magic = PIM_IMAGE_MAGIC;
  header.version_major = PIM_IMAGE_VERSION_MAJOR_VALUE;
  header.version_minor = PIM_IMAGE_VERSION_MINOR_VALUE;
  header.header_bytes = PIM_IMAGE_HEADER_BYTES;
  header.layer_count = static_cast<std::uint32_t>(layers.size());
  header.layer_bytes = PIM_IMAGE_LAYER_BYTES;
  header.layers_offset = aligned(PIM_IMAGE_HEADER_BYTES);
  header.rows = 256;
  header.columns = 512;
  header.subarrays = 32;
  header.buffer_bytes = 65536;
  header.engines = PIM_CAP_ENGINES_AND_ACCUMULATE_MASK;
  header.input_height = 4;
  header.input_width = 4;
  header.input_channels = 1;
  header.input_bytes = 16;
  header.output_count = 4;
  header.scratch_bytes = 1024;
  header.weights_stationary = 1;
  std::snprintf(header.network_name, sizeof header.network_name, "two_layers");
  std::snprintf(header.chip_name, sizeof header.chip_name, "mock");

  std::uint32_t offset = aligned(header.layers_offset + header.layer_count * header.layer_bytes);
  for (pim_image_layer& layer : layers) {
    layer.load_offset = offset;
    layer.load_bytes = stream_bytes;
    layer.run_offset = offset + section;
    layer.run_bytes = stream_bytes;
    layer.weights_offset = offset + 2 * section;
    layer.weights_bytes = 33;
    layer.thresholds_offset = offset + 3 * section;
    layer.thresholds_bytes = 16;
    layer.output_location = PIM_IMAGE_LOCATION_BUFFER;
    offset += sections_a_layer * section;
  }
  layers.back().output_location = PIM_IMAGE_LOCATION_OUTPUT;
  header.total_bytes = offset;
  size_ = offset;
}

std::vector<std::uint8_t> TestImage::bytes() const {
  std::vector<std::uint8_t> image(size_);
  std::memcpy(image.data(), &header, PIM_IMAGE_HEADER_BYTES);
  std::uint8_t* table = image.data() + aligned(PIM_IMAGE_HEADER_BYTES);
  for (const pim_image_layer& layer : layers) {
    std::memcpy(table, &layer, PIM_IMAGE_LAYER_BYTES);
    table += PIM_IMAGE_LAYER_BYTES;
  }
  repair_checksum(image);
  return image;
}

std::uint32_t crc32(const std::uint8_t* bytes, std::size_t length) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (std::size_t i = 0; i < length; ++i) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 1u) != 0 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
    }
  }
  return ~crc;
}

void repair_checksum(std::vector<std::uint8_t>& image) {
  constexpr std::size_t covered_from = offsetof(pim_image_header, version_major);
  std::uint32_t total_bytes = 0;
  std::memcpy(&total_bytes, image.data() + offsetof(pim_image_header, total_bytes), sizeof total_bytes);
  const std::size_t end = std::min<std::size_t>(total_bytes, image.size());
  if (end < covered_from) {
    return;
  }
  const std::uint32_t crc = crc32(image.data() + covered_from, end - covered_from);
  std::memcpy(image.data() + offsetof(pim_image_header, crc32), &crc, sizeof crc);
}

}  // namespace spinvp::test
