#pragma once

#include "ip/pim/chip_config.h"
#include "ip/pim/command_protocol.h"

namespace spinvp {

/// What can be wrong with the commands of in-memory addition beyond the ranges of single fields. A chip without an
/// adder supports none of them.
CommandError check_gather_lanes(const interface::GatherLanesCommand& command, const ChipConfig& config);
CommandError check_add_acc(const interface::AddAccCommand& command, const ChipConfig& config);
CommandError check_read_sums(const interface::ReadSumsCommand& command, const ChipConfig& config);

CommandError check_add_levels(const interface::AddLevelsCommand& command, const ChipConfig& config);
CommandError check_read_lanes(const interface::ReadLanesCommand& command, const ChipConfig& config);

}  // namespace spinvp
