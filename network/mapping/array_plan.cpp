#include "network/mapping/array_plan.h"

#include <algorithm>
#include <limits>

namespace spinvp::network {
namespace {

std::uint64_t ceil_divide(std::uint64_t a, std::uint64_t b) {
  return (a + b - 1) / b;
}

constexpr std::uint32_t max_field = 0xFFFF;  // widest count a command carries

struct Cost {
  std::uint64_t cycles = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t row_writes = std::numeric_limits<std::uint64_t>::max();

  friend bool operator<(const Cost& a, const Cost& b) {
    return a.cycles != b.cycles ? a.cycles < b.cycles : a.row_writes < b.row_writes;
  }
};

// Cycles and row writes of one image: computing, gathering and loading run side by side, so the slowest counts.
Cost cost_of(const Layer& layer, const ArrayPlan& plan, const ArrayBudget& budget) {
  const std::uint64_t pixels = layer.convolved.elements() / static_cast<std::uint64_t>(layer.kernels);
  const std::uint64_t m = static_cast<std::uint64_t>(layer.input_bits);
  const std::uint64_t n = weight_planes(layer);
  const std::uint64_t kernels = static_cast<std::uint64_t>(layer.kernels);
  const std::uint64_t correction = layer.weight_kind == WeightKind::Binary ? m * plan.tiles : 0;
  const std::uint64_t computing =
      plan.passes * ceil_divide(pixels, plan.replicas) * (plan.kernels_per_subarray * m * n * plan.tiles + correction);
  const std::uint64_t image_rows = plan.passes * pixels * m * plan.tiles;
  const std::uint64_t kernel_rows = budget.one_pass ? 0 : kernels * n * plan.tiles;
  const ChipSpeed& speed = budget.speed;
  Cost cost;
  cost.cycles =
      std::max({computing * speed.row_operation_cycles, image_rows * speed.row_write_cycles,
                kernel_rows * speed.row_write_cycles, kernel_rows * budget.columns / 8 / speed.dma_bytes_per_cycle});
  cost.row_writes = image_rows * plan.subarrays + kernel_rows * plan.replicas;
  return cost;
}

}  // namespace

bool plan_array(const Layer& layer, const ArrayBudget& budget, ArrayPlan& plan) {
  const auto m = static_cast<std::uint32_t>(layer.input_bits);
  const std::uint32_t n = weight_planes(layer);
  const auto kernels = static_cast<std::uint32_t>(layer.kernels);
  plan.tiles = static_cast<std::uint32_t>(ceil_divide(layer.weights_per_kernel(), budget.columns));

  const std::uint32_t most_tiles = std::min(budget.kernel_rows / n, budget.image_rows / m);
  if (most_tiles == 0 || budget.kernels_per_pass == 0) {
    return false;
  }
  plan.tiles_per_load = std::min(plan.tiles, most_tiles);
  if (budget.one_pass && plan.tiles_per_load < plan.tiles) {
    return false;
  }
  const std::uint32_t field_rows = m * plan.tiles_per_load;
  plan.image_halves = budget.image_rows >= 2 * field_rows ? 2 : 1;
  plan.image_half_rows = budget.image_rows / plan.image_halves;

  const std::uint32_t most_kernels = budget.kernel_rows / (n * plan.tiles_per_load);
  Cost best;
  ArrayPlan chosen;
  for (std::uint32_t held = 1; held <= std::min({most_kernels, kernels, budget.kernels_per_pass}); ++held) {
    ArrayPlan candidate = plan;
    candidate.kernels_per_subarray = held;
    const auto wanted = static_cast<std::uint32_t>(ceil_divide(std::min(kernels, budget.kernels_per_pass), held));
    candidate.subarrays = std::min(budget.subarrays, wanted);
    candidate.kernels_per_pass = std::min({kernels, budget.kernels_per_pass, candidate.subarrays * held});
    candidate.subarrays = static_cast<std::uint32_t>(ceil_divide(candidate.kernels_per_pass, held));
    candidate.passes = static_cast<std::uint32_t>(ceil_divide(kernels, candidate.kernels_per_pass));
    if (budget.one_pass && candidate.passes > 1) {
      continue;
    }
    const std::uint64_t pixels = layer.convolved.elements() / static_cast<std::uint64_t>(layer.kernels);
    candidate.replicas = static_cast<std::uint32_t>(
        std::min<std::uint64_t>({budget.subarrays / candidate.subarrays, pixels, max_field}));
    const Cost cost = cost_of(layer, candidate, budget);
    if (cost < best) {
      best = cost;
      chosen = candidate;
    }
  }
  if (chosen.kernels_per_subarray == 0) {
    return false;
  }
  plan = chosen;
  plan.pixels_per_block = std::min(plan.image_half_rows / field_rows, max_field / plan.replicas);
  return true;
}

}  // namespace spinvp::network
