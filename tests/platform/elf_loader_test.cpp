#include "platform/elf_loader.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "core/errors.h"
#include "support/elf_builder.h"

using namespace spinvp;
using namespace spinvp::platform;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

constexpr AddressRange ram{0x80000000, 0x1000};

struct Target {
  std::map<std::uint64_t, std::uint8_t> bytes;
  std::uint32_t entry = 0;
};

Target load(const std::string& path) {
  Target target;
  target.entry = load_elf(path, ram, [&](std::uint64_t address, const std::uint8_t* bytes, std::size_t length) {
    for (std::size_t i = 0; i < length; ++i) {
      target.bytes[address + i] = bytes[i];
    }
    return true;
  });
  return target;
}

/// The message about a file that must not be loaded, without a byte of it written.
std::string refusal(const std::string& path) {
  try {
    load_elf(path, ram, [](std::uint64_t, const std::uint8_t*, std::size_t) -> bool {
      FAIL("a refused file was written");
      return true;
    });
  } catch (const InputError& error) {
    CHECK_THAT(error.what(), StartsWith(path + ": "));
    return error.what();
  }
  return "loaded";
}

}  // namespace

TEST_CASE("the loader writes every segment and zeroes its tail") {
  const Target target = load(ElfBuilder().write("good"));
  CHECK(target.entry == 0x80000000);
  const std::map<std::uint64_t, std::uint8_t> expected{{0x80000000, 0x13}, {0x80000001, 0},    {0x80000002, 0},
                                                       {0x80000003, 0},    {0x80000100, 0x42}, {0x80000101, 0},
                                                       {0x80000102, 0}};
  CHECK(target.bytes == expected);
}

TEST_CASE("the loader refuses what is no executable for the core") {
  const auto message = [](const char* name, auto spoil) {
    ElfBuilder elf;
    spoil(elf);
    return refusal(elf.write(name));
  };
  CHECK_THAT(message("magic", [](ElfBuilder& elf) { elf.header.e_ident[0] = 'x'; }), Contains("not an ELF file"));
  CHECK_THAT(message("class", [](ElfBuilder& elf) { elf.header.e_ident[EI_CLASS] = ELFCLASS64; }),
             Contains("expected a 32-bit ELF file, found class 2"));
  CHECK_THAT(message("endian", [](ElfBuilder& elf) { elf.header.e_ident[EI_DATA] = ELFDATA2MSB; }),
             Contains("expected a little-endian ELF file"));
  CHECK_THAT(message("machine", [](ElfBuilder& elf) { elf.header.e_machine = EM_X86_64; }),
             Contains("expected an executable for RISC-V (machine 243), found machine 62"));
  CHECK_THAT(message("object", [](ElfBuilder& elf) { elf.header.e_type = ET_REL; }),
             Contains("expected a linked executable"));
  CHECK_THAT(message("float", [](ElfBuilder& elf) { elf.header.e_flags = EF_RISCV_FLOAT_ABI_DOUBLE; }),
             Contains("hardware floating point"));
  CHECK_THAT(message("phentsize", [](ElfBuilder& elf) { elf.header.e_phentsize = 0; }),
             Contains("expected program headers of 32 bytes, found 0"));
  CHECK_THAT(message("empty", [](ElfBuilder& elf) { elf.header.e_phnum = 0; }), Contains("has no loadable segment"));
  CHECK_THAT(message("entry", [](ElfBuilder& elf) { elf.header.e_entry = 0x80000004; }),
             Contains("the entry point 0x80000004 is in no segment"));
}

TEST_CASE("the loader names the address of a segment outside memory") {
  ElfBuilder elf;
  elf.segments[1].p_paddr = 0x10000;
  CHECK_THAT(refusal(elf.write("below")),
             Contains("the segment at 0x10000..0x10002 is outside the memory for firmware (0x80000000..0x80000fff)"));
  elf.segments[1].p_paddr = 0x80000fff;
  CHECK_THAT(refusal(elf.write("across")), Contains("the segment at 0x80000fff..0x80001001 is outside"));
  elf.segments[1].p_paddr = 0xffffffff;
  elf.segments[1].p_memsz = 0xffffffff;
  CHECK_THAT(refusal(elf.write("above")), Contains("the segment at 0xffffffff..0x1fffffffd is outside"));
}

TEST_CASE("the loader refuses segments and headers that the file does not hold") {
  ElfBuilder elf;
  elf.segments[1].p_memsz = 0;
  elf.segments[0].p_filesz = 5;
  CHECK_THAT(refusal(elf.write("filesz")), Contains("the segment at 0x80000000 has more bytes in the file (5)"));
  elf = ElfBuilder();
  elf.segments[0].p_offset = 0xffffffff;
  CHECK_THAT(refusal(elf.write("offset")), Contains("truncated: the segment at 0x80000000"));
  elf = ElfBuilder();
  elf.header.e_phoff = 0xfffffff0;
  CHECK_THAT(refusal(elf.write("phoff")), Contains("truncated: program header 0"));
}

TEST_CASE("the loader refuses a file cut off anywhere") {
  const ElfBuilder elf;
  const std::size_t whole = sizeof elf.header + sizeof elf.segments + sizeof elf.contents;
  for (std::size_t length = 0; length < whole; ++length) {
    CHECK_THAT(refusal(elf.write("cut", length)), Contains(length < SELFMAG ? "not an ELF file" : "truncated"));
  }
}

TEST_CASE("the loader names a file that it cannot open or that memory refuses") {
  CHECK_THAT(refusal("no/such.elf"), Contains("no/such.elf: cannot open the file: No such file"));
  CHECK_THROWS_WITH(load_elf(ElfBuilder().write("refused"), ram,
                             [](std::uint64_t, const std::uint8_t*, std::size_t) { return false; }),
                    Contains("the memory refuses the segment at 0x80000000"));
}

TEST_CASE("the loader survives every spoiled byte of the headers") {
  const ElfBuilder good;
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    ElfBuilder elf = good;
    auto* header = reinterpret_cast<std::uint8_t*>(&elf.header);
    auto* segments = reinterpret_cast<std::uint8_t*>(elf.segments);
    header[random() % sizeof elf.header] = static_cast<std::uint8_t>(random());
    segments[random() % sizeof elf.segments] = static_cast<std::uint8_t>(random());
    INFO("seed 1, step " << i);
    const std::string path = elf.write("spoiled");
    try {
      for (const auto& [address, byte] : load(path).bytes) {
        static_cast<void>(byte);
        REQUIRE((address >= ram.base && address < ram.end()));
      }
    } catch (const InputError& error) {
      CHECK_THAT(error.what(), StartsWith(path));
    }
  }
}
