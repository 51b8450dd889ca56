// In-memory addition with kernels for lanes: weights stand in rows, levels of the only output pixel are added.
#include <algorithm>
#include <cmath>
#include <optional>

#include "network/mapping/command_cost.h"
#include "network/mapping/cost.h"
#include "network/mapping/engines/engine_plan.h"

namespace spinvp::network {
namespace {

constexpr std::uint32_t rows_an_element = 2;  // lanes that add, lanes that subtract

std::uint32_t lane_subarrays(const ArrayPlan& array, std::uint32_t columns) {
  return static_cast<std::uint32_t>(ceil_divide(array.kernels_per_pass, columns));
}

/// Cycles and energy of one image; loads and additions overlap where there are two halves.
Cost cost_of(const Layer& layer, const ArrayPlan& array, const AdderPlan& adder, const EngineBudget& budget) {
  const ChipTarget& target = budget.target;
  const ChipSpeed& speed = target.speed;
  const ChipEnergy& energy = target.energy;
  const LevelBits bits = bits_of_levels(u32(layer.input_bits), adder.width, target);
  const double elements = static_cast<double>(layer.weights_per_kernel());
  const double at_work = static_cast<double>(array.subarrays) * array.replicas;
  const double loads = static_cast<double>(array.passes) * array.loads_per_pass;
  const double adding = adder.elements_per_part * bits.cycles;
  const double in_bank = std::min<double>(speed.subarrays_per_bank, at_work);
  const double reading =
      std::max(1.0 * adder.width * speed.row_read_cycles, in_bank * target.columns * 8 / speed.buffer_bytes_per_cycle);
  const double ends = array.passes * (adder.width * speed.row_write_cycles + reading);
  const double rows = rows_an_element * adder.elements_per_part * at_work;
  const double row_bytes = array.subarrays > 1 ? target.columns / 8 : std::ceil(array.kernels_per_pass / 8.0);
  const double arriving = budget.stationary ? 0
                                            : std::max(dma_cycles(static_cast<std::uint64_t>(rows * row_bytes), speed),
                                                       rows * speed.row_write_cycles);
  Cost cost;
  const bool overlaps = adder.weight_halves != 1;
  cost.cycles =
      ends + (overlaps ? loads * std::max(adding, arriving) + std::min(adding, arriving) : loads * (adding + arriving));
  cost.picojoules =
      array.passes * (array.subarrays * elements * bits.bits * energy.addition_bit +
                      at_work * adder.width * (energy.row_write + energy.row_read)) +
      array.replicas * static_cast<double>(layer.kernels) * (8 * energy.buffer_byte + adder.width * energy.pack_bit) +
      (budget.stationary ? 0 : loads * rows * (energy.row_write + row_bytes * energy.dma_byte)) +
      2 * loads * energy.command + cost.cycles * speed.clock_ns * energy.leakage_per_ns;
  return cost;
}

// Elements shared out evenly over at most `parts` parts and `loads` loads.
void share_elements(std::uint32_t elements, std::uint32_t parts, std::uint32_t loads, ArrayPlan& array,
                    AdderPlan& adder) {
  const std::uint64_t in_load = ceil_divide(elements, loads);
  adder.elements_per_part = static_cast<std::uint32_t>(ceil_divide(in_load, parts));
  array.replicas = static_cast<std::uint32_t>(ceil_divide(in_load, adder.elements_per_part));
  array.elements_per_load = std::min(elements, adder.elements_per_part * array.replicas);
  array.loads_per_pass = static_cast<std::uint32_t>(ceil_divide(elements, array.elements_per_load));
}

}  // namespace

bool has_one_pixel(const Layer& layer) {
  return layer.has_weights() && layer.groups == 1 && convolved_pixels(layer) == 1;
}

std::optional<Cost> plan_kernel_lanes(const Layer& layer, const EngineBudget& budget, LayerPlan& plan) {
  const std::uint32_t columns = budget.target.columns;
  const std::uint32_t kernels = u32(layer.kernels);
  const auto elements = static_cast<std::uint32_t>(layer.weights_per_kernel());
  ArrayPlan array;
  AdderPlan adder;
  adder.lanes = AdderLanes::Kernels;
  adder.width = accumulator_width(layer);
  const std::uint64_t all_lanes = std::uint64_t{budget.target.subarrays} * columns;
  array.kernels_per_pass =
      static_cast<std::uint32_t>(std::min<std::uint64_t>({kernels, budget.accumulator_bytes / 4, all_lanes}));
  if (array.kernels_per_pass < kernels && array.kernels_per_pass > columns) {
    array.kernels_per_pass = array.kernels_per_pass / columns * columns;
  }
  adder.table_kernels = std::min(array.kernels_per_pass, budget.kernels_per_pass);
  if (adder.table_kernels == 0 || budget.image_rows < adder.width + 1) {
    return {};
  }
  set_passes(layer, array);
  array.kernels_per_subarray = std::min(columns, array.kernels_per_pass);
  array.subarrays = lane_subarrays(array, columns);
  array.pixels_per_block = 1;
  adder.slice_kernels = array.kernels_per_subarray;
  adder.accumulator_row = budget.first_row;
  adder.carry_row = adder.accumulator_row + adder.width;
  adder.weight_row = adder.carry_row + 1;

  std::optional<Cost> best;
  const auto consider = [&] {
    const Cost cost = cost_of(layer, array, adder, budget);
    if (!best || weigh(cost, budget.objective) < weigh(*best, budget.objective)) {
      best = cost;
      plan.array = array;
      plan.adder = adder;
    }
  };
  const std::uint32_t streamed_rows = budget.image_rows - adder.width - 1;
  for (std::uint32_t parts = std::min(budget.target.subarrays / array.subarrays, elements); parts > 0; parts /= 2) {
    if (budget.stationary) {
      share_elements(elements, parts, 1, array, adder);
      if (std::uint64_t{array.passes} * rows_an_element * adder.elements_per_part <= budget.kernel_rows) {
        consider();
      }
      continue;
    }
    for (const std::uint32_t halves : {2u, 1u}) {
      const std::uint32_t most = streamed_rows / halves / rows_an_element;
      if (most == 0) {
        continue;
      }
      adder.weight_halves = halves;
      adder.weight_half_rows = streamed_rows / halves;
      const auto needed = static_cast<std::uint32_t>(ceil_divide(elements, std::uint64_t{parts} * most));
      for (const std::uint32_t times : {1u, 2u, 4u}) {  // the shorter a load, the sooner its elements are added
        share_elements(elements, parts, std::min(needed * times, elements), array, adder);
        consider();
      }
    }
  }
  return best;
}

std::uint32_t kernel_lane_rows(const LayerPlan& plan) {
  return plan.array.passes * rows_an_element * plan.adder.elements_per_part;
}

AdderLanes cheaper_lanes(const Layer& layer, const ChipTarget& target, Objective objective, bool stationary) {
  if (!has_one_pixel(layer)) {
    return AdderLanes::Pixels;
  }
  // Before anything is placed: an adder's usual shares.
  EngineBudget budget{target, objective};
  budget.image_rows = target.rows;
  budget.kernel_rows = target.rows / 2;
  budget.accumulator_bytes = target.buffer_bytes / 8;
  budget.weight_slot_bytes = target.buffer_bytes / 8;
  if (const std::uint32_t table = table_bytes(layer, 1); table > 0) {
    budget.kernels_per_pass = std::clamp(target.buffer_bytes / 16 / table, 1u, budget.kernels_per_pass);
  }
  LayerPlan plan;
  budget.stationary = stationary;
  std::optional<Cost> kernels = plan_kernel_lanes(layer, budget, plan);
  budget.stationary = false;
  if (!kernels) {
    kernels = plan_kernel_lanes(layer, budget, plan);
  }
  std::optional<Cost> pixels = plan_pixel_lanes(layer, budget, plan);
  if (!kernels || !pixels) {
    return kernels ? AdderLanes::Kernels : AdderLanes::Pixels;
  }
  const std::uint64_t sign_bytes = layer.weights_per_kernel() * sign_pitch(layer, u32(layer.kernels));
  if (!stationary || sign_bytes > target.buffer_bytes / 16) {  // signs come for every image
    pixels->cycles = std::max(pixels->cycles, dma_cycles(sign_bytes, target.speed));
    pixels->picojoules += static_cast<double>(sign_bytes) * (target.energy.dma_byte + target.energy.buffer_byte);
  }
  return weigh(*kernels, objective) <= weigh(*pixels, objective) ? AdderLanes::Kernels : AdderLanes::Pixels;
}

}  // namespace spinvp::network
