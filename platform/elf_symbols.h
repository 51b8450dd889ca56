#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace spinvp::platform {

/// A piece of code with a name: a function, or a label of assembly that code follows.
struct Symbol {
  std::string name;
  std::uint32_t address = 0;
  std::uint32_t size = 0;  ///< bytes; of labels: up to the next symbol or the end of the section
};

/// Where the code of an executable has names.
class SymbolTable {
 public:
  SymbolTable() = default;
  /// Of an ELF executable for 32-bit RISC-V; empty when it was stripped. InputError, naming the file, when it is no
  /// such executable or its tables contradict themselves.
  static SymbolTable read(const std::string& path);

  const std::vector<Symbol>& symbols() const { return symbols_; }  ///< lowest address first; none overlap
  /// The position in symbols() of the one that holds the address; symbols().size() when none does.
  std::size_t index_of(std::uint32_t address) const;
  /// "main", "main+0x12", or "" where there is no symbol.
  std::string text_of(std::uint32_t address) const;

 private:
  std::vector<Symbol> symbols_;
};

}  // namespace spinvp::platform
