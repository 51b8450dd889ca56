// The driver's life cycle against a mock chip.
#include <catch2/catch.hpp>
#include <cstring>
#include <set>
#include <string>

#include "firmware/driver_fixture.h"

using namespace spinvp::test;

TEST_CASE_METHOD(DriverFixture, "opening a chip reads its capabilities and leaves its interrupts off") {
  REQUIRE(open() == PIM_OK);
  CHECK(device.chip.rows == 256);
  CHECK(device.chip.columns == 512);
  CHECK(device.chip.banks == 4);
  CHECK(device.chip.bank_subarrays == 8);
  CHECK(device.chip.subarrays == 32);
  CHECK(device.chip.buffer_bytes == 65536);
  CHECK(device.chip.clock_khz == 200000);
  CHECK(device.error.status == PIM_OK);
  CHECK(system.chip().peek(PIM_REG_IRQ_ENABLE) == 0);
}

TEST_CASE_METHOD(DriverFixture, "opening resets what somebody else left in the chip") {
  system.chip().poke(PIM_REG_IRQ_STATUS, PIM_IRQ_STATUS_DONE_MASK);
  system.chip().poke(PIM_REG_IRQ_ENABLE, PIM_IRQ_ENABLE_DONE_MASK);
  system.chip().poke(PIM_REG_STATUS, PIM_STATUS_BUSY_MASK);
  REQUIRE(open() == PIM_OK);
  CHECK_FALSE(system.chip().irq());
  CHECK(system.chip().peek(PIM_REG_STATUS) == 0);
}

TEST_CASE_METHOD(DriverFixture, "an address without a PIM chip is refused") {
  system.chip().poke(PIM_REG_ID, 0xFFFFFFFF);
  CHECK(open() == PIM_E_NOT_PIM);
  CHECK(device.error.needed == PIM_ID_RESET);
  CHECK(device.error.found == 0xFFFFFFFF);
  CHECK(device.state == PIM_STATE_CLOSED);
  CHECK(load() == PIM_E_ARGUMENT);
}

TEST_CASE_METHOD(DriverFixture, "a chip of another major interface version is refused") {
  system.chip().poke(PIM_REG_VERSION, 7u << 16);
  CHECK(open() == PIM_E_INTERFACE_VERSION);
  CHECK(device.error.needed == PIM_VERSION_MAJOR_VALUE);
  CHECK(device.error.found == 7);
}

TEST_CASE_METHOD(DriverFixture, "a chip of a later minor interface version is accepted") {
  system.chip().poke(PIM_REG_VERSION, PIM_VERSION_MAJOR_VALUE << 16 | 7u);
  CHECK(open() == PIM_OK);
}

TEST_CASE_METHOD(DriverFixture, "a chip that does not come out of reset is refused") {
  system.chip().reset_works = false;
  CHECK(open() == PIM_E_RESET);
  CHECK(device.error.found == PIM_STATUS_BUSY_MASK);
}

TEST_CASE_METHOD(DriverFixture, "opening needs a handle, every function of the HAL and an aligned address") {
  const pim_hal whole = system.hal();
  CHECK(pim_open(nullptr, &whole, MockSystem::chip_base) == PIM_E_ARGUMENT);
  CHECK(pim_open(&device, nullptr, MockSystem::chip_base) == PIM_E_ARGUMENT);
  CHECK(pim_open(&device, &whole, MockSystem::chip_base + 2) == PIM_E_ARGUMENT);
  pim_hal hal = whole;
  SECTION("read32") {
    hal.read32 = nullptr;
  }
  SECTION("write32") {
    hal.write32 = nullptr;
  }
  SECTION("barrier") {
    hal.barrier = nullptr;
  }
  SECTION("wait_for_interrupt") {
    hal.wait_for_interrupt = nullptr;
  }
  SECTION("time") {
    hal.time = nullptr;
  }
  SECTION("a lock without an unlock") {
    hal.lock = [](void*) {};
  }
  CHECK(pim_open(&device, &hal, MockSystem::chip_base) == PIM_E_ARGUMENT);
}

