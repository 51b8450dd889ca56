#include "network/image/network_image.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>

#include "core/errors.h"
#include "network/mapping/mapper.h"
#include "tests/network/mapping/support/chips.h"
#include "tests/network/mapping/support/graphs.h"

using namespace spinvp;
using namespace spinvp::network;
using namespace spinvp::test;
using Catch::Matchers::Contains;
using interface::ImageHeader;
using interface::ImageLayer;

namespace {

using Bytes = std::vector<std::uint8_t>;

NetworkImage sound_image() {
  const IntegerGraph graph = GraphBuilder(1, {6, 6, 2}).layer(square(3, 3)).fully_connected(4).graph();
  return map_network(graph, target_of(chip_of(64, 64, 2, 8192)));
}

/// The message with which bytes are refused; empty when they are taken.
std::string refusal(const Bytes& bytes) {
  try {
    NetworkImage::parse(bytes, "some.pimnet");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// An image whose header and first layer were changed and whose checksum was made to match again.
Bytes altered(const std::function<void(ImageHeader&, ImageLayer&)>& change) {
  Bytes bytes = sound_image().bytes();
  ImageHeader header;
  ImageLayer layer;
  std::memcpy(&header, bytes.data(), sizeof(header));
  std::memcpy(&layer, bytes.data() + header.layers_offset, sizeof(layer));
  const std::uint32_t layers_offset = header.layers_offset;
  change(header, layer);
  std::memcpy(bytes.data() + layers_offset, &layer, sizeof(layer));
  std::memcpy(bytes.data(), &header, sizeof(header));
  header.crc32 = image_checksum(bytes);
  std::memcpy(bytes.data(), &header, sizeof(header));
  return bytes;
}

/// A file that is gone when the test is.
class TemporaryFile {
 public:
  explicit TemporaryFile(const char* name) : path_(std::filesystem::path(SPINVP_BINARY_DIR) / name) {}
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  std::string path() const { return path_.string(); }

 private:
  const std::filesystem::path path_;
};

}  // namespace

TEST_CASE("an image that was written is read back with the same bytes") {
  const TemporaryFile file("image_round_trip.pimnet");
  const NetworkImage image = sound_image();
  image.write(file.path());
  const NetworkImage read = NetworkImage::read(file.path());
  CHECK(read.bytes() == image.bytes());
  CHECK(read.layer_count() == 2);
  CHECK(text_of(read.layer(1).name) == "layer1");
  const auto words = read.words(read.layer(0).run_offset, read.layer(0).run_bytes);
  REQUIRE(words.size() * 4 == read.layer(0).run_bytes);
  CHECK((words[words.size() - 2] & 0xFF) == interface::StopCommand::opcode);
}

TEST_CASE("the same network makes the same image every time") {
  CHECK(sound_image().bytes() == sound_image().bytes());
}

TEST_CASE("the checksum is the CRC-32 of IEEE 802.3 over what follows it") {
  Bytes bytes(8 + 9);
  std::memcpy(bytes.data() + 8, "123456789", 9);
  CHECK(image_checksum(bytes) == 0xCBF43926);
}

TEST_CASE("an image that was cut is refused, wherever it was cut") {
  const Bytes whole = sound_image().bytes();
  for (std::size_t length = 0; length < whole.size(); length += length < 300 ? 1 : 61) {
    INFO("cut to " << length << " bytes");
    const std::string message = refusal(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)));
    CHECK_THAT(message, Contains("some.pimnet: not a usable network image"));
    CHECK_THAT(message, Contains(length < sizeof(ImageHeader) ? "its header alone has" : "truncated"));
  }
  Bytes longer = whole;
  longer.push_back(0);
  CHECK_THAT(refusal(longer), Contains("its header says"));
}

TEST_CASE("an image with one altered byte is refused, whichever it is") {
  const Bytes whole = sound_image().bytes();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    Bytes bytes = whole;
    bytes[at] ^= 0x10;
    const std::string message = refusal(bytes);
    if (message.empty()) {
      FAIL("byte " << at << " was altered and nobody noticed");
    }
    if (at >= 24) {
      CHECK_THAT(message, Contains("checksum does not match"));
    }
  }
}

TEST_CASE("what is no image is refused with what it starts with") {
  Bytes bytes = sound_image().bytes();
  std::memcpy(bytes.data(),
              "\x7F"
              "ELF",
              4);
  CHECK_THAT(refusal(bytes), Contains("does not start with 'PMNT' but with 0x464c457f"));
}

