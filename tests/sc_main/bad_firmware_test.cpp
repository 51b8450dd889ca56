// Firmware that cannot be loaded is bad input (exit code 2), firmware that fails is a failed run (exit code 1).
#include <catch2/catch.hpp>
#include <fstream>

#include "sc_main/support/command.h"
#include "sc_main/support/elf.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;

namespace {

CommandResult run_firmware(const std::string& path) {
  return run_shipped("digits_binary.onnx", {"--count", "2", "--quiet", "--firmware", path});
}

void check_failed(const CommandResult& result, const std::string& message) {
  INFO("stdout: " << result.out << "\nstderr: " << result.err);
  CHECK(result.code == 1);
  CHECK_THAT(result.err, Contains("spinvp: " + message));
  CHECK_THAT(result.out, !Contains("2 images"));
}

}  // namespace

TEST_CASE("firmware outside the memory map is refused with its addresses") {
  const TemporaryFolder folder;
  // What a compiler makes without a linker script stands at 0x10000, where nothing is.
  check_refused(run_firmware(folder.write("low.elf", elf(0x10000, {wait_for_interrupt}))),
                "low.elf: the segment at 0x10000..0x10003 is outside the memory for firmware (0x80000000..0x803fffff)");
  check_refused(run_firmware(folder.write("data.elf", elf(0x80400000, {wait_for_interrupt}))),
                "data.elf: the segment at 0x80400000..0x80400003 is outside the memory for firmware");
}

TEST_CASE("an executable that is not for RISC-V is refused") {
  const TemporaryFolder folder;
  check_refused(run_firmware(folder.write("arm.elf", elf(ram, {0}, EM_ARM))),
                "arm.elf: expected an executable for RISC-V (machine 243), found machine 40");
  check_refused(run_firmware(SPINVP_BINARY_DIR "/bin/spinvp"), "expected a 32-bit ELF file, found class 2");
}

TEST_CASE("a text is no firmware") {
  check_refused(run_firmware(model("accuracy.json")), "accuracy.json: not an ELF file");
}

TEST_CASE("firmware cut off is refused") {
  const TemporaryFolder folder;
  const std::string bytes = read_file(firmware("inference"));
  check_refused(run_firmware(folder.write("cut.elf", bytes.substr(0, 5000))), "cut.elf: truncated: ");
  check_refused(run_firmware(folder.write("header.elf", bytes.substr(0, 20))), "header.elf: truncated: ");
}

TEST_CASE("firmware that ends well without classifying anything has failed") {
  const CommandResult result = run_firmware(firmware("hello"));
  check_failed(result, "the software ended with code 0 after 0 of 2 images");
  CHECK_THAT(result.out, Contains("uart| hello from SpinVP"));
}

TEST_CASE("firmware that runs into a bus error has failed and says where") {
  const CommandResult result = run_firmware(firmware("exception"));
  check_failed(result, "the software ended with code 229 after 0 of 2 images");
  CHECK_THAT(result.out, Contains("uart| exception: load access fault") && Contains("mtval 0x30000000"));
}

TEST_CASE("firmware that overflows its stack has failed") {
  check_failed(run_firmware(firmware("overflow")), "the software ended with code 231 after 0 of 2 images");
}

TEST_CASE("firmware that sleeps for good does not hang the command") {
  const TemporaryFolder folder;
  check_failed(run_firmware(folder.write("sleep.elf", elf(ram, {wait_for_interrupt, jump_back}))),
               "the software stopped doing anything before it ended");
}

TEST_CASE("firmware that spins for good is ended by the limit of simulated time") {
  const TemporaryFolder folder;
  const std::string spin = folder.write("spin.elf", elf(ram, {jump_to_itself}));
  const CommandResult result =
      run_shipped("digits_binary.onnx", {"--count", "2", "--quiet", "--firmware", spin, "--time-limit", "20 ms"});
  check_failed(result,
               "the software finished nothing for 0.02 s of simulated time after 0 of 2 images; a longer "
               "--time-limit lets it go on");
}

TEST_CASE("the limit of simulated time holds for each image, not for the run") {
  // Booting takes longer than an image, so that a limit between them and the run's time ends nothing.
  CHECK(run_shipped("digits_binary.onnx", {"--quiet", "--time-limit", "1 ms"}).code == 0);
  check_failed(run_shipped("digits_binary.onnx", {"--count", "2", "--quiet", "--time-limit", "1 us"}),
               "the software finished nothing for 1e-06 s of simulated time after 0 of 2 images");
}

TEST_CASE("a limit that is no time is wrong usage") {
  for (const char* limit : {"10", "0 s", "-1 s", "10 pJ", "2e6 s", "soon"}) {
    CAPTURE(limit);
    const CommandResult result = run_shipped("digits_binary.onnx", {"--time-limit", limit});
    CHECK(result.code == 2);
    CHECK_THAT(result.err, Contains("--time-limit"));
  }
}

TEST_CASE("a failed run leaves no report and no predictions") {
  const TemporaryFolder folder;
  const CommandResult result =
      run_shipped("digits_binary.onnx", {"--count", "2", "--firmware", firmware("hello"), "--report",
                                         folder.path("report.json"), "--predictions", folder.path("predictions.csv")});
  CHECK(result.code == 1);
  CHECK_FALSE(std::ifstream(folder.path("report.json")).good());
  CHECK_FALSE(std::ifstream(folder.path("predictions.csv")).good());
}