TEST_CASE_METHOD(DriverFixture, "loading runs the load stream of every layer once, in order") {
  REQUIRE(open_and_load() == PIM_OK);
  const std::vector<Doorbell>& doorbells = system.chip().doorbells;
  REQUIRE(doorbells.size() == 2);
  for (std::size_t layer = 0; layer < 2; ++layer) {
    CHECK(doorbells[layer].stream_address == image_address + image.layers[layer].load_offset);
    CHECK(doorbells[layer].stream_bytes == TestImage::stream_bytes);
    CHECK(doorbells[layer].base_network == image_address);
    CHECK(doorbells[layer].base_scratch == scratch_address);
  }
  CHECK(device.network.layer_count == 2);
  CHECK(device.network.weights_stationary);
  CHECK(std::string(device.network.name) == "two_layers");
}

TEST_CASE_METHOD(DriverFixture, "a network that streams its weights has nothing to run while loading") {
  image.header.weights_stationary = 0;
  for (pim_image_layer& layer : image.layers) {
    layer.load_bytes = 0;
    layer.load_offset = 0;
  }
  REQUIRE(open_and_load() == PIM_OK);
  CHECK(system.chip().doorbells.empty());
  CHECK_FALSE(device.network.weights_stationary);
  CHECK(run() == PIM_OK);
}

TEST_CASE_METHOD(DriverFixture, "running goes through the layers in order with the addresses given") {
  REQUIRE(open_and_load() == PIM_OK);
  system.chip().doorbells.clear();
  REQUIRE(run() == PIM_OK);
  const std::vector<Doorbell>& doorbells = system.chip().doorbells;
  REQUIRE(doorbells.size() == 2);
  for (std::size_t layer = 0; layer < 2; ++layer) {
    CHECK(doorbells[layer].stream_address == image_address + image.layers[layer].run_offset);
    CHECK(doorbells[layer].stream_bytes == TestImage::stream_bytes);
    CHECK(doorbells[layer].base_input == input_address);
    CHECK(doorbells[layer].base_output == output_address);
  }
  CHECK(system.chip().peek(PIM_REG_IRQ_STATUS) == 0);
}

TEST_CASE_METHOD(DriverFixture, "addresses above four gigabytes reach the chip whole") {
  constexpr std::uint64_t high = 0x1'2345'6780'0000;
  REQUIRE(open() == PIM_OK);
  const std::vector<std::uint8_t> bytes = image.bytes();
  system.load(high, bytes);
  REQUIRE(pim_load(&device, high, bytes.size(), high + 0x100000, scratch_bytes) == PIM_OK);
  REQUIRE(pim_run(&device, high + 0x200000, high + 0x300000) == PIM_OK);
  const Doorbell& last = system.chip().doorbells.back();
  CHECK(last.stream_address == high + image.layers[1].run_offset);
  CHECK(last.base_network == high);
  CHECK(last.base_scratch == high + 0x100000);
  CHECK(last.base_input == high + 0x200000);
  CHECK(last.base_output == high + 0x300000);
}

TEST_CASE_METHOD(DriverFixture, "running without a loaded network is refused") {
  REQUIRE(open() == PIM_OK);
  CHECK(run() == PIM_E_NOT_LOADED);
}

TEST_CASE_METHOD(DriverFixture, "a failed load leaves nothing loaded, whatever was before") {
  REQUIRE(open_and_load() == PIM_OK);
  std::vector<std::uint8_t> altered = image.bytes();
  altered[200] ^= 1;
  CHECK(load(altered) == PIM_E_IMAGE_CHECKSUM);
  CHECK(run() == PIM_E_NOT_LOADED);
}

TEST_CASE_METHOD(DriverFixture, "after a reset the network must be loaded again") {
  REQUIRE(open_and_load() == PIM_OK);
  REQUIRE(pim_reset(&device) == PIM_OK);
  CHECK(run() == PIM_E_NOT_LOADED);
  REQUIRE(load() == PIM_OK);
  CHECK(run() == PIM_OK);
}

TEST_CASE_METHOD(DriverFixture, "a reset that fails is told") {
  REQUIRE(open_and_load() == PIM_OK);
  system.chip().reset_works = false;
  CHECK(pim_reset(&device) == PIM_E_RESET);
}

TEST_CASE_METHOD(DriverFixture, "closing switches the chip off and ends the handle") {
  REQUIRE(open_and_load() == PIM_OK);
  REQUIRE(pim_close(&device) == PIM_OK);
  CHECK(system.chip().peek(PIM_REG_CONTROL) == 0);
  CHECK(system.chip().peek(PIM_REG_IRQ_ENABLE) == 0);
  pim_counters counters{};
  CHECK(run() == PIM_E_ARGUMENT);
  CHECK(pim_reset(&device) == PIM_E_ARGUMENT);
  CHECK(pim_close(&device) == PIM_E_ARGUMENT);
  CHECK(pim_read_counters(&device, &counters) == PIM_E_ARGUMENT);
  CHECK_FALSE(pim_irq(&device));
  CHECK(open_and_load() == PIM_OK);
}

