#pragma once

#include <cstdint>

#include "network/mapping/chip_target.h"
#include "network/mapping/cost.h"

namespace spinvp::network {

/// What one command takes, as docs/chip.md has it. Row operations are two-row senses of AND-accumulation.
struct CommandCost {
  Cost cost;
  std::uint64_t row_operations = 0;
};

/// Cost of a command on a chip, without leakage. `zero_share`: of the weights of its layer, for additions that skip
/// zeros.
CommandCost cost_of_command(const std::uint32_t* words, const ChipTarget& target, double zero_share);

/// What adding one level to kernels' lanes takes, levels being uniformly distributed: a level of zero is skipped,
/// others take the bits of the accumulator from their lowest set bit on.
struct LevelBits {
  double bits = 0;
  double cycles = 0;
  double variance = 0;  ///< of the cycles
};
LevelBits bits_of_levels(std::uint32_t planes, std::uint32_t width, const ChipTarget& target);

/// Cycles that a run of bytes takes over the DMA engine: bursts one after the other.
double dma_cycles(std::uint64_t bytes, const ChipSpeed& speed);

}  // namespace spinvp::network
