// Which network images the driver refuses, and with which code.
#include <catch2/catch.hpp>
#include <cstring>
#include <string>

#include "firmware/driver_fixture.h"

using namespace spinvp::test;

namespace {

#define HEADER_FIELD(field)                                                    \
  FieldPlace {                                                                 \
#field, offsetof(pim_image_header, field), sizeof(pim_image_header::field) \
  }

struct FieldPlace {
  const char* name;
  std::size_t offset;
  std::size_t bytes;
};

const FieldPlace header_fields[] = {
    HEADER_FIELD(magic),         HEADER_FIELD(crc32),          HEADER_FIELD(version_major),
    HEADER_FIELD(version_minor), HEADER_FIELD(header_bytes),   HEADER_FIELD(total_bytes),
    HEADER_FIELD(layer_count),   HEADER_FIELD(layer_bytes),    HEADER_FIELD(layers_offset),
    HEADER_FIELD(rows),          HEADER_FIELD(columns),        HEADER_FIELD(subarrays),
    HEADER_FIELD(buffer_bytes),  HEADER_FIELD(engines),        HEADER_FIELD(input_height),
    HEADER_FIELD(input_width),   HEADER_FIELD(input_channels), HEADER_FIELD(input_bytes),
    HEADER_FIELD(output_count),  HEADER_FIELD(scratch_bytes),  HEADER_FIELD(weights_stationary),
    HEADER_FIELD(reserved),      HEADER_FIELD(network_name),   HEADER_FIELD(chip_name)};

/// An open chip, and images with changes that a correct checksum covers.
struct ImageFixture : DriverFixture {
  ImageFixture() { REQUIRE(open() == PIM_OK); }

  pim_status load_changed(std::size_t offset, std::uint32_t value) {
    std::vector<std::uint8_t> bytes = image.bytes();
    std::memcpy(bytes.data() + offset, &value, sizeof value);
    repair_checksum(bytes);
    return load(bytes);
  }
  /// What an error about this field of the image must look like.
  void check_place(std::size_t offset, std::uint32_t found) const {
    CHECK(device.error.address == image_address + offset);
    CHECK(device.error.found == found);
    CHECK(device.state == PIM_STATE_OPEN);
  }
  void check_header_layout(std::size_t offset, std::uint32_t value) {
    CHECK(load_changed(offset, value) == PIM_E_IMAGE_LAYOUT);
    check_place(offset, value);
    CHECK(device.error.layer == PIM_NO_LAYER);
  }
  void check_layer_layout(std::size_t field, std::uint32_t value, std::uint32_t layer = 1) {
    const std::size_t offset = image.header.layers_offset + layer * PIM_IMAGE_LAYER_BYTES + field;
    CHECK(load_changed(offset, value) == PIM_E_IMAGE_LAYOUT);
    check_place(offset, value);
    CHECK(device.error.layer == layer);
  }
};

#define HEADER(field) offsetof(pim_image_header, field)
#define LAYER(field) offsetof(pim_image_layer, field)

}  // namespace

TEST_CASE("the test's checksum is the one of IEEE 802.3") {
  const std::uint8_t digits[] = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  CHECK(crc32(digits, sizeof digits) == 0xCBF43926);
}

