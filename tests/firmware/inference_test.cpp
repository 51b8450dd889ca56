// The inference application against a mock chip.
#include "firmware/apps/inference/inference.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstddef>
#include <string>

#include "firmware/apps/inference/text.h"
#include "firmware/mock_system.h"
#include "firmware/test_image.h"

using namespace spinvp::test;

namespace {

/// The application on a system whose chip scores an image with the image's own first bytes.
struct InferenceFixture {
  static constexpr std::uint64_t network_address = 0x80010000;
  static constexpr std::uint64_t images_address = 0x80200000;
  static constexpr std::uint64_t results_address = 0x80300000;
  static constexpr std::uint64_t summary_address = 0x80400000;
  static constexpr std::uint32_t image_stride = 16;
  static constexpr std::uint32_t result_stride = 32;

  InferenceFixture() {
    const std::vector<std::uint8_t> bytes = image.bytes();
    system.load(network_address, bytes);
    app.hal = system.hal();
    app.print = [](void* self, const char* line) { static_cast<InferenceFixture*>(self)->output += line; };
    app.print_context = this;
    boot_info& boot = app.boot;
    boot.magic = BOOT_MAGIC;
    boot.version = BOOT_VERSION_MAJOR_VALUE;
    boot.pim_base = MockSystem::chip_base;
    boot.timer_hz = 1000000;
    boot.network_address = network_address;
    boot.network_bytes = static_cast<std::uint32_t>(bytes.size());
    boot.images_address = images_address;
    boot.image_stride = image_stride;
    boot.results_address = results_address;
    boot.result_stride = result_stride;
    boot.scratch_address = 0x80500000;
    boot.scratch_bytes = 4096;
    boot.summary_address = summary_address;
    system.chip().on_stream = [this](const Doorbell& doorbell) { return execute(doorbell); };
  }

  void add_image(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    const std::uint64_t address = images_address + app.boot.image_count++ * std::uint64_t{image_stride};
    system.load(address, {a, b, c, d});
  }
  StreamEnd execute(const Doorbell& doorbell) {
    if (doorbell.stream_address == network_address + image.layers[1].run_offset) {
      const std::uint32_t input = system.read32(doorbell.base_input);
      for (std::uint32_t i = 0; i < 4; ++i) {
        const auto score = static_cast<std::int8_t>(input >> 8 * i & 0xFF);
        system.write32(doorbell.base_output + 4 * i, static_cast<std::uint32_t>(std::int32_t{score}));
      }
      if (static_cast<int>(++images_run) == failing_image + 1) {
        StreamEnd end;
        end.kind = StreamEnd::Kind::Error;
        end.cause = PIM_ERROR_CAUSE_BUFFER_RANGE;
        end.detail = 0x10004;
        end.address = 0x80010140;
        return end;
      }
    }
    return {};
  }
  std::uint32_t result(std::uint32_t index, std::size_t field) {
    return system.read32(results_address + index * std::uint64_t{result_stride} + field);
  }
  std::uint32_t predicted(std::uint32_t index) { return result(index, offsetof(boot_result, predicted)); }
  std::uint32_t status(std::uint32_t index) { return result(index, offsetof(boot_result, status)); }
  std::uint32_t summary(std::size_t field) { return system.read32(summary_address + field); }
  int count_lines() const { return static_cast<int>(std::count(output.begin(), output.end(), '\n')); }

  MockSystem system;
  TestImage image;
  inference app{};
  std::string output;
  std::uint32_t images_run = 0;
  int failing_image = -1;
};

#define SUMMARY(field) offsetof(boot_summary, field)

}  // namespace

TEST_CASE_METHOD(InferenceFixture, "every image gets its result, and the summary counts them") {
  add_image(1, 2, 9, 3);
  add_image(0, 7, 1, 7);
  add_image(0x80, 0xFF, 0xFE, 0x81);
  CHECK(inference_run(&app) == 0);
  CHECK(predicted(0) == 2);
  CHECK(predicted(1) == 1);
  CHECK(predicted(2) == 1);
  for (std::uint32_t i = 0; i < 3; ++i) {
    CHECK(status(i) == 0);
  }
  CHECK(summary(SUMMARY(magic)) == BOOT_SUMMARY_MAGIC);
  CHECK(summary(SUMMARY(status)) == 0);
  CHECK(summary(SUMMARY(images_done)) == 3);
  CHECK(summary(SUMMARY(error_cause)) == 0);
  CHECK(summary(SUMMARY(layer)) == PIM_NO_LAYER);
  CHECK(summary(SUMMARY(ticks)) == 3 * 2 * 10);
  CHECK(summary(SUMMARY(ticks) + 4) == 0);
  CHECK(system.chip().peek(PIM_REG_CONTROL) == 0);
}

