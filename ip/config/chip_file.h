#pragma once

#include <string>

#include "ip/pim/chip_config.h"

namespace spinvp {

/// Reads a chip file and the technology it names (relative to itself); InputError with file, line and column.
ChipConfig load_chip_config(const std::string& path);

}  // namespace spinvp