TEST_CASE_METHOD(DriverFixture, "addresses that wrap around or are not aligned are refused") {
  REQUIRE(open() == PIM_OK);
  const std::uint64_t size = image.bytes().size();
  CHECK(pim_load(&device, image_address + 2, size, scratch_address, scratch_bytes) == PIM_E_ARGUMENT);
  CHECK(pim_load(&device, UINT64_MAX - 3, size, scratch_address, scratch_bytes) == PIM_E_ARGUMENT);
  CHECK(pim_load(&device, image_address, size, UINT64_MAX - 3, scratch_bytes) == PIM_E_ARGUMENT);
  REQUIRE(load() == PIM_OK);
  CHECK(pim_run(&device, UINT64_MAX, output_address) == PIM_E_ARGUMENT);
  CHECK(pim_run(&device, input_address, UINT64_MAX - 3) == PIM_E_ARGUMENT);
  CHECK(run() == PIM_OK);
}

TEST_CASE_METHOD(DriverFixture, "counters are read as whole numbers") {
  REQUIRE(open() == PIM_OK);
  system.chip().poke(PIM_REG_CYCLES_LO, 7);
  system.chip().poke(PIM_REG_CYCLES_HI, 1);
  system.chip().poke(PIM_REG_ROW_OPERATIONS_LO, 8);
  system.chip().poke(PIM_REG_ROW_WRITES_HI, 2);
  system.chip().poke(PIM_REG_DMA_BYTES_LO, 0xFFFFFFFF);
  system.chip().poke(PIM_REG_COMMANDS, 9);
  pim_counters counters{};
  REQUIRE(pim_read_counters(&device, &counters) == PIM_OK);
  CHECK(counters.cycles == 0x1'0000'0007);
  CHECK(counters.row_operations == 8);
  CHECK(counters.row_writes == 0x2'0000'0000);
  CHECK(counters.dma_bytes == 0xFFFFFFFF);
  CHECK(counters.commands == 9);
  CHECK(pim_read_counters(&device, nullptr) == PIM_E_ARGUMENT);
}

TEST_CASE("two handles drive two chips without noticing each other") {
  constexpr std::uint64_t second_base = 0x20000000;
  DriverFixture first;
  MockChip& second_chip = first.system.add_chip(second_base);
  pim_device second{};
  const pim_hal hal = first.system.hal();
  REQUIRE(first.open_and_load() == PIM_OK);
  REQUIRE(pim_open(&second, &hal, second_base) == PIM_OK);
  CHECK(pim_run(&second, 0, 0) == PIM_E_NOT_LOADED);
  const std::size_t size = first.image.bytes().size();
  REQUIRE(pim_load(&second, DriverFixture::image_address, size, 0x90000000, 4096) == PIM_OK);
  second_chip.on_stream = [](const Doorbell&) {
    StreamEnd end;
    end.kind = StreamEnd::Kind::Error;
    end.cause = PIM_ERROR_CAUSE_BUS_READ;
    return end;
  };
  CHECK(first.run() == PIM_OK);
  CHECK(pim_run(&second, 0x91000000, 0x92000000) == PIM_E_CHIP);
  CHECK(first.run() == PIM_OK);
  CHECK(first.device.error.status == PIM_OK);
  CHECK(second.error.cause == PIM_ERROR_CAUSE_BUS_READ);
  CHECK(first.system.chip().doorbells.size() == 6);
  CHECK(second_chip.doorbells.size() == 3);
  CHECK(second_chip.doorbells.back().base_input == 0x91000000);
}

TEST_CASE("every status and every cause has a text of its own") {
  std::set<std::string> texts;
  for (int status = PIM_OK; status <= PIM_E_BUSY; ++status) {
    texts.insert(pim_status_text(static_cast<pim_status>(status)));
  }
  CHECK(texts.size() == PIM_E_BUSY + 1);
  CHECK(texts.count("unknown status") == 0);
  CHECK(std::string(pim_status_text(static_cast<pim_status>(1000))) == "unknown status");
  CHECK(std::string(pim_cause_text(PIM_ERROR_CAUSE_ROW_RANGE)) == "ROW_RANGE");
  CHECK(std::string(pim_cause_text(1000)) == "unknown");
}
