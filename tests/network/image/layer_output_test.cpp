#include "network/image/layer_output.h"

#include <catch2/catch.hpp>

using namespace spinvp;
using namespace spinvp::network;

namespace {

interface::ImageLayer layer_of(interface::Location location, std::uint32_t bits) {
  interface::ImageLayer layer {};
  layer.output_location = static_cast<std::uint32_t>(location);
  layer.output_bits = bits;
  layer.output_height = 2;
  layer.output_width = 3;
  layer.output_channels = 1;
  return layer;
}

}  // namespace

TEST_CASE("bit-planes are put together row by row") {
  interface::ImageLayer layer = layer_of(interface::Location::Buffer, 2);
  layer.output_row_pitch = 8;
  layer.output_plane_stride = 24;
  REQUIRE(output_bytes(layer) == 48);
  std::vector<std::uint8_t> bytes(48, 0);
  bytes[0] = 0xFD;       // plane 0, row 0: 1 0 1 and what is beyond the row
  bytes[8] = 0x02;       // plane 0, row 1
  bytes[24] = 0x04;      // plane 1, row 0
  bytes[24 + 8] = 0x03;  // plane 1, row 1
  CHECK(unpack_output(layer, bytes) == std::vector<std::int32_t>{1, 0, 3, 2, 3, 0});
}

TEST_CASE("scores are little-endian words with a sign") {
  const interface::ImageLayer layer = layer_of(interface::Location::Output, 0);
  REQUIRE(output_bytes(layer) == 24);
  std::vector<std::uint8_t> bytes(24, 0);
  bytes[0] = 5;
  bytes[5] = 1;
  for (std::size_t i = 20; i < 24; ++i) {
    bytes[i] = 0xFF;
  }
  CHECK(unpack_output(layer, bytes) == std::vector<std::int32_t>{5, 256, 0, 0, 0, -1});
}

TEST_CASE("int32 values in the buffer or in scratch memory are read as scores are") {
  interface::ImageLayer layer = layer_of(interface::Location::Scratch, 0);
  layer.output_row_pitch = 12;
  layer.output_plane_stride = 24;
  REQUIRE(output_bytes(layer) == 24);
  std::vector<std::uint8_t> bytes(24, 0);
  bytes[4] = 7;
  CHECK(unpack_output(layer, bytes) == std::vector<std::int32_t>{0, 7, 0, 0, 0, 0});
}
