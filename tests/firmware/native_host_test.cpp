// The native host on a bus with memory, a mock chip and, where asked for, an interrupt controller.
#include "platform/native_host.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "firmware/chip_module.h"
#include "firmware/test_image.h"
#include "platform/bus.h"
#include "platform/memory.h"
#include "platform/plic.h"

using namespace spinvp::test;
using namespace spinvp::platform;
using sc_core::sc_time;

namespace {

constexpr std::uint64_t chip_base = 0x10000000;
constexpr std::uint64_t plic_base = 0x0C000000;
constexpr std::uint64_t ram_base = 0x80000000;
constexpr std::uint64_t boot_info_address = ram_base + 0x1000;
constexpr std::uint64_t network_address = ram_base + 0x10000;
constexpr std::uint64_t images_address = ram_base + 0x20000;
constexpr std::uint64_t results_address = ram_base + 0x30000;
constexpr std::uint64_t scratch_address = ram_base + 0x40000;
constexpr std::uint64_t summary_address = ram_base + 0x2000;
constexpr unsigned chip_source = 3;
constexpr std::uint32_t timer_hz = 1000000;

BusConfig bus_config() {
  BusConfig config;
  config.latency = sc_time(10, sc_core::SC_NS);
  config.initiators = {"host", "chip"};
  config.regions = {{"plic", plic_base, 0x400000}, {"chip", chip_base, 0x1000}, {"ram", ram_base, 0x100000}};
  return config;
}

MemoryConfig ram_config() {
  MemoryConfig config;
  config.size = 0x100000;
  config.access_latency = sc_time(5, sc_core::SC_NS);
  return config;
}

struct System {
  explicit System(bool has_plic) {
    host.bus.bind(bus.initiator("host"));
    bus.region("ram").bind(ram.socket);
    bus.region("chip").bind(chip.socket);
    chip.dma.bind(bus.initiator("chip"));
    chip.irq.bind(chip_line);
    chip.reset.bind(unused_line);
    host.external_irq.bind(has_plic ? plic_line : chip_line);
    if (has_plic) {
      plic = std::make_unique<Plic>("plic", 8);
      bus.region("plic").bind(plic->socket);
      plic->irq.bind(plic_line);
      for (unsigned id = 1; id <= 8; ++id) {
        plic->sources[id - 1].bind(id == chip_source ? chip_line : unused_line);
      }
    }
    const std::vector<std::uint8_t> bytes = image.bytes();
    std::memcpy(ram.data() + (network_address - ram_base), bytes.data(), bytes.size());
    boot.magic = BOOT_MAGIC;
    boot.version = BOOT_VERSION_MAJOR_VALUE;
    boot.plic_base = has_plic ? plic_base : 0;
    boot.pim_base = chip_base;
    boot.pim_irq = chip_source;
    boot.timer_hz = timer_hz;
    boot.network_address = network_address;
    boot.network_bytes = static_cast<std::uint32_t>(bytes.size());
    boot.image_count = 3;
    boot.images_address = images_address;
    boot.image_stride = 16;
    boot.results_address = results_address;
    boot.result_stride = 32;
    boot.scratch_address = scratch_address;
    boot.scratch_bytes = 4096;
    boot.summary_address = summary_address;
    chip.chip.on_stream = [this](const Doorbell& doorbell) { return execute(doorbell); };
  }

  void run() {
    std::memcpy(ram.data() + (boot_info_address - ram_base), &boot, sizeof boot);
    sc_core::sc_start();
  }
  StreamEnd execute(const Doorbell& doorbell) {
    if (doorbell.stream_address == network_address + image.layers[1].run_offset) {
      const std::int32_t scores[] = {1, 4, 2, 4};
      std::memcpy(ram.data() + (doorbell.base_output - ram_base), scores, sizeof scores);
    }
    StreamEnd end = next_end;
    end.ticks = 20000;
    return end;
  }
  boot_summary summary() const {
    boot_summary summary{};
    std::memcpy(&summary, ram.data() + (summary_address - ram_base), sizeof summary);
    return summary;
  }
  boot_result result(std::uint32_t index) const {
    boot_result result{};
    std::memcpy(&result, ram.data() + (results_address - ram_base) + index * 32u, sizeof result);
    return result;
  }

