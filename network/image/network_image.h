#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ip/interface/pim_view.h"

namespace spinvp::network {

/// A network image: what the compiler writes, the loader puts into memory and the driver runs. Its format is described
/// in ip/interface/image.yaml.
class NetworkImage {
 public:
  /// Takes an image's bytes; `name` stands for the file in messages. InputError when they are no image, of another
  /// version, truncated, altered (checksum) or contradict themselves.
  static NetworkImage parse(std::vector<std::uint8_t> bytes, const std::string& name);
  static NetworkImage read(const std::string& path);
  void write(const std::string& path) const;

  const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  const interface::ImageHeader& header() const {
    return *reinterpret_cast<const interface::ImageHeader*>(bytes_.data());
  }
  /// What an older image's entry does not have is zero.
  const interface::ImageLayer& layer(std::size_t index) const { return layers_.at(index); }
  std::size_t layer_count() const { return header().layer_count; }

  /// Where weights stand between images: "stationary" (all are loaded once), "partly stationary" or "streamed".
  const char* weights_text() const;

  /// The words of a command stream.
  std::vector<std::uint32_t> words(std::uint32_t offset, std::uint32_t length) const;

 private:
  explicit NetworkImage(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}
  void read_layers(const std::string& name);
  void check_streams(const std::string& name) const;

  std::vector<std::uint8_t> bytes_;
  std::vector<interface::ImageLayer> layers_;  // entries have grown with the versions
};

/// The checksum of an image: of every byte behind the checksum itself (CRC-32, IEEE 802.3).
std::uint32_t image_checksum(const std::vector<std::uint8_t>& bytes);

/// A fixed field's text up to its terminator.
template <std::size_t N>
std::string text_of(const char (&field)[N]) {
  std::size_t length = 0;
  while (length < N && field[length] != '\0') {
    ++length;
  }
  return std::string(field, length);
}

}  // namespace spinvp::network
