// The application on the virtual SoC with a mock chip: as firmware on the RISC-V core, and natively in its place.
#include <catch2/catch.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "firmware/chip_module.h"
#include "firmware/test_image.h"
#include "platform/native_host.h"
#include "platform/virtual_soc.h"

using namespace spinvp::test;
using namespace spinvp::platform;

namespace {

constexpr std::uint32_t image_count = 20;
constexpr std::uint32_t image_stride = 16;
constexpr std::uint32_t result_stride = 32;

struct System {
  explicit System(HostKind kind, const std::string& app = "inference") : soc("soc", config, kind) {
    soc.bind_accelerator(chip.socket, chip.dma, chip.irq, chip.reset);
    soc.on_uart_output([this](char character) { output += character; });
    chip.chip.on_stream = [this](const Doorbell& doorbell) { return execute(doorbell); };
    if (kind == HostKind::RiscV) {
      soc.load_firmware(SPINVP_BINARY_DIR "/firmware/" + app + ".elf");
    } else {
      host = std::make_unique<NativeHost>(
          "host", NativeHostConfig{config.boot_info, [this](const char* line) { output += line; },
                                   [this](int result) { finish(result); }});
      soc.bind_host(host->bus, host->external_irq);
    }
    soc.on_finish([this](int result) { finish(result); });
    prepare_memory();
  }

  void finish(int result) {
    code = result;
    soc.stop();
  }
  void prepare_memory() {
    const std::vector<std::uint8_t> bytes = image.bytes();
    const std::uint64_t data = config.boot_info + 0x1000u;
    boot = soc.boot_information();
    boot.summary_address = data;
    boot.network_address = data + 0x10000;
    boot.network_bytes = static_cast<std::uint32_t>(bytes.size());
    boot.image_count = image_count;
    boot.images_address = data + 0x20000;
    boot.image_stride = image_stride;
    boot.results_address = data + 0x30000;
    boot.result_stride = result_stride;
    boot.scratch_address = data + 0x40000;
    boot.scratch_bytes = 4096;
    soc.write_memory(boot.network_address, bytes.data(), bytes.size());
    for (std::uint32_t i = 0; i < image_count; ++i) {
      std::vector<std::uint8_t> pixels(image_stride);
      pixels[i % 4] = 100;
      soc.write_memory(boot.images_address + i * image_stride, pixels.data(), pixels.size());
    }
  }
  void run() {
    soc.write_boot_information(boot);
    sc_core::sc_start();
  }
  /// The scores of an image are its first four pixels.
  StreamEnd execute(const Doorbell& doorbell) {
    if (doorbell.stream_address == boot.network_address + image.layers[1].run_offset) {
      std::uint8_t pixels[4];
      soc.read_memory(doorbell.base_input, pixels, sizeof pixels);
      const std::int32_t scores[] = {pixels[0], pixels[1], pixels[2], pixels[3]};
      soc.write_memory(doorbell.base_output, scores, sizeof scores);
    }
    if (doorbell.stream_address == hanging_stream) {
      return StreamEnd{StreamEnd::Kind::Never};
    }
    if (doorbell.base_input == failing_input) {
      StreamEnd end = next_end;
      end.kind = StreamEnd::Kind::Error;
      end.cause = PIM_ERROR_CAUSE_ROW_RANGE;
      return end;
    }
    return next_end;
  }
  boot_summary summary() {
    boot_summary summary{};
    soc.read_memory(boot.summary_address, &summary, sizeof summary);
    return summary;
  }
  boot_result result(std::uint32_t index) {
    boot_result result{};
    soc.read_memory(boot.results_address + index * result_stride, &result, sizeof result);
    return result;
  }

