#pragma once

#include <cstdint>
#include <vector>

#include "network/mapping/plan.h"
#include "network/mapping/weight_packing.h"

namespace spinvp::network {

/// Weights and table of one load, and where they stand in what is packed of the layer.
struct PackedLoad {
  WeightBlock block;
  std::uint32_t weights_offset = 0;
  std::uint32_t weights_bytes = 0;
  std::uint32_t table_offset = 0;
  std::uint32_t table_bytes = 0;  ///< 0 but with the last load of a pass, or with tables of their own
  bool first_of_pass = false;     ///< of its weights
  bool last_of_pass = false;
  /// Without weights: the table of some kernels of the pass, behind its weights. The block has no elements.
  bool table_alone = false;
  std::uint32_t kernels_before = 0;  ///< of the pass: those of the tables before
};

/// Every load of a layer in the order in which they are used: passes, within a pass its loads, of weights
/// and where kernels' lanes need them of tables.
struct LoadLayout {
  std::vector<PackedLoad> loads;
  std::uint64_t weights_bytes = 0;
  std::uint32_t largest_load_bytes = 0;  ///< of weights
};

/// What is packed of a layer into the image, and where the image has it.
struct PackedLayer {
  LoadLayout layout;
  std::vector<std::uint8_t> weights;  ///< constant rows behind an adder's signs
  std::vector<std::uint8_t> tables;
  std::uint32_t weights_base = 0;
  std::uint32_t tables_base = 0;

  const std::vector<PackedLoad>& loads() const { return layout.loads; }
};

/// Sub-arrays that a replica takes for a load, which is also the distance of the replicas: commands know no other. The
/// last pass may hold fewer kernels and so take fewer than the plan says.
std::uint32_t subarrays_of(const ArrayPlan& plan, const WeightBlock& block);

/// How the kernels of a load share an adder's sub-arrays.
struct AdderShare {
  std::uint32_t subarrays = 0;
  std::uint32_t held = 0;     ///< places of a sub-array
  std::uint32_t kernels = 0;  ///< places of all sub-arrays that ADD_ACC works on
  std::uint32_t slice = 0;    ///< places of a sub-array that are read at once
  std::uint32_t slices = 0;
  std::uint32_t slice_kernels() const { return subarrays * slice; }  ///< kernels of a full slice
};
AdderShare adder_share(const LayerPlan& plan, std::uint32_t kernels);

/// Kernels of a table that comes apart, of those that a pass has.
std::uint32_t table_slice(const LayerPlan& plan, std::uint32_t kernels);

/// Kernels of a block in the order of ADD_ACC's places. With several slices, a slice of all sub-arrays together holds
/// consecutive kernels.
KernelOrder adder_order(const AdderShare& share, std::uint32_t kernels);

/// How the elements and kernels of a load share sub-arrays where lanes are kernels: part after part, in a part its
/// sub-arrays of further kernels. Elements are shared out evenly, so the last parts may have fewer or none.
struct LaneShare {
  std::uint32_t subarrays = 0;  ///< of a part
  std::uint32_t parts = 0;      ///< that have elements
  std::uint32_t elements_per_part = 0;
  std::uint32_t row_bytes = 0;                                  ///< that come of each row
  std::uint32_t rows() const { return 2 * elements_per_part; }  ///< of a sub-array
};
LaneShare lane_share(const LayerPlan& plan, const WeightBlock& block, std::uint32_t columns);

/// Bytes from element to element of a load's signs.
std::uint32_t load_sign_pitch(const LayerPlan& plan, const WeightBlock& block);

/// Loads of a planned layer without their bits.
LoadLayout loads_of(const LayerPlan& plan, std::uint32_t columns);

/// Packs a layer; offsets count from the start of `weights` and `tables`.
PackedLayer pack_layer(const LayerPlan& plan, std::uint32_t columns);

}  // namespace spinvp::network
