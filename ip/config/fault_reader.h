#pragma once

#include <cstdint>
#include <string>

#include "core/yaml.h"
#include "ip/mram/fault_config.h"

namespace spinvp {

/// The `faults` section of a chip file, for a chip of so many sub-arrays of rows x columns. Keys: seed; and where
/// wanted subarrays (first, count), sense (either monte_carlo_runs, or read, or2, and2, xor2, or3, maj3, and3,
/// full_add), write_error, stuck (density, cells), retention. `technology` is the path of the technology file, whose
/// cell a Monte-Carlo samples. InputError where the node is wrong.
FaultConfig read_faults(const Yaml& yaml, const std::string& technology, std::uint32_t subarrays, std::uint32_t rows,
                        std::uint32_t columns);

}  // namespace spinvp
