#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "platform/cpu/rv32_core.h"

namespace spinvp::platform::gdb {

/// Registers by the numbers that the target description gives them: x0 to x31, then pc, then CSRs.
constexpr unsigned pc_number = 32;
constexpr unsigned first_csr_number = 65;
/// How many registers the 'g' packet holds: x0 to x31 and pc.
constexpr unsigned general_registers = 33;

/// The XML that tells a debugger which registers there are: every CSR that the core has among them.
std::string target_description(const Rv32Core& core);

/// Nothing when there is no such register.
std::optional<std::uint32_t> read_register(const Rv32Core& core, std::uint64_t number);
/// False when there is none or it cannot be written. Writes to x0 are ignored.
bool write_register(Rv32Core& core, std::uint64_t number, std::uint32_t value);

}  // namespace spinvp::platform::gdb
