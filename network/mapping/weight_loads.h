#pragma once

#include <cstdint>
#include <vector>

#include "network/mapping/command_stream.h"
#include "network/mapping/plan.h"
#include "network/mapping/weight_packing.h"

namespace spinvp::network {

/// Weights and thresholds of one load, packed into the image.
struct PackedLoad {
  WeightBlock block;
  std::uint32_t weights_offset = 0;     ///< in the image
  std::uint32_t thresholds_offset = 0;  ///< in the image
};

/// Every load of a layer in the order in which they are used: passes, within a pass tile loads.
struct PackedLayer {
  std::vector<PackedLoad> loads;  ///< [pass * tile_loads + tile_load]
  std::vector<std::uint8_t> weights;
  std::vector<std::uint8_t> thresholds;
};

/// Sub-arrays that a replica takes for a load, which is also the distance of the replicas: commands know no other. The
/// last pass may hold fewer kernels and so take fewer than the plan says.
std::uint32_t subarrays_of(const ArrayPlan& plan, const WeightBlock& block);

/// Packs a layer; offsets in the result count from the start of `weights` and `thresholds`.
PackedLayer pack_layer(const LayerPlan& plan, std::uint32_t columns);

/// Adds the commands that bring one load's weights to `kernel_row` and, behind its last tiles, its thresholds to
/// `threshold_address`. `wait` holds back the first command.
void add_load(CommandStream& stream, const LayerPlan& plan, const PackedLoad& load, std::uint32_t columns,
              std::uint32_t kernel_row, std::uint32_t threshold_address, std::uint32_t wait);

}  // namespace spinvp::network
