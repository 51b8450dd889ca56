#include "network/mapping/level_rows.h"

#include <algorithm>

namespace spinvp::network {
namespace {

/// Rows behind the constants that layers share while they run.
std::uint32_t shared_rows(const NetworkPlan& network, std::uint32_t rows) {
  std::uint32_t most = 0;
  for (const LayerPlan& plan : network.layers) {
    const std::uint32_t m = u32(plan.layer->input_bits);
    if (plan.on(Engine::AndAccumulate)) {
      const std::uint32_t halves = convolved_pixels(*plan.layer) > 1 ? 2 : 1;
      most = std::max(most, halves * m * plan.array.tiles);
    } else if (plan.adds(AdderLanes::Pixels)) {
      most = std::max({most, rows / 2, 4 * m + accumulator_width(*plan.layer)});
    } else if (plan.adds(AdderLanes::Kernels)) {  // an accumulator, its carry, and two halves where weights come
      most = std::max(most, accumulator_width(*plan.layer) + 5);
    }
  }
  return most;
}

}  // namespace

std::uint32_t place_level_rows(NetworkPlan& network, const ChipTarget& target, const BudgetOf& budget_of,
                               std::uint32_t first_row) {
  const std::uint32_t fixed = first_row + constants_of(network);
  const std::uint32_t left = target.rows > fixed ? target.rows - fixed : 0;
  const std::uint32_t shared = shared_rows(network, left);
  std::uint32_t own = left > shared ? left - shared : 0;
  std::uint32_t next_row = first_row;
  for (LayerPlan& plan : network.layers) {
    if (!plan.adds(AdderLanes::Kernels)) {
      continue;
    }
    EngineBudget budget = budget_of(plan);
    budget.stationary = true;
    budget.kernel_rows = own;
    budget.image_rows = target.rows;
    if (plan_kernel_lanes(*plan.layer, budget, plan)) {
      plan.weights_resident = true;
      plan.kernel_row = next_row;
      next_row += kernel_lane_rows(plan);
      own -= kernel_lane_rows(plan);
    }
  }
  return next_row;
}

}  // namespace spinvp::network