TEST_CASE_METHOD(ImageFixture, "one altered bit in any field of the header is refused") {
  for (const FieldPlace& field : header_fields) {
    for (const std::size_t bit : {std::size_t{0}, 8 * field.bytes - 1}) {
      CAPTURE(field.name, bit);
      std::vector<std::uint8_t> bytes = image.bytes();
      bytes[field.offset + bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      const pim_status status = load(bytes);
      const std::string name = field.name;
      if (name == "magic") {
        CHECK(status == PIM_E_IMAGE_MAGIC);
      } else if (name == "version_major") {
        CHECK(status == PIM_E_IMAGE_VERSION);
      } else if (name == "total_bytes") {
        CHECK((status == PIM_E_IMAGE_TRUNCATED || status == PIM_E_IMAGE_LAYOUT));
      } else {
        CHECK(status == PIM_E_IMAGE_CHECKSUM);
      }
      CHECK(run() == PIM_E_NOT_LOADED);
    }
  }
  CHECK(system.chip().doorbells.empty());
}

TEST_CASE_METHOD(ImageFixture, "one altered bit anywhere behind the header is refused") {
  const std::size_t size = image.bytes().size();
  for (std::size_t offset = PIM_IMAGE_HEADER_BYTES; offset < size; offset += 13) {
    CAPTURE(offset);
    std::vector<std::uint8_t> bytes = image.bytes();
    bytes[offset] ^= 0x10;
    CHECK(load(bytes) == PIM_E_IMAGE_CHECKSUM);
  }
}

TEST_CASE_METHOD(ImageFixture, "an image of another major version is refused, of a later minor one accepted") {
  CHECK(load_changed(HEADER(version_major), 7) == PIM_E_IMAGE_VERSION);
  CHECK(device.error.needed == PIM_IMAGE_VERSION_MAJOR_VALUE);
  CHECK(device.error.found == 7);
  CHECK(load_changed(HEADER(version_major), PIM_IMAGE_VERSION_MAJOR_VALUE | 9u << 16) == PIM_OK);
}

TEST_CASE_METHOD(ImageFixture, "an image that ends early is truncated, wherever it ends") {
  const std::vector<std::uint8_t> bytes = image.bytes();
  system.load(image_address, bytes);
  for (const std::size_t size : {std::size_t{0}, std::size_t{4}, std::size_t{PIM_IMAGE_HEADER_BYTES} - 1,
                                 std::size_t{PIM_IMAGE_HEADER_BYTES}, bytes.size() - 1}) {
    CAPTURE(size);
    CHECK(pim_load(&device, image_address, size, scratch_address, scratch_bytes) == PIM_E_IMAGE_TRUNCATED);
    CHECK(device.error.found == size);
  }
  CHECK(pim_load(&device, image_address, bytes.size() + 100, scratch_address, scratch_bytes) == PIM_OK);
}

TEST_CASE_METHOD(ImageFixture, "sizes in the header that contradict the rest are a bad layout") {
  check_header_layout(HEADER(total_bytes), PIM_IMAGE_HEADER_BYTES - 24);
  check_header_layout(HEADER(total_bytes), image.header.total_bytes - 4);
  check_header_layout(HEADER(header_bytes), PIM_IMAGE_HEADER_BYTES - 4);
  check_header_layout(HEADER(header_bytes), 0xFFFFFFFC);
  check_header_layout(HEADER(layer_count), 0);
  check_header_layout(HEADER(layer_count), 1000);
  check_header_layout(HEADER(layer_count), 0xFFFFFFFF);
  check_header_layout(HEADER(layer_bytes), PIM_IMAGE_LAYER_BYTES - 4);
  check_header_layout(HEADER(layer_bytes), PIM_IMAGE_LAYER_BYTES + 2);
  check_header_layout(HEADER(layers_offset), 0);
  check_header_layout(HEADER(layers_offset), image.header.layers_offset + 2);
  CHECK(load_changed(HEADER(layers_offset), 0xFFFFFFFC) == PIM_E_IMAGE_LAYOUT);
  CHECK(load_changed(HEADER(layer_bytes), 0xFFFFFFFC) == PIM_E_IMAGE_LAYOUT);
}

TEST_CASE_METHOD(ImageFixture, "shapes in the header that contradict each other are a bad layout") {
  check_header_layout(HEADER(input_bytes), 0);
  check_header_layout(HEADER(input_bytes), 17);
  for (const std::size_t field : {HEADER(input_height), HEADER(input_width), HEADER(input_channels)}) {
    CAPTURE(field);
    for (const std::uint32_t value : {0u, 5u, 0xFFFFFFFFu}) {
      CHECK(load_changed(field, value) == PIM_E_IMAGE_LAYOUT);
    }
  }
  check_header_layout(HEADER(output_count), 0);
  check_header_layout(HEADER(weights_stationary), 2);
}

TEST_CASE_METHOD(ImageFixture, "sections outside the image are a bad layout of their layer") {
  const std::uint32_t end = image.header.total_bytes;
  for (const std::size_t offset_field :
       {LAYER(load_offset), LAYER(run_offset), LAYER(weights_offset), LAYER(thresholds_offset)}) {
    CAPTURE(offset_field);
    check_layer_layout(offset_field, 0);
    check_layer_layout(offset_field, PIM_IMAGE_HEADER_BYTES - 4);
    check_layer_layout(offset_field, image.layers[1].run_offset + 2);
    check_layer_layout(offset_field, end + 64, 0);
    check_layer_layout(offset_field + 4, end);
    check_layer_layout(offset_field + 4, 0xFFFFFFFC);
    CHECK(load_changed(image.header.layers_offset + offset_field, end - 4) == PIM_E_IMAGE_LAYOUT);
  }
}

TEST_CASE_METHOD(ImageFixture, "streams must be whole words, and every layer must have a run stream") {
  check_layer_layout(LAYER(load_bytes), 6);
  check_layer_layout(LAYER(run_bytes), 6);
  check_layer_layout(LAYER(run_bytes), 0);
}

TEST_CASE_METHOD(ImageFixture, "scores come from the last layer and from no other") {
  check_layer_layout(LAYER(output_location), PIM_IMAGE_LOCATION_BUFFER, 1);
  check_layer_layout(LAYER(output_location), PIM_IMAGE_LOCATION_OUTPUT, 0);
  check_layer_layout(LAYER(output_location), 3, 0);
}

TEST_CASE_METHOD(ImageFixture,
                 "an image that changes in memory between loading and running is noticed at its streams") {
  REQUIRE(load() == PIM_OK);
  system.write32(image_address + image.header.layers_offset + PIM_IMAGE_LAYER_BYTES + LAYER(run_offset), 0x10000000);
  CHECK(run() == PIM_E_IMAGE_LAYOUT);
  CHECK(device.error.layer == 1);
}

TEST_CASE_METHOD(ImageFixture, "a network for other sub-arrays is refused with both numbers") {
  CHECK(load_changed(HEADER(rows), 512) == PIM_E_ROWS);
  CHECK(device.error.needed == 512);
  CHECK(device.error.found == 256);
  CHECK(load_changed(HEADER(rows), 128) == PIM_E_ROWS);
  CHECK(load_changed(HEADER(columns), 1024) == PIM_E_COLUMNS);
  CHECK(device.error.needed == 1024);
  CHECK(device.error.found == 512);
  CHECK(load_changed(HEADER(columns), 256) == PIM_E_COLUMNS);
}

TEST_CASE_METHOD(ImageFixture,
                 "a chip with too few sub-arrays or too small a buffer is refused, a larger one accepted") {
  CHECK(load_changed(HEADER(subarrays), 33) == PIM_E_SUBARRAYS);
  CHECK(device.error.needed == 33);
  CHECK(device.error.found == 32);
  CHECK(load_changed(HEADER(buffer_bytes), 65540) == PIM_E_BUFFER);
  CHECK(device.error.needed == 65540);
  CHECK(device.error.found == 65536);
  CHECK(load_changed(HEADER(subarrays), 1) == PIM_OK);
  CHECK(load_changed(HEADER(buffer_bytes), 4) == PIM_OK);
}

TEST_CASE_METHOD(ImageFixture, "a chip without an engine, or with too few planes, is refused") {
  CHECK(load_changed(HEADER(engines), PIM_CAP_ENGINES_ADDER_B_MASK) == PIM_E_ENGINE);
  CHECK(device.error.needed == PIM_CAP_ENGINES_ADDER_B_MASK);
  const std::uint32_t and_engine = PIM_CAP_ENGINES_AND_ACCUMULATE_MASK;
  CHECK(load_changed(HEADER(engines), and_engine | 9u << PIM_CAP_ENGINES_MAX_PLANES_SHIFT) == PIM_E_ENGINE);
  CHECK(load_changed(HEADER(engines), and_engine | 4u << PIM_CAP_ENGINES_MAX_PLANES_SHIFT) == PIM_OK);
  CHECK(load_changed(HEADER(engines), 0x80000000u) == PIM_E_ENGINE);
}

TEST_CASE_METHOD(ImageFixture, "too little scratch memory is refused") {
  const std::vector<std::uint8_t> bytes = image.bytes();
  system.load(image_address, bytes);
  CHECK(pim_load(&device, image_address, bytes.size(), scratch_address, 1023) == PIM_E_SCRATCH);
  CHECK(device.error.needed == 1024);
  CHECK(device.error.found == 1023);
  CHECK(pim_load(&device, image_address, bytes.size(), scratch_address, 1024) == PIM_OK);
}

TEST_CASE_METHOD(ImageFixture, "a name without an end is cut") {
  std::memset(image.header.network_name, 'x', sizeof image.header.network_name);
  REQUIRE(load() == PIM_OK);
  CHECK(std::string(device.network.name) == std::string(63, 'x'));
}
