// The disassembler against objdump, over all code of the firmware.
#include "platform/trace/disassembler.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <string>

#include "platform/elf_symbols.h"

using namespace spinvp::platform;

namespace {

/// What a program prints.
std::string output_of(const std::string& command) {
  std::string text;
  std::FILE* const pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char buffer[4096];
  for (std::size_t count; (count = fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    text.append(buffer, count);
  }
  REQUIRE(pclose(pipe) == 0);
  return text;
}

/// objdump's text without symbols and remarks, and with 0x before the targets of jumps.
std::string as_ours(std::string text) {
  text = text.substr(0, text.find(" #"));
  if (const std::size_t symbol = text.find(" <"); symbol != std::string::npos) {
    text.resize(symbol);
    text.insert(text.rfind(',') + 1, "0x");
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) {
    text.pop_back();
  }
  return text;
}

}  // namespace

TEST_CASE("32-bit instructions of the firmware read as objdump reads them") {
  const std::string dump =
      output_of("riscv64-unknown-elf-objdump -d -M no-aliases " SPINVP_BINARY_DIR "/firmware/inference.elf");
  const SymbolTable table = SymbolTable::read(SPINVP_BINARY_DIR "/firmware/inference.elf");
  std::size_t compared = 0;
  for (std::size_t at = 0; at < dump.size();) {
    const std::size_t end = dump.find('\n', at);
    const std::string line = dump.substr(at, end - at);
    at = end + 1;
    unsigned pc = 0;
    unsigned bits = 0;
    int digits_end = 0;
    char mnemonic[32] = {};
    int text_at = 0;
    if (std::sscanf(line.c_str(), "%8x:\t%x%n %n%31s", &pc, &bits, &digits_end, &text_at, mnemonic) != 3 ||
        digits_end != 18) {
      continue;
    }
    std::string text = mnemonic;
    if (const std::size_t tab = line.find('\t', static_cast<std::size_t>(text_at)); tab != std::string::npos) {
      text += " " + line.substr(tab + 1);
    }
    if (table.index_of(pc) == table.symbols().size()) {
      continue;  // constants behind the code
    }
    INFO(line);
    CHECK(disassemble(bits, pc) == as_ours(text));
    ++compared;
  }
  CHECK(compared > 1000);
}

TEST_CASE("compressed, atomic and illegal instructions read as what they are") {
  CHECK(disassemble(0x1141, 0) == "addi sp,sp,-16");
  CHECK(disassemble(0x8082, 0) == "jalr zero,0(ra)");
  CHECK(disassemble(0xa001, 0x80000000) == "jal zero,0x80000000");
  CHECK(disassemble(0xffff4102, 0) == "lw sp,0(sp)");
  CHECK(disassemble(0x1005a52f, 0) == "lr.w a0,(a1)");
  CHECK(disassemble(0x1ec5a52f, 0) == "sc.w.aqrl a0,a2,(a1)");
  CHECK(disassemble(0x04c5a52f, 0) == "amoadd.w.aq a0,a2,(a1)");
  CHECK(disassemble(0xe2c5a52f, 0) == "amomaxu.w.rl a0,a2,(a1)");
  CHECK(disassemble(0x30200073, 0) == "mret");
  CHECK(disassemble(0x0000, 0) == ".half 0x0000");
  CHECK(disassemble(0xffffffff, 0) == ".word 0xffffffff");
}
