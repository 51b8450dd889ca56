#pragma once

#include "ip/pim/chip_config.h"

namespace spinvp {

/// Prints a chip: its organisation, what the row operations of a sub-array cost, and its area with all parts.
void print_chip(const ChipConfig& config);

}  // namespace spinvp
