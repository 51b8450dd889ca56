#pragma once

#include "ip/pim/chip_config.h"
#include "network/mapping/chip_target.h"

namespace spinvp {

/// A chip as the network compiler sees it.
network::ChipTarget target_of(const ChipConfig& config);

}  // namespace spinvp