TEST_CASE("another version of the format is refused with both versions") {
  const std::string message = refusal(altered([](ImageHeader& header, ImageLayer&) { header.version_major = 7; }));
  CHECK_THAT(message, Contains("format version 7, this program reads 2"));
  CHECK(refusal(altered([](ImageHeader& header, ImageLayer&) { header.version_minor = 7; })) == "");
}

TEST_CASE("a header that contradicts itself is refused") {
  const auto message = [](const std::function<void(ImageHeader&)>& change) {
    return refusal(altered([&](ImageHeader& header, ImageLayer&) { change(header); }));
  };
  CHECK_THAT(message([](ImageHeader& header) { header.header_bytes += 4; }), Contains("contradicts itself"));
  CHECK_THAT(message([](ImageHeader& header) { header.layer_bytes -= 4; }), Contains("contradicts itself"));
  CHECK_THAT(message([](ImageHeader& header) { header.layer_bytes += 2; }), Contains("contradicts itself"));
  CHECK_THAT(message([](ImageHeader& header) { header.layer_count = 0; }), Contains("contradicts itself"));
  CHECK_THAT(message([](ImageHeader& header) { header.total_bytes += 64; }), Contains("truncated"));
}

TEST_CASE("a layer table outside the image is refused") {
  const auto message = [](const std::function<void(ImageHeader&)>& change) {
    return refusal(altered([&](ImageHeader& header, ImageLayer&) { change(header); }));
  };
  CHECK_THAT(message([](ImageHeader& header) { header.layer_count = 0xFFFFFFFF; }), Contains("layer table"));
  CHECK_THAT(message([](ImageHeader& header) { header.layers_offset = header.total_bytes; }), Contains("layer table"));
  CHECK_THAT(message([](ImageHeader& header) { header.layers_offset = 0xFFFFFFFC; }), Contains("layer table"));
  CHECK_THAT(message([](ImageHeader& header) { header.layers_offset += 2; }), Contains("layer table"));
}

TEST_CASE("a layer's part outside the image is refused with layer and part") {
  const auto message = [](const std::function<void(ImageLayer&)>& change) {
    return refusal(altered([&](ImageHeader&, ImageLayer& layer) { change(layer); }));
  };
  CHECK_THAT(message([](ImageLayer& layer) { layer.run_offset = 0xFFFFFFF0; }), Contains("layer 0: run stream"));
  CHECK_THAT(message([](ImageLayer& layer) { layer.run_bytes = 0xFFFFFFF0; }), Contains("layer 0: run stream"));
  CHECK_THAT(message([](ImageLayer& layer) { layer.run_offset += 2; }), Contains("layer 0: run stream"));
  CHECK_THAT(message([](ImageLayer& layer) { layer.run_bytes = 0; }), Contains("layer 0: it has no run stream"));
  CHECK_THAT(message([](ImageLayer& layer) { layer.run_bytes -= 2; }), Contains("layer 0: its streams"));
  CHECK_THAT(message([](ImageLayer& layer) { layer.load_offset = 0x7FFFFFFC; }), Contains("layer 0: load stream"));
  CHECK_THAT(message([](ImageLayer& layer) { layer.weights_bytes = 1 << 20; }), Contains("layer 0: weights"));
  CHECK_THAT(message([](ImageLayer& layer) { layer.thresholds_offset = 1 << 20; }), Contains("layer 0: thresholds"));
}

TEST_CASE("a stream that is not the one its layer's checksum was made of is refused") {
  CHECK_THAT(refusal(altered([](ImageHeader&, ImageLayer& layer) { layer.run_checksum ^= 1; })),
             Contains("layer 0: run stream has the checksum"));
  CHECK_THAT(refusal(altered([](ImageHeader&, ImageLayer& layer) { layer.run_offset += 4; })),
             Contains("layer 0: run stream has the checksum"));
  CHECK_THAT(refusal(altered([](ImageHeader&, ImageLayer& layer) { layer.load_bytes = 0; })),
             Contains("layer 0: load stream has the checksum 0x00000000"));
  CHECK(refusal(altered([](ImageHeader&, ImageLayer& layer) { layer.run_checksum = 0; })) == "");
}

