#include "platform/elf_symbols.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <iterator>

#include "core/errors.h"
#include "support/elf_builder.h"

using namespace spinvp;
using namespace spinvp::platform;
using Catch::Matchers::Contains;

namespace {

const std::string inference = SPINVP_BINARY_DIR "/firmware/inference.elf";

std::string read(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
}

}  // namespace

TEST_CASE("functions and labels of assembly have their places, and they do not overlap") {
  const SymbolTable table = SymbolTable::read(inference);
  bool main_found = false;
  bool trap_found = false;
  std::uint64_t end = 0;
  for (const Symbol& symbol : table.symbols()) {
    CHECK(symbol.address >= end);
    CHECK(symbol.size > 0);
    end = std::uint64_t{symbol.address} + symbol.size;
    main_found = main_found || symbol.name == "main";
    trap_found = trap_found || (symbol.name == "trap_entry" && symbol.size > 64);  // a label: up to the next symbol
    CHECK(table.text_of(symbol.address) == symbol.name);
    CHECK(table.text_of(symbol.address + symbol.size - 1).rfind(symbol.name, 0) == 0);
  }
  CHECK(main_found);
  CHECK(trap_found);
  CHECK(table.text_of(0x1000).empty());
  CHECK(table.text_of(0xffffffff).empty());
  CHECK(SymbolTable().text_of(0).empty());
}

TEST_CASE("an executable without symbols has an empty table") {
  ElfBuilder elf;
  CHECK(SymbolTable::read(elf.write("stripped")).symbols().empty());
}

TEST_CASE("damaged section and symbol tables are refused by name") {
  const std::string bytes = read(inference);
  Elf32_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  const std::string path = "damaged_symbols.elf";
  const auto refused = [&](const std::string& changed) {
    std::ofstream(path, std::ios::binary) << changed;
    return [&] { SymbolTable::read(path); };
  };
  CHECK_THROWS_WITH(refused(bytes.substr(0, header.e_shoff + 10))(), Contains(path + ": truncated: section header 0"));
  // Every field of every section header, one after the other: a table or an error, never a crash.
  std::size_t errors = 0;
  for (std::size_t at = header.e_shoff; at + 4 <= header.e_shoff + header.e_shnum * sizeof(Elf32_Shdr); at += 4) {
    std::string changed = bytes;
    const std::uint32_t value = 0x7ffffff0;
    std::memcpy(&changed[at], &value, sizeof value);
    try {
      refused(changed)();
    } catch (const InputError&) {
      ++errors;
    }
  }
  CHECK(errors > 2);
  std::remove(path.c_str());
}
