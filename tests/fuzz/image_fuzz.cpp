// Any bytes as a network image: they are refused with an InputError, or every stream can be read and shown.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "core/errors.h"
#include "network/image/disassembler.h"
#include "network/image/network_image.h"

using namespace spinvp;

namespace {

/// Length and checksum as they should be, so that what stands behind them is looked at.
void repair(std::vector<std::uint8_t>& bytes) {
  interface::ImageHeader header;
  if (bytes.size() < sizeof header) {
    return;
  }
  std::memcpy(&header, bytes.data(), sizeof header);
  header.magic = interface::image_magic;
  header.version_major = interface::image_version_major;
  header.total_bytes = static_cast<std::uint32_t>(bytes.size());
  std::memcpy(bytes.data(), &header, sizeof header);
  header.crc32 = network::image_checksum(bytes);
  std::memcpy(bytes.data(), &header, sizeof header);
}

void read(std::vector<std::uint8_t> bytes) {
  try {
    const network::NetworkImage image = network::NetworkImage::parse(std::move(bytes), "fuzz.pimnet");
    image.weights_text();
    for (std::size_t i = 0; i < image.layer_count(); ++i) {
      const interface::ImageLayer& layer = image.layer(i);
      network::disassemble(image.words(layer.load_offset, layer.load_bytes));
      network::disassemble(image.words(layer.run_offset, layer.run_bytes));
    }
  } catch (const InputError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint8_t> bytes(data, data + size);
  read(bytes);
  repair(bytes);
  read(std::move(bytes));
  return 0;
}
