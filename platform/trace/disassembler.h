#pragma once

#include <cstdint>
#include <string>

namespace spinvp::platform {

/// An instruction of the core as assembly, "lw a0,12(sp)", with the targets of branches and jumps as addresses. Without
/// aliases; compressed instructions read as the 32-bit ones they stand for. ".word" or ".half" for what is illegal.
std::string disassemble(std::uint32_t bits, std::uint32_t pc);

/// "zero", "ra", "sp" ...; of 0 to 31.
const char* register_name(unsigned index);

}  // namespace spinvp::platform
