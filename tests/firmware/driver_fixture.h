#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "firmware/driver/pim_driver.h"
#include "firmware/mock_system.h"
#include "firmware/test_image.h"

namespace spinvp::test {

/// A chip, the test image in memory and a handle that is not open yet.
struct DriverFixture {
  static constexpr std::uint64_t image_address = 0x80010000;
  static constexpr std::uint64_t scratch_address = 0x80100000;
  static constexpr std::uint64_t scratch_bytes = 4096;
  static constexpr std::uint64_t input_address = 0x80200000;
  static constexpr std::uint64_t output_address = 0x80300000;

  MockSystem system;
  TestImage image;
  pim_device device{};

  pim_status open() {
    const pim_hal hal = system.hal();
    return pim_open(&device, &hal, MockSystem::chip_base);
  }
  pim_status load(const std::vector<std::uint8_t>& bytes) {
    system.load(image_address, bytes);
    return pim_load(&device, image_address, bytes.size(), scratch_address, scratch_bytes);
  }
  pim_status load() { return load(image.bytes()); }
  pim_status run() { return pim_run(&device, input_address, output_address); }
  pim_status open_and_load() {
    const pim_status status = open();
    return status == PIM_OK ? load() : status;
  }
};

}  // namespace spinvp::test
