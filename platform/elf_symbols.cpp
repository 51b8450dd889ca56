#include "platform/elf_symbols.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "platform/elf_file.h"

namespace spinvp::platform {
namespace {

/// A symbol as the file has it.
struct Found {
  Symbol symbol;
  bool is_function = false;  // else a label
  bool is_global = false;
  std::uint64_t section_end = 0;
};

std::vector<Elf32_Shdr> read_sections(const ElfFile& file) {
  const Elf32_Ehdr header = read_elf_header(file);
  std::vector<Elf32_Shdr> sections;
  if (header.e_shoff == 0) {
    return sections;
  }
  if (header.e_shentsize != sizeof(Elf32_Shdr)) {
    file.fail(fmt::format("expected section headers of {} bytes, found {}", sizeof(Elf32_Shdr), header.e_shentsize));
  }
  for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
    sections.push_back(
        file.read<Elf32_Shdr>(header.e_shoff + i * sizeof(Elf32_Shdr), fmt::format("section header {}", i)));
  }
  return sections;
}

std::string read_name(const ElfFile& file, const Elf32_Shdr& names, std::uint32_t offset) {
  if (offset >= names.sh_size) {
    file.fail(fmt::format("a symbol's name is at {} of {} bytes of names", offset, names.sh_size));
  }
  const auto* text = reinterpret_cast<const char*>(file.at(names.sh_offset, names.sh_size, "the symbols' names"));
  return std::string(text + offset, strnlen(text + offset, names.sh_size - offset));
}

std::vector<Found> read_code_symbols(const ElfFile& file, const std::vector<Elf32_Shdr>& sections,
                                     const Elf32_Shdr& table) {
  if (table.sh_link >= sections.size()) {
    file.fail(fmt::format("the symbols' names are in section {} of {}", table.sh_link, sections.size()));
  }
  std::vector<Found> found;
  for (std::uint64_t at = 0; at + sizeof(Elf32_Sym) <= table.sh_size; at += sizeof(Elf32_Sym)) {
    const auto entry = file.read<Elf32_Sym>(table.sh_offset + at, "the symbol table");
    const unsigned type = ELF32_ST_TYPE(entry.st_info);
    if ((type != STT_FUNC && type != STT_NOTYPE) || entry.st_shndx == SHN_UNDEF || entry.st_shndx >= sections.size()) {
      continue;
    }
    const Elf32_Shdr& section = sections[entry.st_shndx];
    const std::uint64_t end = std::uint64_t{section.sh_addr} + section.sh_size;
    if ((section.sh_flags & SHF_EXECINSTR) == 0 || entry.st_value < section.sh_addr || entry.st_value >= end) {
      continue;
    }
    const std::string name = read_name(file, sections[table.sh_link], entry.st_name);
    if (name.empty() || name[0] == '$' || name[0] == '.') {  // marks of compiler and assembler
      continue;
    }
    found.push_back(
        {{name, entry.st_value, entry.st_size}, type == STT_FUNC, ELF32_ST_BIND(entry.st_info) != STB_LOCAL, end});
  }
  return found;
}

}  // namespace

SymbolTable SymbolTable::read(const std::string& path) {
  const ElfFile file(path);
  const std::vector<Elf32_Shdr> sections = read_sections(file);
  std::vector<Found> found;
  for (const Elf32_Shdr& section : sections) {
    if (section.sh_type == SHT_SYMTAB) {
      found = read_code_symbols(file, sections, section);
    }
  }
  // Of several names for an address the function's comes first, then the one that others see.
  std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    return std::make_tuple(a.symbol.address, !a.is_function, !a.is_global) <
           std::make_tuple(b.symbol.address, !b.is_function, !b.is_global);
  });
  SymbolTable table;
  std::uint64_t end = 0;  // of the function before
  for (std::size_t i = 0; i < found.size(); ++i) {
    Symbol symbol = found[i].symbol;
    if (symbol.address < end || (!table.symbols_.empty() && table.symbols_.back().address == symbol.address)) {
      continue;  // another name, or a label inside a function
    }
    const auto next = std::find_if(found.begin() + static_cast<std::ptrdiff_t>(i), found.end(),
                                   [&](const Found& other) { return other.symbol.address > symbol.address; });
    const std::uint64_t room =
        std::min(found[i].section_end, next == found.end() ? ~std::uint64_t{0} : next->symbol.address) - symbol.address;
    if (symbol.size == 0) {
      symbol.size = static_cast<std::uint32_t>(room);
    }
    end = std::uint64_t{symbol.address} + symbol.size;
    table.symbols_.push_back(std::move(symbol));
  }
  return table;
}

std::size_t SymbolTable::index_of(std::uint32_t address) const {
  const auto above = std::upper_bound(symbols_.begin(), symbols_.end(), address,
                                      [](std::uint32_t value, const Symbol& symbol) { return value < symbol.address; });
  if (above == symbols_.begin()) return symbols_.size();
  const Symbol& symbol = *(above - 1);
  return address - symbol.address < symbol.size ? static_cast<std::size_t>(above - symbols_.begin()) - 1
                                                : symbols_.size();
}

std::string SymbolTable::text_of(std::uint32_t address) const {
  const std::size_t index = index_of(address);
  if (index == symbols_.size()) return {};
  const Symbol& symbol = symbols_[index];
  return address == symbol.address ? symbol.name : fmt::format("{}+{:#x}", symbol.name, address - symbol.address);
}

}  // namespace spinvp::platform
