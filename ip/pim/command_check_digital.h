#pragma once

#include "ip/pim/chip_config.h"
#include "ip/pim/command_protocol.h"

namespace spinvp {

/// What can be wrong with the digital unit's commands beyond the ranges of single fields. Fields of something that a
/// DIGITAL command does not do (planes, residual, affine) must be zero, so that they can get a meaning later.
CommandError check_digital(const interface::DigitalCommand& command, const ChipConfig& config);
CommandError check_pack(const interface::PackCommand& command, const ChipConfig& config);
CommandError check_multiply(const interface::MultiplyCommand& command, const ChipConfig& config);

}  // namespace spinvp
