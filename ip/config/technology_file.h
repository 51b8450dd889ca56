#pragma once

#include <cstdint>
#include <string>

#include "ip/mram/technology.h"

namespace spinvp {

/// Reads a technology file; InputError when it is wrong.
Technology load_technology(const std::string& path);

/// The costs of a rows x columns sub-array; InputError when the file cannot tell them (the message lists the sizes that
/// it has).
SubArrayCosts load_technology(const std::string& path, std::uint32_t rows, std::uint32_t columns);

}  // namespace spinvp