  Bus bus{"bus", bus_config()};
  Memory ram{"ram", ram_config()};
  ChipModule chip{"chip"};
  std::unique_ptr<Plic> plic;
  sc_core::sc_signal<bool> chip_line{"chip_line"};
  sc_core::sc_signal<bool> plic_line{"plic_line"};
  sc_core::sc_signal<bool> unused_line{"unused_line"};
  TestImage image;
  boot_info boot{};
  StreamEnd next_end;
  std::string output;
  std::optional<int> code;
  sc_time end_time;
  NativeHost host{"host",
                  {boot_info_address, [this](const char* line) { output += line; },
                   [this](int result) {
                     code = result;
                     end_time = sc_core::sc_time_stamp();
                   }}};
};

void check_success(const System& system) {
  CHECK(system.output.find("inference: done, 3 images in ") != std::string::npos);
  REQUIRE(system.code == 0);
  CHECK(system.summary().magic == BOOT_SUMMARY_MAGIC);
  CHECK(system.summary().status == PIM_OK);
  CHECK(system.summary().images_done == 3);
  for (std::uint32_t i = 0; i < 3; ++i) {
    CHECK(system.result(i).predicted == 1);
    CHECK(system.result(i).status == PIM_OK);
  }
  // Three images of two layers of 20 us, and some accesses.
  CHECK(system.summary().ticks >= 120);
  CHECK(system.summary().ticks < 150);
  CHECK(system.end_time >= sc_time(160, sc_core::SC_US));
  CHECK(system.chip.largest_delay == sc_core::SC_ZERO_TIME);  // it synchronises; the bus adds its latency behind it
}

}  // namespace

TEST_CASE("the native host runs the application with the chip's own interrupt line") {
  System system(false);
  system.run();
  check_success(system);
}

TEST_CASE("the native host runs the application behind the interrupt controller") {
  System system(true);
  system.run();
  check_success(system);
}

TEST_CASE("a long quantum of the native host changes neither results nor the order of its accesses") {
  tlm::tlm_global_quantum::instance().set(sc_time(1, sc_core::SC_MS));
  System system(true);
  system.run();
  check_success(system);
}

TEST_CASE("the native host reports errors of the chip with the application's code") {
  System system(true);
  system.next_end.kind = StreamEnd::Kind::Error;
  system.next_end.cause = PIM_ERROR_CAUSE_BAD_OPCODE;
  system.run();
  CHECK(system.code == PIM_E_CHIP);
  CHECK(system.summary().status == PIM_E_CHIP);
  CHECK(system.summary().error_cause == PIM_ERROR_CAUSE_BAD_OPCODE);
  CHECK(system.output.find("cause 1 (BAD_OPCODE)") != std::string::npos);
}

TEST_CASE("the native host wakes at the deadline when the chip never ends") {
  System system(true);
  system.next_end.kind = StreamEnd::Kind::Never;
  system.run();
  CHECK(system.code == PIM_E_TIMEOUT);
  CHECK(system.end_time >= sc_time(INFERENCE_LAYER_SECONDS, sc_core::SC_SEC));
  CHECK(system.end_time < sc_time(INFERENCE_LAYER_SECONDS + 1, sc_core::SC_SEC));
}

TEST_CASE("an access that the bus refuses ends the native host with the address") {
  System system(true);
  system.boot.pim_base = 0x40000000;
  system.run();
  CHECK(system.code == NativeHost::bus_error_code);
  CHECK(system.output.find("native host: bus error: read at 0x40000000: ") != std::string::npos);
  CHECK(system.summary().magic != BOOT_SUMMARY_MAGIC);
}