  SocConfig config = load_soc_config(SPINVP_SOURCE_DIR "/configs/socs/default.yaml");
  VirtualSoc soc;
  ChipModule chip{"chip"};
  std::unique_ptr<NativeHost> host;
  TestImage image;
  boot_info boot{};
  StreamEnd next_end;
  std::uint64_t hanging_stream = 0;
  std::uint64_t failing_input = UINT64_MAX;
  std::string output;
  int code = -1;
};

void check_images(System& system) {
  REQUIRE(system.code == 0);
  CHECK(system.summary().magic == BOOT_SUMMARY_MAGIC);
  CHECK(system.summary().images_done == image_count);
  CHECK(system.chip.chip.doorbells.size() == 2 + 2 * image_count);
  for (std::uint32_t i = 0; i < image_count; ++i) {
    CHECK(system.result(i).predicted == i % 4);
    CHECK(system.result(i).status == PIM_OK);
  }
}

void check_success(HostKind kind, std::uint64_t stream_nanoseconds) {
  System system(kind);
  system.next_end.ticks = stream_nanoseconds;
  system.run();
  CAPTURE(system.output);
  check_images(system);
  CHECK(system.output.find(" of 20 images") == std::string::npos);  // progress would take time between images
  CHECK(system.output.find("inference: done, 20 images in ") != std::string::npos);
}

void check_error(HostKind kind) {
  System system(kind);
  system.boot.flags = BOOT_FLAG_QUIET;
  system.next_end.kind = StreamEnd::Kind::Error;
  system.next_end.cause = PIM_ERROR_CAUSE_MISALIGNED;
  system.next_end.detail = 4;
  system.next_end.address = 0x80412340;
  system.run();
  CHECK(system.code == PIM_E_CHIP);
  CHECK(system.summary().status == PIM_E_CHIP);
  CHECK(system.summary().error_cause == PIM_ERROR_CAUSE_MISALIGNED);
  CHECK(system.summary().error_address == 0x80412340);
  CHECK(system.output ==
        "inference: error: loading the network, layer 0: the chip stopped with an error: cause 10 (MISALIGNED), "
        "detail 0x4, command at 0x80412340\n");
}

void check_timeout(HostKind kind) {
  System system(kind);
  system.boot.flags = BOOT_FLAG_QUIET;
  system.hanging_stream = system.boot.network_address + system.image.layers[1].run_offset;
  system.run();
  CHECK(system.code == PIM_E_TIMEOUT);
  CHECK(system.summary().layer == 1);
  CHECK(system.summary().images_done == 0);
  CHECK(system.output == "inference: error: image 0, layer 1: the chip did not finish in time: STATUS 0x1\n");
}

}  // namespace

TEST_CASE("the firmware classifies images on the core") {
  check_success(HostKind::RiscV, 50000);
}

TEST_CASE("the firmware keeps up with streams that end while it looks at STATUS") {
  check_success(HostKind::RiscV, 130);
}

TEST_CASE("the firmware keeps up with streams that are over at once") {
  check_success(HostKind::RiscV, 0);
}

TEST_CASE("the native host classifies images in the place of the core") {
  check_success(HostKind::External, 50000);
}

TEST_CASE("the native host keeps up with streams that are over at once") {
  check_success(HostKind::External, 0);
}

TEST_CASE("the firmware reports an error of the chip") {
  check_error(HostKind::RiscV);
}

TEST_CASE("the native host reports an error of the chip with the same words") {
  check_error(HostKind::External);
}

TEST_CASE("the firmware wakes by its timer when the chip never ends") {
  check_timeout(HostKind::RiscV);
}

TEST_CASE("the native host wakes by itself when the chip never ends") {
  check_timeout(HostKind::External);
}

TEST_CASE("firmware that polls does all its other work while the chip runs, and sleeps for the rest") {
  System system(HostKind::RiscV, "overlap");
  system.next_end.ticks = 20000;
  system.run();
  CAPTURE(system.output);
  check_images(system);
  unsigned long images = 0, ticks = 0, pieces_while_busy = 0, pieces = 0, sleeps = 0, sum = 0;
  REQUIRE(
      std::sscanf(system.output.c_str(),
                  "overlap: %lu images in %lu ticks; meanwhile the core did %lu of its %lu pieces of other work and "
                  "slept %lu times\noverlap: the pixels' sum is %lu",
                  &images, &ticks, &pieces_while_busy, &pieces, &sleeps, &sum) == 6);
  CHECK(images == image_count);
  CHECK(pieces == image_count * image_stride / 64);
  CHECK(pieces_while_busy == pieces);
  CHECK(sum == 100 * image_count);
  CHECK(sleeps >= 2 * image_count - pieces);
}

TEST_CASE("firmware that polls keeps up with streams that are over at once") {
  System system(HostKind::RiscV, "overlap");
  system.next_end.ticks = 0;
  system.run();
  CAPTURE(system.output);
  check_images(system);
}

TEST_CASE("firmware that polls reports the image that failed and cancels the one behind it") {
  System system(HostKind::RiscV, "overlap");
  system.next_end.ticks = 20000;
  system.failing_input = system.boot.images_address + 5 * image_stride;
  system.run();
  CHECK(system.code == PIM_E_CHIP);
  CHECK(system.summary().status == PIM_E_CHIP);
  CHECK(system.summary().error_cause == PIM_ERROR_CAUSE_ROW_RANGE);
  CHECK(system.summary().layer == 0);
  CHECK(system.summary().images_done == 5);
  CHECK(system.result(4).predicted == 0);
  CHECK(system.result(5).status == PIM_E_CHIP);
  CHECK(system.result(6).status == PIM_E_CANCELLED);
  CHECK(system.output == "overlap: error: image 5, layer 0: the chip stopped with an error\n");
}
