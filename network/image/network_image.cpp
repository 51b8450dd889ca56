#include "network/image/network_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/endian/conversion.hpp>
#include <boost/iostreams/device/mapped_file.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "core/crc32.h"
#include "core/errors.h"
#include "core/file_errors.h"

namespace spinvp::network {

using interface::ImageHeader;
using interface::ImageLayer;

namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& reason) {
  throw InputError(fmt::format("{}: not a usable network image: {}", name, reason));
}

void require_section(const std::string& name, const std::string& what, std::uint64_t offset, std::uint64_t length,
                     std::uint64_t total) {
  if (length > 0 && (offset % 4 != 0 || offset > total || length > total - offset)) {
    refuse(name, fmt::format("{} at {} with {} bytes lies outside its {} bytes", what, offset, length, total));
  }
}

/// How long an entry of the layer table is at least: before version 2.2 it ended before the checksums.
std::size_t least_layer_bytes(const ImageHeader& header) {
  return header.version_minor < 2 ? offsetof(ImageLayer, load_checksum) : sizeof(ImageLayer);
}

void check_layers(const NetworkImage& image, const std::string& name) {
  const std::uint64_t total = image.bytes().size();
  for (std::size_t i = 0; i < image.layer_count(); ++i) {
    const ImageLayer& layer = image.layer(i);
    const auto part = [&](const char* what) { return fmt::format("layer {}: {}", i, what); };
    require_section(name, part("load stream"), layer.load_offset, layer.load_bytes, total);
    require_section(name, part("run stream"), layer.run_offset, layer.run_bytes, total);
    require_section(name, part("weights"), layer.weights_offset, layer.weights_bytes, total);
    require_section(name, part("thresholds"), layer.thresholds_offset, layer.thresholds_bytes, total);
    if (layer.constant_offset > 0) {  // its length follows from the shapes of other layers
      require_section(name, part("constant map"), layer.constant_offset, 4, total);
    }
    if (layer.run_bytes == 0) {
      refuse(name, part("it has no run stream"));
    }
    if (layer.load_bytes % 4 != 0 || layer.run_bytes % 4 != 0) {
      refuse(name, part("its streams are not made of whole words"));
    }
  }
}

}  // namespace

std::uint32_t image_checksum(const std::vector<std::uint8_t>& bytes) {
  constexpr std::size_t covered_from = offsetof(ImageHeader, crc32) + sizeof(ImageHeader::crc32);
  Crc32 crc;
  crc.add(bytes.data() + covered_from, bytes.size() - covered_from);
  return crc.value();
}

NetworkImage NetworkImage::parse(std::vector<std::uint8_t> bytes, const std::string& name) {
  if (bytes.size() < sizeof(ImageHeader)) {
    refuse(name, fmt::format("it has {} bytes, its header alone has {}", bytes.size(), sizeof(ImageHeader)));
  }
  NetworkImage image(std::move(bytes));
  const ImageHeader& header = image.header();
  if (header.magic != interface::image_magic) {
    refuse(name, fmt::format("it does not start with 'PMNT' but with 0x{:08x}", std::uint32_t{header.magic}));
  }
  if (header.version_major != interface::image_version_major) {
    refuse(name, fmt::format("it has format version {}, this program reads {}", std::uint16_t{header.version_major},
                             interface::image_version_major));
  }
  if (header.total_bytes != image.bytes_.size()) {
    refuse(name, fmt::format("its header says {} bytes, there are {} ({})", std::uint32_t{header.total_bytes},
                             image.bytes_.size(), image.bytes_.size() < header.total_bytes ? "truncated" : "too long"));
  }
  if (header.crc32 != image_checksum(image.bytes_)) {
    refuse(name, "its checksum does not match (the file was altered)");
  }
  if (header.header_bytes != sizeof(ImageHeader) || header.layer_bytes < least_layer_bytes(header) ||
      header.layer_bytes % 4 != 0 || header.layer_count == 0) {
    refuse(name, "its header contradicts itself");
  }
  image.read_layers(name);
  check_layers(image, name);
  image.check_streams(name);
  return image;
}

void NetworkImage::read_layers(const std::string& name) {
  const std::uint64_t entry_bytes = header().layer_bytes;
  require_section(name, "layer table", header().layers_offset, header().layer_count * entry_bytes, bytes_.size());
  layers_.resize(header().layer_count);
  const std::uint8_t* entry = bytes_.data() + header().layers_offset;
  for (ImageLayer& layer : layers_) {
    std::memcpy(&layer, entry, std::min<std::size_t>(entry_bytes, sizeof(ImageLayer)));
    entry += entry_bytes;
  }
}

void NetworkImage::check_streams(const std::string& name) const {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const auto check = [&](const char* what, std::uint32_t offset, std::uint32_t length, std::uint32_t checksum) {
      Crc32 crc;
      if (checksum == 0) {
        return;
      }
      if (length > 0) {
        crc.add(bytes_.data() + offset, length);
      }
      if (checksum != crc.value()) {
        refuse(name,
               fmt::format("layer {}: {} has the checksum 0x{:08x}, not 0x{:08x}", i, what, crc.value(), checksum));
      }
    };
    const ImageLayer& layer = layers_[i];
    check("load stream", layer.load_offset, layer.load_bytes, layer.load_checksum);
    check("run stream", layer.run_offset, layer.run_bytes, layer.run_checksum);
  }
}

NetworkImage NetworkImage::read(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) {
    throw InputError(fmt::format("{}: cannot open the file: {}", path, error.message()));
  }
  if (size == 0) {
    refuse(path, "it is empty");
  }
  boost::iostreams::mapped_file_source file(path);
  const auto* data = reinterpret_cast<const std::uint8_t*>(file.data());
  return parse(std::vector<std::uint8_t>(data, data + file.size()), path);
}

void NetworkImage::write(const std::string& path) const {
  std::ofstream stream(path, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(bytes_.data()), static_cast<std::streamsize>(bytes_.size()));
  stream.close();
  if (!stream) {
    throw cannot_write(path);
  }
}

const char* NetworkImage::weights_text() const {
  if (header().weights_stationary != 0) {
    return "stationary";
  }
  for (std::size_t i = 0; i < layer_count(); ++i) {
    if (layer(i).weights_resident != 0) {
      return "partly stationary";
    }
  }
  return "streamed";
}

std::vector<std::uint32_t> NetworkImage::words(std::uint32_t offset, std::uint32_t length) const {
  std::vector<std::uint32_t> result(length / 4);
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = boost::endian::load_little_u32(bytes_.data() + offset + i * 4);
  }
  return result;
}

}  // namespace spinvp::network
