#include "sc_main/support/elf.h"

#include <cstring>

namespace spinvp::test {

std::string elf(std::uint32_t address, const std::vector<std::uint32_t>& code, std::uint16_t machine) {
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

}  // namespace spinvp::test