TEST_CASE("an image from before there were checksums of streams reads as one without") {
  const NetworkImage image = sound_image();
  ImageHeader header = image.header();
  constexpr std::size_t entry = offsetof(ImageLayer, load_checksum);
  Bytes bytes = image.bytes();
  for (std::size_t i = 0; i < image.layer_count(); ++i) {
    std::memcpy(bytes.data() + header.layers_offset + i * entry, &image.layer(i), entry);
  }
  header.layer_bytes = entry;
  header.version_minor = 1;
  std::memcpy(bytes.data(), &header, sizeof(header));
  header.crc32 = image_checksum(bytes);
  std::memcpy(bytes.data(), &header, sizeof(header));
  const NetworkImage read = NetworkImage::parse(bytes, "old.pimnet");
  CHECK(text_of(read.layer(1).name) == "layer1");
  CHECK(read.layer(1).run_offset == image.layer(1).run_offset);
  CHECK(read.layer(1).run_checksum == 0);
  CHECK(image.layer(1).run_checksum != 0);
  header.version_minor = 2;
  std::memcpy(bytes.data(), &header, sizeof(header));
  header.crc32 = image_checksum(bytes);
  std::memcpy(bytes.data(), &header, sizeof(header));
  CHECK_THAT(refusal(bytes), Contains("contradicts itself"));
}

TEST_CASE("files that are empty, missing or no files are refused with their names") {
  const TemporaryFile file("image_empty.pimnet");
  std::ofstream(file.path()).close();
  CHECK_THROWS_WITH(NetworkImage::read(file.path()), Contains("image_empty.pimnet") && Contains("it is empty"));
  CHECK_THROWS_WITH(NetworkImage::read("/nowhere/net.pimnet"), Contains("/nowhere/net.pimnet: cannot open the file"));
  CHECK_THROWS_AS(NetworkImage::read(SPINVP_BINARY_DIR), InputError);
  CHECK_THROWS_WITH(sound_image().write("/nowhere/net.pimnet"), Contains("/nowhere/net.pimnet: cannot write the file"));
}

TEST_CASE("names that are longer than their fields are cut and stay terminated") {
  IntegerGraph graph = GraphBuilder(1, {6, 6, 2}).layer(square(3, 3)).fully_connected(4).graph();
  graph.name = std::string(100, 'n');
  graph.layers[0].name = std::string(64, 'l');
  const NetworkImage image = map_network(graph, target_of(chip_of(64, 64, 2, 8192)));
  CHECK(text_of(image.header().network_name) == std::string(63, 'n'));
  CHECK(text_of(image.layer(0).name) == std::string(63, 'l'));
}

TEST_CASE("a constant map stands in the image once, and every layer that adds it says where") {
  IntegerGraph graph = GraphBuilder(2, {5, 4, 2})
                           .layer(square(3, 1).adds_constant())
                           .layer(square(3, 1))
                           .layer(square(3, 1).adds_constant())
                           .layer(square(2, 1))
                           .graph();
  graph.layers[2].residual.constant = 0;
  graph.constants.pop_back();
  const NetworkImage image = map_network(graph, target_of(chip_of(64, 64, 2, 8192)));
  const std::uint32_t offset = image.layer(0).constant_offset;
  REQUIRE(offset > 0);
  CHECK(offset % 64 == 0);
  CHECK(image.layer(1).constant_offset == 0);
  CHECK(image.layer(2).constant_offset == offset);
  const std::vector<std::int32_t>& values = graph.constants[0].values;
  const auto words = image.words(offset, static_cast<std::uint32_t>(values.size() * 4));
  CHECK(std::equal(values.begin(), values.end(), words.begin(),
                   [](std::int32_t value, std::uint32_t word) { return static_cast<std::uint32_t>(value) == word; }));
  CHECK(image.header().version_minor == interface::image_version_minor);
}

TEST_CASE("a constant map outside the image is refused") {
  const std::uint32_t total = sound_image().header().total_bytes;
  for (const std::uint32_t offset : {total, total - 2, 0xFFFFFFFCu}) {
    CHECK_THAT(refusal(altered([&](ImageHeader&, ImageLayer& layer) { layer.constant_offset = offset; })),
               Contains("layer 0: constant map at"));
  }
  CHECK(refusal(altered([&](ImageHeader&, ImageLayer& layer) { layer.constant_offset = total - 4; })) == "");
}
