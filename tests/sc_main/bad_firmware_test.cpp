// Firmware that cannot be loaded is bad input (exit code 2), firmware that fails is a failed run (exit code 1).
#include <elf.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;

namespace {

CommandResult run_firmware(const std::string& path) {
  return run_shipped("digits_binary.onnx", {"--count", "2", "--quiet", "--firmware", path});
}

/// An executable of one segment that runs `code` at `address`.
std::string elf(std::uint32_t address, const std::vector<std::uint32_t>& code, std::uint16_t machine = EM_RISCV) {
  Elf32_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS32;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = machine;
  header.e_version = EV_CURRENT;
  header.e_entry = address;
  header.e_phoff = sizeof header;
  header.e_ehsize = sizeof header;
  header.e_phentsize = sizeof(Elf32_Phdr);
  header.e_phnum = 1;
  Elf32_Phdr segment{};
  segment.p_type = PT_LOAD;
  segment.p_offset = sizeof header + sizeof segment;
  segment.p_vaddr = address;
  segment.p_paddr = address;
  segment.p_filesz = static_cast<Elf32_Word>(code.size() * 4);
  segment.p_memsz = segment.p_filesz;
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  bytes.append(reinterpret_cast<const char*>(&segment), sizeof segment);
  bytes.append(reinterpret_cast<const char*>(code.data()), code.size() * 4);
  return bytes;
}

void check_failed(const CommandResult& result, const std::string& message) {
  INFO("stdout: " << result.out << "\nstderr: " << result.err);
  CHECK(result.code == 1);
  CHECK_THAT(result.err, Contains("spinvp: " + message));
  CHECK_THAT(result.out, !Contains("2 images"));
}

constexpr std::uint32_t ram = 0x80000000;
constexpr std::uint32_t wait_for_interrupt = 0x10500073;
constexpr std::uint32_t jump_back = 0xffdff06f;  // j -4

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

TEST_CASE("a failed run leaves no report and no predictions") {
  const TemporaryFolder folder;
  const CommandResult result =
      run_shipped("digits_binary.onnx", {"--count", "2", "--firmware", firmware("hello"), "--report",
                                         folder.path("report.json"), "--predictions", folder.path("predictions.csv")});
  CHECK(result.code == 1);
  CHECK_FALSE(std::ifstream(folder.path("report.json")).good());
  CHECK_FALSE(std::ifstream(folder.path("predictions.csv")).good());
}
