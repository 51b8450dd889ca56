#include "platform/elf_loader.h"

#include <elf.h>
#include <fmt/format.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "core/errors.h"
#include "core/file_errors.h"

namespace spinvp::platform {
namespace {

/// A file that has been read as a whole, for checked access.
class ElfFile {
 public:
  explicit ElfFile(const std::string& path) : path_(path) {
    std::ifstream stream(path, std::ios::binary);
    if (!stream) {
      throw cannot_open(path);
    }
    bytes_.assign(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    if (stream.bad()) {
      fail("cannot read the file");
    }
  }

  [[noreturn]] void fail(const std::string& message) const { throw InputError(fmt::format("{}: {}", path_, message)); }

  /// The `length` bytes at `offset`; `what` names them in the message when the file ends before.
  const std::uint8_t* at(std::uint64_t offset, std::uint64_t length, const std::string& what) const {
    if (offset > bytes_.size() || length > bytes_.size() - offset) {
      fail(fmt::format("truncated: {} needs {} bytes at offset {}, the file has {}", what, length, offset,
                       bytes_.size()));
    }
    return bytes_.data() + offset;
  }

  template <typename T>
  T read(std::uint64_t offset, const std::string& what) const {
    T value;
    std::memcpy(&value, at(offset, sizeof value, what), sizeof value);
    return value;
  }

  std::uint64_t size() const { return bytes_.size(); }

 private:
  std::string path_;
  std::vector<std::uint8_t> bytes_;
};

Elf32_Ehdr read_header(const ElfFile& file) {
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

void check_segment(const ElfFile& file, const Elf32_Phdr& segment, const AddressRange& memory) {
  const std::uint64_t first = segment.p_paddr;
  const std::uint64_t length = segment.p_memsz;
  if (segment.p_filesz > segment.p_memsz) {
    file.fail(fmt::format("the segment at {:#x} has more bytes in the file ({}) than in memory ({})", first,
                          segment.p_filesz, segment.p_memsz));
  }
  file.at(segment.p_offset, segment.p_filesz, fmt::format("the segment at {:#x}", first));
  if (first < memory.base || first + length > memory.end()) {
    file.fail(fmt::format("the segment at {:#x}..{:#x} is outside the memory for firmware ({:#x}..{:#x})", first,
                          first + length - 1, memory.base, memory.end() - 1));
  }
}

std::vector<Elf32_Phdr> read_segments(const ElfFile& file, const Elf32_Ehdr& header, const AddressRange& memory) {
  std::vector<Elf32_Phdr> segments;
  bool entry_found = false;
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    const auto segment =
        file.read<Elf32_Phdr>(header.e_phoff + i * sizeof(Elf32_Phdr), fmt::format("program header {}", i));
    if (segment.p_type != PT_LOAD || segment.p_memsz == 0) {
      continue;
    }
    check_segment(file, segment, memory);
    entry_found =
        entry_found || (header.e_entry >= segment.p_vaddr && header.e_entry - segment.p_vaddr < segment.p_memsz);
    segments.push_back(segment);
  }
  if (segments.empty()) {
    file.fail("has no loadable segment");
  }
  if (!entry_found) {
    file.fail(fmt::format("the entry point {:#x} is in no segment", header.e_entry));
  }
  return segments;
}

}  // namespace

std::uint32_t load_elf(const std::string& path, const AddressRange& memory, const MemoryWriter& write) {
  const ElfFile file(path);
  const Elf32_Ehdr header = read_header(file);
  for (const Elf32_Phdr& segment : read_segments(file, header, memory)) {
    const std::uint8_t* bytes = file.at(segment.p_offset, segment.p_filesz, "a segment");
    std::vector<std::uint8_t> contents(bytes, bytes + segment.p_filesz);
    contents.resize(segment.p_memsz);
    if (!write(segment.p_paddr, contents.data(), contents.size())) {
      file.fail(fmt::format("the memory refuses the segment at {:#x}", segment.p_paddr));
    }
  }
  return header.e_entry;
}

}  // namespace spinvp::platform
