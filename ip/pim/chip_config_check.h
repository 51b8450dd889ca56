#pragma once

#include "ip/pim/chip_config.h"

namespace spinvp {

/// Checks a configuration that may have been filled by hand against `chip_limits` and itself: counts, the clock,
/// latencies, energies, leakages and areas that no file could have held, a chip without a compute engine, faults of
/// cells that do not exist. InputError names the chip and the member ("chip 'small': dma.burst_bytes is 0, expected 4
/// to 4096"). PimDevice asks for it, so that no chip is built of numbers it cannot work with.
void check_chip_config(const ChipConfig& config);

/// The same configuration, checked.
ChipConfig checked(ChipConfig config);

}  // namespace spinvp
