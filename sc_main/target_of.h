#pragma once

#include "ip/pim/chip_config.h"
#include "network/mapping/chip_target.h"

namespace spinvp {
namespace platform {
struct SocConfig;
}

/// A chip as the network compiler sees it, beside a memory like that of configs/socs/default.yaml.
network::ChipTarget target_of(const ChipConfig& config);
/// The same in this system.
network::ChipTarget target_of(const ChipConfig& config, const platform::SocConfig& soc);

}  // namespace spinvp
