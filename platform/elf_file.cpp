#include "platform/elf_file.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "core/errors.h"
#include "core/file_errors.h"

namespace spinvp::platform {

ElfFile::ElfFile(const std::string& path) : path_(path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    throw cannot_open(path);
  }
  bytes_.assign(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  if (stream.bad()) {
    fail("cannot read the file");
  }
}

void ElfFile::fail(const std::string& message) const {
  throw InputError(fmt::format("{}: {}", path_, message));
}

const std::uint8_t* ElfFile::at(std::uint64_t offset, std::uint64_t length, const std::string& what) const {
  if (offset > bytes_.size() || length > bytes_.size() - offset) {
    fail(
        fmt::format("truncated: {} needs {} bytes at offset {}, the file has {}", what, length, offset, bytes_.size()));
  }
  return bytes_.data() + offset;
}

Elf32_Ehdr read_elf_header(const ElfFile& file) {
  if (file.size() < SELFMAG || std::memcmp(file.at(0, SELFMAG, "the magic number"), ELFMAG, SELFMAG) != 0) {
    file.fail("not an ELF file");
  }
  const auto* identity = file.at(0, EI_NIDENT, "the ELF header");
  if (identity[EI_CLASS] != ELFCLASS32) {
    file.fail(fmt::format("expected a 32-bit ELF file, found class {}", identity[EI_CLASS]));
  }
  if (identity[EI_DATA] != ELFDATA2LSB) {
    file.fail(fmt::format("expected a little-endian ELF file, found data encoding {}", identity[EI_DATA]));
  }
  const auto header = file.read<Elf32_Ehdr>(0, "the ELF header");
  if (header.e_machine != EM_RISCV) {
    file.fail(
        fmt::format("expected an executable for RISC-V (machine {}), found machine {}", EM_RISCV, header.e_machine));
  }
  if (header.e_type != ET_EXEC) {
    file.fail(fmt::format("expected a linked executable (type {}), found type {}", ET_EXEC, header.e_type));
  }
  if ((header.e_flags & EF_RISCV_FLOAT_ABI) != 0) {
    file.fail("built for hardware floating point, which the core does not have; use -mabi=ilp32");
  }
  if (header.e_phentsize != sizeof(Elf32_Phdr)) {
    file.fail(fmt::format("expected program headers of {} bytes, found {}", sizeof(Elf32_Phdr), header.e_phentsize));
  }
  return header;
}

}  // namespace spinvp::platform
