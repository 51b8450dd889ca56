#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace spinvp::platform {

/// An ELF file that has been read as a whole, for checked access. Every failure is an InputError that names the file.
class ElfFile {
 public:
  explicit ElfFile(const std::string& path);

  [[noreturn]] void fail(const std::string& message) const;

  std::uint64_t size() const { return bytes_.size(); }
  /// The `length` bytes at `offset`; `what` names them in the message when the file ends before.
  const std::uint8_t* at(std::uint64_t offset, std::uint64_t length, const std::string& what) const;
  template <typename T>
  T read(std::uint64_t offset, const std::string& what) const {
    T value;
    std::memcpy(&value, at(offset, sizeof value, what), sizeof value);
    return value;
  }

 private:
  std::string path_;
  std::vector<std::uint8_t> bytes_;
};

/// The header of an executable for 32-bit RISC-V without hardware floating point; fails for anything else.
Elf32_Ehdr read_elf_header(const ElfFile& file);

}  // namespace spinvp::platform
