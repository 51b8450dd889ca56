#pragma once

#include <cstdint>
#include <string>

namespace spinvp::platform {

/// The name that debuggers and assemblers know a machine-mode CSR by, or "csr" and its number.
std::string csr_name(std::uint32_t number);

}  // namespace spinvp::platform
