#include "platform/elf_loader.h"

#include <fmt/format.h>

#include <vector>

#include "platform/elf_file.h"

namespace spinvp::platform {
namespace {

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
  const Elf32_Ehdr header = read_elf_header(file);
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