TEST_CASE_METHOD(InferenceFixture, "interrupts that get lost cost a hundredth of a second each and no result") {
  add_image(1, 2, 9, 3);
  system.interrupt_is_lost = true;
  CHECK(inference_run(&app) == 0);
  CHECK(predicted(0) == 2);
  CHECK(summary(SUMMARY(ticks)) == 2 * app.boot.timer_hz / INFERENCE_LOOKS_A_SECOND);
}

TEST_CASE_METHOD(InferenceFixture, "images before the first one asked for are left out") {
  for (int i = 0; i < 20; ++i) {
    add_image(1, 2, 9, 3);
  }
  app.boot.first_image = 17;
  CHECK(inference_run(&app) == 0);
  CHECK(images_run == 3);
  CHECK(predicted(16) == 0xDEADBEEF);  // memory that nobody wrote
  CHECK(predicted(17) == 2);
  CHECK(predicted(19) == 2);
  CHECK(summary(SUMMARY(images_done)) == 3);
}

TEST_CASE_METHOD(InferenceFixture, "a first image behind the last leaves nothing to do") {
  add_image(1, 2, 3, 4);
  app.boot.first_image = 5;
  CHECK(inference_run(&app) == 0);
  CHECK(images_run == 0);
  CHECK(summary(SUMMARY(images_done)) == 0);
}

TEST_CASE_METHOD(InferenceFixture, "the application says what it runs on, what it loaded and how long it took") {
  add_image(1, 2, 3, 4);
  add_image(4, 3, 2, 1);
  REQUIRE(inference_run(&app) == 0);
  CHECK(output ==
        "inference: PIM chip, 4 banks x 8 sub-arrays of 256 x 512 bits, buffer 65536 bytes, 200.0 MHz\n"
        "inference: network two_layers, input 4 x 4 x 1, 4 scores\n"
        "inference: loaded 2 layers in 20.0 us, weights are stationary\n"
        "inference: done, 2 images in 40.0 us, 20.0 us an image\n");
}

TEST_CASE_METHOD(InferenceFixture, "nothing is printed between two images, however many there are") {
  for (int i = 0; i < 100; ++i) {
    add_image(1, 0, 0, 0);
  }
  REQUIRE(inference_run(&app) == 0);
  CHECK(count_lines() == 3 + 1);
}

TEST_CASE_METHOD(InferenceFixture, "the summary tells an error of layer 0 from one of no layer") {
  app.boot.flags = BOOT_FLAG_QUIET;
  add_image(1, 2, 3, 4);
  SECTION("layer 0") {
    system.chip().on_stream = [](const Doorbell&) {
      StreamEnd end;
      end.kind = StreamEnd::Kind::Error;
      end.cause = PIM_ERROR_CAUSE_BUFFER_RANGE;
      return end;
    };
    CHECK(inference_run(&app) == PIM_E_CHIP);
    CHECK(summary(SUMMARY(layer)) == 0);
  }
  SECTION("no layer") {
    system.chip().poke(PIM_REG_ID, 0);
    CHECK(inference_run(&app) == PIM_E_NOT_PIM);
    CHECK(summary(SUMMARY(layer)) == PIM_NO_LAYER);
  }
}

TEST_CASE_METHOD(InferenceFixture, "a quiet run prints nothing") {
  app.boot.flags = BOOT_FLAG_QUIET;
  add_image(1, 2, 3, 4);
  CHECK(inference_run(&app) == 0);
  CHECK(output.empty());
  CHECK(predicted(0) == 3);
}

TEST_CASE_METHOD(InferenceFixture, "streamed weights and a single image are named as such") {
  image.header.weights_stationary = 0;
  system.load(network_address, image.bytes());
  add_image(1, 2, 3, 4);
  REQUIRE(inference_run(&app) == 0);
  CHECK(output.find("weights are streamed\n") != std::string::npos);
  CHECK(output.find("inference: done, 1 image in 20.0 us\n") != std::string::npos);
}

TEST_CASE_METHOD(InferenceFixture, "without images the network is loaded and the summary is empty") {
  CHECK(inference_run(&app) == 0);
  CHECK(summary(SUMMARY(magic)) == BOOT_SUMMARY_MAGIC);
  CHECK(summary(SUMMARY(images_done)) == 0);
}

