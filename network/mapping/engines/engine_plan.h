#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "network/mapping/chip_target.h"
#include "network/mapping/cost.h"
#include "network/mapping/plan.h"

/// How each engine places one layer: kernels per sub-array, replicas, passes and loads, chosen by the objective.
namespace spinvp::network {

/// What a layer may use.
struct EngineBudget {
  const ChipTarget& target;
  Objective objective = Objective::Latency;
  bool stationary = false;      ///< weights that stay: their loading costs an image nothing
  std::uint32_t subarrays = 0;  ///< AND: that the layer may take
  std::uint32_t first_row = 0;  ///< AND: of the kernel region; adder: of its own rows
  std::uint32_t kernel_rows =
      0;                         ///< AND and kernels' lanes: a sub-array, stationary: for all passes, else for one load
  std::uint32_t image_rows = 0;  ///< AND: a sub-array, both halves; adder: all its rows but the constants
  std::uint32_t kernels_per_pass = 0xFFFF;  ///< adder: of a table, further tables may follow it
  std::uint32_t weight_slot_bytes = 0;      ///< signs or multiplier weights of one load in the buffer
  std::uint32_t accumulator_bytes = 0;      ///< sums of one strip in the buffer

  /// Kernels of a pass whose sums of one pooled row fit the buffer, and whose tables do.
  std::uint32_t most_kernels(const Layer& layer) const;
};

/// Output rows whose sums an adder makes at once, and the slice of kernels that is read at once.
struct AdderStrip {
  std::uint32_t rows = 0;  ///< 0: not even one row's sums fit
  std::uint32_t slice_kernels = 0;
};

/// The most rows, up to `most_rows`, that fit the columns of all replicas and, for one kernel a sub-array, the buffer;
/// where one row alone exceeds the columns, a row of all kernels.
AdderStrip adder_strip(const Layer& layer, const ArrayPlan& array, std::uint32_t columns,
                       std::uint32_t accumulator_bytes, std::uint32_t most_rows);

/// Why an engine cannot run a layer on a chip; empty when it can.
std::string unfit_reason(const Layer& layer, Engine engine, const ChipTarget& target);

/// Fills array of a plan; what an image costs, or nothing when the layer cannot be placed within the budget.
std::optional<Cost> plan_and_accumulate(const Layer& layer, const EngineBudget& budget, LayerPlan& plan);

/// Each fills array (and adder, weight_bytes) of a plan; false when the layer cannot be placed within the budget.
/// With the lanes that `plan` has, which is as plan_pixel_lanes() or plan_kernel_lanes() say.
bool plan_adder(const Layer& layer, const EngineBudget& budget, LayerPlan& plan);
bool plan_digital(const Layer& layer, const EngineBudget& budget, LayerPlan& plan);
/// Layers without weights: passes of as many channels as their tables allow.
bool plan_without_weights(const Layer& layer, const EngineBudget& budget, LayerPlan& plan);

/// True for layers whose kernels can be lanes: of one output pixel and one group.
bool has_one_pixel(const Layer& layer);

/// Both ways of in-memory addition, and what an image takes (weights that come by DMA with kernels' lanes only); none
/// when the layer cannot be placed. Without budget.stationary weights of kernels' lanes share the budget's rows.
std::optional<Cost> plan_pixel_lanes(const Layer& layer, const EngineBudget& budget, LayerPlan& plan);
std::optional<Cost> plan_kernel_lanes(const Layer& layer, const EngineBudget& budget, LayerPlan& plan);

/// Rows that weights which stay take, of all passes.
std::uint32_t kernel_lane_rows(const LayerPlan& plan);

/// The lanes that are cheaper for a layer on the adder, whose weights in rows stay or come for every image.
AdderLanes cheaper_lanes(const Layer& layer, const ChipTarget& target, Objective objective, bool stationary);

/// Rows of an adder's accumulator: the two's complement width that holds every kernel's range (at least M).
std::uint32_t accumulator_width(const Layer& layer);

/// Bytes of the signs of one element for `kernels` kernels, as ADD_ACC reads them.
std::uint32_t sign_pitch(const Layer& layer, std::uint32_t kernels);

/// Bytes of a weight for the digital unit's multipliers: 1, or 2 where 8 bits do not hold it.
std::uint32_t multiplier_weight_bytes(const Layer& layer);

/// Completes passes and passes_per_group from kernels_per_pass.
void set_passes(const Layer& layer, ArrayPlan& array);

}  // namespace spinvp::network
