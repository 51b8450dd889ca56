// The driver has its streams checked by the chip.
#include <catch2/catch.hpp>
#include <cstring>

#include "firmware/driver_fixture.h"

using namespace spinvp::test;

namespace {

/// Notes what the registers of checking hold at each doorbell. Streams have other words each.
struct CheckFixture : DriverFixture {
  struct Check {
    std::uint32_t control;
    std::uint32_t checksum;
  };
  std::vector<Check> checks;
  std::vector<std::uint8_t> bytes;

  CheckFixture() {
    system.chip().on_stream = [this](const Doorbell&) {
      checks.push_back({system.chip().peek(PIM_REG_CONTROL), system.chip().peek(PIM_REG_STREAM_CHECKSUM)});
      return StreamEnd{};
    };
    bytes = image.bytes();
    std::uint8_t word = 0;
    for (pim_image_layer& layer : image.layers) {
      layer.load_checksum = fill(layer.load_offset, ++word);
      layer.run_checksum = fill(layer.run_offset, ++word);
    }
    put_layers();
  }
  /// The words of a stream; returns their checksum.
  std::uint32_t fill(std::uint32_t offset, std::uint8_t value) {
    std::memset(bytes.data() + offset, value, TestImage::stream_bytes);
    return crc32(bytes.data() + offset, TestImage::stream_bytes);
  }
  void put_layers(std::size_t entry_bytes = PIM_IMAGE_LAYER_BYTES) {
    for (std::size_t i = 0; i < image.layers.size(); ++i) {
      std::memcpy(bytes.data() + image.header.layers_offset + i * entry_bytes, &image.layers[i], entry_bytes);
    }
    std::memcpy(bytes.data(), &image.header, PIM_IMAGE_HEADER_BYTES);
    repair_checksum(bytes);
  }
  void check_doorbells() {
    REQUIRE(open() == PIM_OK);
    REQUIRE(load(bytes) == PIM_OK);
    REQUIRE(run() == PIM_OK);
    REQUIRE(checks.size() == 4);
    for (const Check& check : checks) {
      CHECK(check.control == (PIM_CONTROL_ENABLE_MASK | PIM_CONTROL_CHECK_MASK));
    }
    for (std::size_t layer = 0; layer < 2; ++layer) {
      const pim_image_layer& entry = image.layers[layer];
      CHECK(checks[layer].checksum == crc32(bytes.data() + entry.load_offset, TestImage::stream_bytes));
      CHECK(checks[2 + layer].checksum == crc32(bytes.data() + entry.run_offset, TestImage::stream_bytes));
    }
  }
};

}  // namespace

TEST_CASE_METHOD(CheckFixture, "each doorbell comes with the checksum that the image tells of its stream") {
  check_doorbells();
  CHECK(system.chip().peek(PIM_REG_OUTPUT_BYTES) == image.header.output_count * 4);
  CHECK(system.chip().peek(PIM_REG_SCRATCH_BYTES) == image.header.scratch_bytes);
}

TEST_CASE_METHOD(CheckFixture, "the checksum is the image's own, not one of what stands in memory now") {
  image.layers[1].run_checksum ^= 1;
  put_layers();
  REQUIRE(open() == PIM_OK);
  REQUIRE(load(bytes) == PIM_OK);
  REQUIRE(run() == PIM_OK);
  CHECK(checks[3].checksum == image.layers[1].run_checksum);
}

TEST_CASE_METHOD(CheckFixture, "of an image without checksums the driver makes them itself") {
  SECTION("because the image does not say them") {
    for (pim_image_layer& layer : image.layers) {
      layer.load_checksum = 0;
      layer.run_checksum = 0;
    }
    put_layers();
  }
  SECTION("because its layer table is older") {
    constexpr std::size_t entry = offsetof(pim_image_layer, load_checksum);
    image.header.version_minor = 1;
    image.header.layer_bytes = entry;
    put_layers(entry);
  }
  check_doorbells();
}

TEST_CASE_METHOD(CheckFixture, "an image of today whose layer table has no room for checksums is refused") {
  image.header.layer_bytes = offsetof(pim_image_layer, load_checksum);
  put_layers();
  REQUIRE(open() == PIM_OK);
  CHECK(load(bytes) == PIM_E_IMAGE_LAYOUT);
  CHECK(device.error.needed == PIM_IMAGE_LAYER_BYTES);
}

TEST_CASE_METHOD(CheckFixture, "a chip that cannot check is not asked to") {
  SECTION("because it says so") {
    system.chip().poke(PIM_REG_CAP_FEATURES, 0);
  }
  SECTION("because it is older than the register that would say it") {
    system.chip().poke(PIM_REG_VERSION, PIM_VERSION_MAJOR_VALUE << 16 | 1u);
  }
  REQUIRE(open() == PIM_OK);
  REQUIRE(load(bytes) == PIM_OK);
  REQUIRE(run() == PIM_OK);
  CHECK(checks[3].control == PIM_CONTROL_ENABLE_MASK);
  CHECK(checks[3].checksum == 0);
}

TEST_CASE_METHOD(CheckFixture, "after a wrong checksum nothing on the chip is relied on") {
  REQUIRE(open() == PIM_OK);
  REQUIRE(load(bytes) == PIM_OK);
  int doorbells = 0;
  system.chip().on_stream = [&](const Doorbell&) {
    StreamEnd end;
    if (++doorbells == 2) {
      end.kind = StreamEnd::Kind::Error;
      end.cause = PIM_ERROR_CAUSE_CHECKSUM;
      end.detail = 0x12345678;
    }
    return end;
  };
  CHECK(run() == PIM_E_CHIP);
  CHECK(device.error.cause == PIM_ERROR_CAUSE_CHECKSUM);
  CHECK(std::string(pim_cause_text(device.error.cause)) == "CHECKSUM");
  CHECK(device.error.layer == 1);
  CHECK(run() == PIM_OK);
  CHECK(doorbells == 2 + 2 + 2);  // the load streams ran again
}