TEST_CASE_METHOD(InferenceFixture, "an error of the chip ends the run and is told precisely, even when quiet") {
  app.boot.flags = BOOT_FLAG_QUIET;
  add_image(1, 2, 3, 4);
  add_image(1, 2, 3, 4);
  add_image(1, 2, 3, 4);
  failing_image = 1;
  CHECK(inference_run(&app) == PIM_E_CHIP);
  CHECK(status(0) == 0);
  CHECK(status(1) == PIM_E_CHIP);
  CHECK(predicted(1) == UINT32_MAX);
  CHECK(images_run == 2);
  CHECK(summary(SUMMARY(magic)) == BOOT_SUMMARY_MAGIC);
  CHECK(summary(SUMMARY(status)) == PIM_E_CHIP);
  CHECK(summary(SUMMARY(images_done)) == 1);
  CHECK(summary(SUMMARY(layer)) == 1);
  CHECK(summary(SUMMARY(error_cause)) == PIM_ERROR_CAUSE_BUFFER_RANGE);
  CHECK(summary(SUMMARY(error_detail)) == 0x10004);
  CHECK(summary(SUMMARY(error_address)) == 0x80010140);
  CHECK(output ==
        "inference: error: image 1, layer 1: the chip stopped with an error: cause 6 (BUFFER_RANGE), detail 0x10004, "
        "command at 0x80010140\n");
}

TEST_CASE_METHOD(InferenceFixture, "an image at which the chip failed is tried again, and both are told") {
  app.boot.flags = BOOT_FLAG_QUIET;
  app.boot.retries = 2;
  add_image(1, 2, 3, 4);
  add_image(4, 3, 2, 1);
  failing_image = 1;
  CHECK(inference_run(&app) == PIM_OK);
  CHECK(images_run == 3);
  CHECK(status(1) == PIM_OK);
  CHECK(predicted(1) == 0);
  CHECK(summary(SUMMARY(status)) == PIM_OK);
  CHECK(summary(SUMMARY(images_done)) == 2);
  CHECK(summary(SUMMARY(recoveries)) == 1);
  CHECK(output ==
        "inference: error: image 1, layer 1: the chip stopped with an error: cause 6 (BUFFER_RANGE), detail 0x10004, "
        "command at 0x80010140\ninference: trying again, 1 of 2 times at most\n");
}

TEST_CASE_METHOD(InferenceFixture, "loading and each image are tried again no more often than the platform says") {
  app.boot.flags = BOOT_FLAG_QUIET;
  app.boot.retries = 2;
  add_image(1, 2, 3, 4);
  int streams = 0;
  const auto fails = [&streams](int first, int last) {
    return [&streams, first, last](const Doorbell&) {
      StreamEnd end;
      ++streams;
      end.kind = streams >= first && streams <= last ? StreamEnd::Kind::Error : StreamEnd::Kind::Done;
      end.cause = PIM_ERROR_CAUSE_BUS_READ;
      return end;
    };
  };
  SECTION("loading, which fails twice") {
    system.chip().on_stream = fails(1, 2);
    CHECK(inference_run(&app) == PIM_OK);
    CHECK(summary(SUMMARY(recoveries)) == 2);
  }
  SECTION("loading, which fails for ever") {
    system.chip().on_stream = fails(1, 1000);
    CHECK(inference_run(&app) == PIM_E_CHIP);
    CHECK(streams == 3);
  }
  SECTION("an image, which fails for ever") {
    system.chip().on_stream = fails(3, 1000);
    CHECK(inference_run(&app) == PIM_E_CHIP);
    CHECK(streams == 2 + 3);
    CHECK(status(0) == PIM_E_CHIP);
    CHECK(summary(SUMMARY(recoveries)) == 2);
  }
}

TEST_CASE_METHOD(InferenceFixture, "a network that cannot be loaded is told with its numbers") {
  image.header.subarrays = 64;
  system.load(network_address, image.bytes());
  app.boot.flags = BOOT_FLAG_QUIET;
  add_image(1, 2, 3, 4);
  CHECK(inference_run(&app) == PIM_E_SUBARRAYS);
  CHECK(summary(SUMMARY(status)) == PIM_E_SUBARRAYS);
  CHECK(output == "inference: error: loading the network: the chip has too few sub-arrays: needed 64, found 32\n");
}

