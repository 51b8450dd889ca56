#pragma once

#include <cstdint>

#include "ip/pim/chip_config.h"
#include "ip/pim/command_protocol.h"

namespace spinvp {

/// The description of an opcode; null when no command has it.
const interface::CommandInfo* find_command(std::uint32_t opcode);

/// Everything that can be known to be wrong with a command before it runs: length, reserved bits, field ranges,
/// sub-arrays, rows, buffer bytes, alignment. `words` holds as many words as the command's header says, at least two.
/// A unit that receives a command may rely on all of it.
CommandError check_command(const std::uint32_t* words, const ChipConfig& config);

}  // namespace spinvp
