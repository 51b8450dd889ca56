// AND-accumulation: weights stationary in kernel rows, image rows gathered beside them.
#include <algorithm>
#include <optional>

#include "network/mapping/cost.h"
#include "network/mapping/engines/engine_plan.h"

namespace spinvp::network {
namespace {

constexpr std::uint32_t max_field = 0xFFFF;  // widest count a command carries
constexpr double most_parts = 4;             // two strips of two blocks

/// Cycles and energy of one image. Computing, gathering, thresholding and loading run side by side, so the slowest
/// counts; a single pixel is gathered before it is worked on.
Cost cost_of(const Layer& layer, const ArrayPlan& plan, const EngineBudget& budget) {
  const ChipSpeed& speed = budget.target.speed;
  const ChipEnergy& energy = budget.target.energy;
  const double pixels = convolved_pixels(layer);
  const double m = layer.input_bits;
  const double n = weight_planes(layer);
  const double kernels = layer.kernels;
  const double tiles = plan.tiles;
  const double correction = layer.weight_kind == WeightKind::Binary ? m * tiles : 0;
  const double share = static_cast<double>(ceil_divide(convolved_pixels(layer), plan.replicas));
  const double computing = plan.passes * share * (plan.kernels_per_subarray * m * n * tiles + correction);
  const double image_rows = plan.passes * pixels * m * tiles;
  const double kernel_rows = budget.stationary ? 0 : kernels * n * tiles;
  const double row_bytes = budget.target.columns / 8.0;
  const double burst = speed.dma_burst_bytes;
  const double dma_cycles_a_byte = std::max(
      1.0 / speed.dma_bytes_per_cycle, (speed.memory_burst_ns + burst * speed.memory_byte_ns) / burst / speed.clock_ns);
  Cost cost;
  const double working = computing * speed.row_operation_cycles;
  const double gathering = image_rows * speed.row_write_cycles;
  const double sums = pixels * kernels;
  const double thresholding = sums * std::max(4.0 / speed.buffer_bytes_per_cycle, 1.0 / speed.digital_lanes);
  // Work is cut into strips and blocks; of the faster units, what they do with one part is not hidden.
  const double slowest = std::max({working, gathering, thresholding});
  const double parts = std::clamp(share, 1.0, most_parts);
  cost.cycles = std::max({slowest + (working + gathering + thresholding - slowest) / parts,
                          kernel_rows * speed.row_write_cycles, kernel_rows * row_bytes * dma_cycles_a_byte});
  // Every sub-array of a replica takes each image row, every replica each kernel row.
  cost.picojoules = pixels * kernels * m * n * tiles * energy.row_operation +
                    plan.passes * pixels * plan.subarrays * correction * energy.row_read +
                    (image_rows * plan.subarrays + kernel_rows * plan.replicas) * energy.row_write +
                    kernel_rows * row_bytes * energy.dma_byte + image_rows * row_bytes * energy.buffer_byte +
                    cost.cycles * speed.clock_ns * energy.leakage_per_ns;
  return cost;
}

/// Calls `with` for the replicas worth trying: all, or fewer where energy counts.
template <class With>
void for_replicas(std::uint32_t most, Objective objective, With with) {
  with(most);
  if (objective != Objective::Latency) {
    for (std::uint32_t replicas = 1; replicas < most; replicas *= 2) {
      with(replicas);
    }
  }
}

}  // namespace

std::optional<Cost> plan_and_accumulate(const Layer& layer, const EngineBudget& budget, LayerPlan& plan) {
  const std::uint32_t columns = budget.target.columns;
  const std::uint32_t most_in_pass = budget.most_kernels(layer);
  const std::uint32_t m = u32(layer.input_bits);
  const std::uint32_t n = weight_planes(layer);
  const std::uint32_t kernels = kernels_per_group(layer);
  ArrayPlan array;
  array.tiles = static_cast<std::uint32_t>(ceil_divide(layer.weights_per_kernel(), columns));
  const std::uint32_t most_tiles = std::min(budget.kernel_rows / n, budget.image_rows / m);
  if (most_tiles == 0 || most_in_pass == 0) {
    return {};
  }
  array.tiles_per_load = std::min(array.tiles, most_tiles);
  if (budget.stationary && array.tiles_per_load < array.tiles) {
    return {};
  }
  array.loads_per_pass = static_cast<std::uint32_t>(ceil_divide(array.tiles, array.tiles_per_load));
  array.elements_per_load = array.tiles_per_load * columns;
  const std::uint32_t field_rows = m * array.tiles_per_load;
  array.image_halves = budget.image_rows >= 2 * field_rows ? 2 : 1;
  array.image_half_rows = budget.image_rows / array.image_halves;

  const std::uint32_t most_kernels = budget.kernel_rows / (n * array.tiles_per_load);
  std::optional<Cost> best;
  for (std::uint32_t held = 1; held <= std::min({most_kernels, kernels, most_in_pass}); ++held) {
    ArrayPlan candidate = array;
    candidate.kernels_per_subarray = held;
    const std::uint32_t wanted = std::min(kernels, most_in_pass);
    const auto spread = std::min<std::uint64_t>(budget.subarrays, ceil_divide(wanted, held));
    candidate.kernels_per_pass = std::min(wanted, static_cast<std::uint32_t>(spread) * held);
    candidate.subarrays = static_cast<std::uint32_t>(ceil_divide(candidate.kernels_per_pass, held));
    set_passes(layer, candidate);
    if (budget.stationary && std::uint64_t{candidate.passes} * held * n * array.tiles > budget.kernel_rows) {
      continue;
    }
    const std::uint32_t most_replicas =
        std::min({budget.subarrays / candidate.subarrays, convolved_pixels(layer), max_field});
    for_replicas(most_replicas, budget.objective, [&](std::uint32_t replicas) {
      candidate.replicas = replicas;
      const Cost cost = cost_of(layer, candidate, budget);
      if (!best || weigh(cost, budget.objective) < weigh(*best, budget.objective)) {
        best = cost;
        plan.array = candidate;
      }
    });
  }
  if (!best) {
    return {};
  }
  plan.array.pixels_per_block = std::min(array.image_half_rows / field_rows, max_field / plan.array.replicas);
  return best;
}

}  // namespace spinvp::network
