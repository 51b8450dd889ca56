#pragma once

#include <cstdint>

#include "platform/cpu/operations.h"

namespace spinvp::platform {

/// One instruction, taken apart.
struct Instruction {
  Operation operation = Operation::Illegal;
  std::uint8_t rd = 0;
  std::uint8_t rs1 = 0;  ///< Csr: the 5-bit immediate of the immediate forms
  std::uint8_t rs2 = 0;  ///< Csr: funct3; Atomic: the register with the operand
  std::uint8_t length = 4;
  /// Sign-extended; branches and jumps: byte offset; shifts: amount; Csr: number; Atomic: funct5; Illegal: the encoding
  std::int32_t immediate = 0;
};

/// True when the halfword starts a 32-bit instruction (longer reserved formats decode as illegal 32-bit ones).
constexpr bool is_wide(std::uint16_t first_halfword) {
  return (first_halfword & 3u) == 3u;
}

/// Whether the operation has a result, for the register rd: all have but stores, branches, fences and those that trap,
/// return from a trap or wait.
bool writes_register(Operation operation);

/// Decodes the instruction in the low bits; the upper halfword of a compressed one is ignored.
Instruction decode(std::uint32_t bits);

/// The 32-bit equivalent of a compressed instruction; 0, which is illegal, when there is none.
std::uint32_t expand_compressed(std::uint16_t bits);

}  // namespace spinvp::platform
