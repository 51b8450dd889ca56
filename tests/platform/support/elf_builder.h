#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>

namespace spinvp::platform {

/// A small executable whose every field a test can spoil: one segment of code, then one of data with a zeroed tail.
struct ElfBuilder {
  Elf32_Ehdr header{};
  Elf32_Phdr segments[2]{};
  std::uint8_t contents[5]{0x13, 0, 0, 0, 0x42};

  ElfBuilder() {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS32;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_EXEC;
    header.e_machine = EM_RISCV;
    header.e_version = EV_CURRENT;
    header.e_entry = 0x80000000;
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof segments[0];
    header.e_phnum = 2;
    const std::uint32_t start = sizeof header + sizeof segments;
    segments[0] = {PT_LOAD, start, 0x80000000, 0x80000000, 4, 4, PF_R | PF_X, 4};
    segments[1] = {PT_LOAD, start + 4, 0x80000100, 0x80000100, 1, 3, PF_R | PF_W, 4};
  }

  /// Writes the first `length` bytes of the file and returns its path.
  std::string write(const std::string& name, std::size_t length = ~std::size_t{0}) const {
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes.append(reinterpret_cast<const char*>(segments), sizeof segments);
    bytes.append(reinterpret_cast<const char*>(contents), sizeof contents);
    const std::string path = std::string(SPINVP_BINARY_DIR) + "/tests/platform/" + name + ".elf";
    std::ofstream(path, std::ios::binary) << bytes.substr(0, length);
    return path;
  }
};

}  // namespace spinvp::platform
