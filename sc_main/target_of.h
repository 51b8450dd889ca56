#pragma once

#include "ip/pim/chip_config.h"
#include "network/mapping/chip_target.h"

namespace spinvp {

/// A chip as the network compiler sees it.
inline network::ChipTarget target_of(const ChipConfig& config) {
  return {config.name,         config.rows(),
          config.columns(),    config.subarrays(),
          config.buffer.bytes, {config.row_operation_cycles(), config.write_cycles(), config.dma.bytes_per_cycle}};
}

}  // namespace spinvp
