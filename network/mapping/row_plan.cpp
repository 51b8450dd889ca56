#include "network/mapping/row_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "network/mapping/level_rows.h"

namespace spinvp::network {
namespace {

constexpr std::uint32_t constant_rows = 3;  // zeros, ones, carry
constexpr std::uint32_t max_field = 0xFFFF;

// Rows of a sub-array that a layer's weights take when they are spread over all sub-arrays.
std::uint32_t least_kernel_rows(const Layer& layer, const ChipTarget& target) {
  const std::uint64_t tiles = ceil_divide(layer.weights_per_kernel(), target.columns);
  const std::uint64_t kernels = u32(layer.groups) * ceil_divide(kernels_per_group(layer), target.subarrays);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(kernels * weight_planes(layer) * tiles, target.rows));
}

bool fit_stationary(NetworkPlan& network, const ChipTarget& target, const BudgetOf& budget_of, std::uint32_t limit,
                    std::uint32_t& next_row) {
  std::uint32_t largest_field = 0;
  next_row = 0;
  for (LayerPlan& plan : network.layers) {
    if (!plan.on(Engine::AndAccumulate)) {
      continue;
    }
    EngineBudget budget = budget_of(plan);
    budget.stationary = true;
    budget.kernel_rows = std::max(limit, least_kernel_rows(*plan.layer, target));
    budget.image_rows = target.rows;
    if (!plan_and_accumulate(*plan.layer, budget, plan)) {
      return false;
    }
    plan.kernel_row = next_row;
    next_row += plan.array.passes * plan.array.kernels_per_subarray * weight_planes(*plan.layer) * plan.array.tiles;
    largest_field = std::max(largest_field, u32(plan.layer->input_bits) * plan.array.tiles);
  }
  return next_row + constants_of(network) + 2 * largest_field <= target.rows;
}

}  // namespace

void set_image_rows(LayerPlan& plan, std::uint32_t first_row, std::uint32_t rows) {
  ArrayPlan& array = plan.array;
  const std::uint32_t field_rows = u32(plan.layer->input_bits) * array.tiles_per_load;
  plan.image_row = first_row;
  array.image_halves = rows >= 2 * field_rows ? 2 : 1;
  array.image_half_rows = rows / array.image_halves;
  array.pixels_per_block = std::min(array.image_half_rows / field_rows, max_field / array.replicas);
}

std::uint32_t constants_of(const NetworkPlan& network) {
  const bool needed = std::any_of(network.layers.begin(), network.layers.end(),
                                  [](const LayerPlan& plan) { return plan.adds(AdderLanes::Pixels); });
  return needed ? constant_rows : 0;
}

std::optional<Shortage> place_other_engines(NetworkPlan& network, const ChipTarget& target, const BudgetOf& budget_of,
                                            std::uint32_t constant_row) {
  for (LayerPlan& plan : network.layers) {
    EngineBudget budget = budget_of(plan);
    const Layer& layer = *plan.layer;
    if (plan.on(Engine::AndAccumulate)) {
      continue;
    }
    bool placed = false;
    const char* lacks = "the global buffer is too small for the thresholds of one kernel";
    if (plan.on(Engine::Adder)) {
      if (plan.weights_resident && plan.adds(AdderLanes::Kernels)) {
        plan.adder.accumulator_row = constant_row + constants_of(network);
        plan.adder.carry_row = plan.adder.accumulator_row + plan.adder.width;
        continue;
      }
      budget.first_row = constant_row + constants_of(network);
      budget.image_rows = target.rows > budget.first_row ? target.rows - budget.first_row : 0;
      placed = plan_adder(layer, budget, plan);
      plan.adder.constant_row = constant_row;
      lacks = "there are too few rows for in-memory addition, or the global buffer is too small for its sums";
    } else if (plan.on(Engine::Digital)) {
      placed = plan_digital(layer, budget, plan);
    } else {
      placed = plan_without_weights(layer, budget, plan);
    }
    if (!placed) {
      return Shortage{&layer, lacks};
    }
  }
  return {};
}

std::optional<Shortage> place_stationary_rows(NetworkPlan& network, const ChipTarget& target,
                                              const BudgetOf& budget_of) {
  std::uint32_t next_row = 0;
  std::uint32_t limit = target.rows;
  while (!fit_stationary(network, target, budget_of, limit, next_row)) {
    limit /= 2;
    if (limit == 0) {
      return Shortage{nullptr, "there are too few rows"};
    }
  }
  next_row = place_level_rows(network, target, budget_of, next_row);
  const std::uint32_t image_row = next_row + constants_of(network);
  for (LayerPlan& plan : network.layers) {
    if (plan.on(Engine::AndAccumulate)) {
      set_image_rows(plan, image_row, target.rows - image_row);
    }
  }
  return place_other_engines(network, target, budget_of, next_row);
}

std::optional<Shortage> place_streamed_rows(NetworkPlan& network, const ChipTarget& target, const BudgetOf& budget_of) {
  std::uint32_t most_m = 0;
  std::uint32_t most_n = 0;
  for (const LayerPlan& plan : network.layers) {
    if (!plan.on(Engine::AndAccumulate)) {
      continue;
    }
    const std::uint32_t m = u32(plan.layer->input_bits);
    const std::uint32_t n = weight_planes(*plan.layer);
    if (m + n > target.rows) {
      return Shortage{plan.layer,
                      fmt::format("one kernel row and one image row of each plane need {} rows of a sub-array, the "
                                  "chip is too small",
                                  m + n)};
    }
    most_m = std::max(most_m, m);
    most_n = std::max(most_n, n);
  }
  if (most_m + most_n > target.rows) {
    return Shortage{network.layers.front().layer,
                    fmt::format("layers of {} activation planes and of {} weight planes share {} rows of a sub-array, "
                                "the chip is too small",
                                most_m, most_n, target.rows)};
  }
  const std::uint32_t image_rows = std::min(std::max(target.rows / 4, most_m), target.rows - most_n);
  const std::uint32_t kernel_rows = target.rows - image_rows;
  network.kernel_halves = kernel_rows / 2 >= std::max(most_n, 1u) ? 2 : 1;
  network.kernel_half_rows = kernel_rows / network.kernel_halves;
  for (LayerPlan& plan : network.layers) {
    if (!plan.on(Engine::AndAccumulate)) {
      continue;
    }
    EngineBudget budget = budget_of(plan);
    budget.kernel_rows = network.kernel_half_rows;
    budget.image_rows = image_rows;
    if (!plan_and_accumulate(*plan.layer, budget, plan)) {
      return Shortage{plan.layer,
                      "the global buffer is too small for the thresholds or the partial sums of one kernel"};
    }
    plan.image_row = kernel_rows;
  }
  return place_other_engines(network, target, budget_of, 0);
}

}  // namespace spinvp::network