TEST_CASE_METHOD(InferenceFixture, "a chip that is not there is told with what was found") {
  app.boot.flags = BOOT_FLAG_QUIET;
  system.chip().poke(PIM_REG_ID, 0);
  CHECK(inference_run(&app) == PIM_E_NOT_PIM);
  CHECK(summary(SUMMARY(status)) == PIM_E_NOT_PIM);
  CHECK(output == "inference: error: opening the chip: no PIM chip at this address: needed 0x4e495053, found 0x0\n");
}

TEST_CASE_METHOD(InferenceFixture, "a hung layer ends the run after the application's limit") {
  app.boot.flags = BOOT_FLAG_QUIET;
  system.chip().on_stream = [](const Doorbell&) {
    StreamEnd end;
    end.kind = StreamEnd::Kind::Never;
    return end;
  };
  CHECK(inference_run(&app) == PIM_E_TIMEOUT);
  CHECK(system.now() >= INFERENCE_LAYER_SECONDS * 1000000ull);
  CHECK(output == "inference: error: loading the network, layer 0: the chip did not finish in time: STATUS 0x1\n");
}

TEST_CASE_METHOD(InferenceFixture, "places that do not fit the network are refused before anything runs") {
  add_image(1, 2, 3, 4);
  app.boot.flags = BOOT_FLAG_QUIET;
  std::string expected;
  SECTION("images overlap") {
    app.boot.image_stride = 15;
    expected = "inference: error: boot information: image_stride must be at least 16, is 15\n";
  }
  SECTION("results overlap") {
    app.boot.result_stride = 20;
    expected = "inference: error: boot information: result_stride must be at least 24, is 20\n";
  }
  SECTION("results are not aligned") {
    app.boot.results_address = results_address + 2;
    expected = "inference: error: boot information: results must stand at multiples of 4\n";
  }
  CHECK(inference_run(&app) == PIM_E_ARGUMENT);
  CHECK(summary(SUMMARY(status)) == PIM_E_ARGUMENT);
  CHECK(output == expected);
  CHECK(images_run == 0);
}

TEST_CASE_METHOD(InferenceFixture, "without boot information nothing is touched") {
  SECTION("no magic") {
    app.boot.magic = 0;
  }
  SECTION("another version") {
    app.boot.version = 2;
  }
  SECTION("a summary that is not aligned") {
    app.boot.summary_address += 1;
  }
  CHECK(inference_run(&app) == PIM_E_ARGUMENT);
  CHECK(summary(SUMMARY(magic)) != BOOT_SUMMARY_MAGIC);
  CHECK(output.find("inference: error: no boot information: magic 0x") == 0);
}

TEST_CASE_METHOD(InferenceFixture, "the lowest of equal scores wins") {
  const auto argmax_of = [this](std::initializer_list<std::int32_t> scores) {
    std::uint64_t address = 0x1000;
    for (const std::int32_t score : scores) {
      system.write32(address, static_cast<std::uint32_t>(score));
      address += 4;
    }
    return inference_argmax(&app.hal, 0x1000, static_cast<std::uint32_t>(scores.size()));
  };
  CHECK(argmax_of({5, 5, 5}) == 0);
  CHECK(argmax_of({-3, -1, -1}) == 1);
  CHECK(argmax_of({INT32_MIN, INT32_MIN}) == 0);
  CHECK(argmax_of({INT32_MIN, INT32_MAX, INT32_MAX}) == 1);
  CHECK(argmax_of({-1, 0, 1}) == 2);
}

TEST_CASE_METHOD(InferenceFixture, "a single score decides between two classes") {
  const auto class_of = [this](std::int32_t score) {
    system.write32(0x1000, static_cast<std::uint32_t>(score));
    return inference_argmax(&app.hal, 0x1000, 1);
  };
  CHECK(class_of(INT32_MIN) == 0);
  CHECK(class_of(0) == 0);
  CHECK(class_of(1) == 1);
}

TEST_CASE("numbers become text, and too much text is cut") {
  text line;
  text_clear(&line);
  text_add_number(&line, UINT64_MAX);
  text_add(&line, " ");
  text_add_hex(&line, 0);
  text_add(&line, " ");
  text_add_hex(&line, 0xDEADBEEF01234567);
  text_add(&line, " ");
  text_add_tenths(&line, 7);
  CHECK(std::string(line.bytes) == "18446744073709551615 0x0 0xdeadbeef01234567 0.7");
  for (int i = 0; i < 100; ++i) {
    text_add(&line, "0123456789");
  }
  CHECK(std::string(line.bytes).size() == TEXT_BYTES - 1);
}
