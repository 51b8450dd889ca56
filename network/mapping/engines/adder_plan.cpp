// In-memory addition with pixels for lanes: sums stationary in accumulator rows, operands bit-transposed, a column per
// output pixel.
#include <algorithm>
#include <cmath>
#include <optional>

#include "ip/interface/pim_view.h"
#include "network/mapping/command_cost.h"
#include "network/mapping/cost.h"
#include "network/mapping/engines/engine_plan.h"

namespace spinvp::network {
namespace {

constexpr std::uint32_t max_field = 0xFFFF;  // widest count a command carries
constexpr double decode_cycles = 2;          // of the two commands of a chunk

// An operand's planes and their complements, which subtraction adds.
std::uint32_t rows_an_element(const Layer& layer) {
  return 2 * u32(layer.input_bits);
}

// The two commands of a chunk are fetched when those before have been issued, which wait for what is at work.
double issue_cycles(const ChipSpeed& speed) {
  const double bytes = 4.0 * (interface::GatherLanesCommand::word_count + interface::AddAccCommand::word_count);
  return std::max(decode_cycles, bytes / speed.dma_burst_bytes * dma_cycles(speed.dma_burst_bytes, speed));
}

Cost cost_of(const Layer& layer, const ArrayPlan& array, const AdderPlan& adder, std::uint32_t strip_rows,
             const EngineBudget& budget) {
  const ChipSpeed& speed = budget.target.speed;
  const ChipEnergy& energy = budget.target.energy;
  const std::uint32_t strip_pixels = accumulator_rows(layer, strip_rows) * u32(layer.convolved.width);
  const double lanes = std::uint64_t{array.replicas} * budget.target.columns;
  const double blocks =
      std::ceil(u32(layer.output.height) / static_cast<double>(strip_rows)) * std::ceil(strip_pixels / lanes);
  const double used = std::ceil(std::min<double>(strip_pixels, lanes) / budget.target.columns);  // replicas at work
  const double elements = static_cast<double>(layer.weights_per_kernel());
  const double nonzero = 1 - static_cast<double>(zero_weights(layer)) /
                                 static_cast<double>(std::max<std::size_t>(layer.weights.size(), 1));
  const double operand_rows = elements * rows_an_element(layer);
  const double adding = elements * array.kernels_per_subarray * nonzero * adder.width * speed.addition_bit_cycles;
  const double writing = operand_rows * speed.row_write_cycles;
  const double chunks = elements / adder.chunk_elements;
  const double reading = array.kernels_per_subarray * adder.width * speed.row_read_cycles;
  Cost cost;
  cost.cycles = array.passes * blocks * (std::max(adding, writing) + chunks * issue_cycles(speed) + reading);
  const double additions = elements * layer.kernels * nonzero * adder.width;
  cost.picojoules =
      blocks * used *
          (additions * energy.addition_bit + array.passes * (operand_rows * array.subarrays * energy.row_write) +
           static_cast<double>(layer.kernels) * adder.width * (energy.row_read + energy.row_write)) +
      array.passes * chunks * blocks * decode_cycles * energy.command +
      cost.cycles * speed.clock_ns * energy.leakage_per_ns;
  return cost;
}

// All sums of a layer stand in the columns at once.
bool is_whole(const Layer& layer, const ArrayPlan& array, const AdderStrip& strip, std::uint32_t columns) {
  return strip.rows == u32(layer.output.height) && convolved_pixels(layer) <= std::uint64_t{array.replicas} * columns;
}

struct WeightSums {
  std::int64_t negative = 0;
  std::int64_t positive = 0;
};

// In stretches whose sums 32 bits hold, which compilers make vectors of: layers have millions of weights.
WeightSums sums_of(const std::int16_t* weights, std::size_t count) {
  constexpr std::size_t stretch = 1 << 15;
  WeightSums sums;
  for (std::size_t begin = 0; begin < count; begin += stretch) {
    const std::size_t end = std::min(count, begin + stretch);
    std::int32_t negative = 0;
    std::int32_t positive = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const std::int32_t weight = weights[i];
      negative += std::min(weight, 0);
      positive += std::max(weight, 0);
    }
    sums.negative += negative;
    sums.positive += positive;
  }
  return sums;
}

}  // namespace

std::uint32_t accumulator_width(const Layer& layer) {
  const std::int64_t highest_level = (std::int64_t{1} << layer.input_bits) - 1;
  std::int64_t low = 0;
  std::int64_t high = 0;
  const std::size_t size = layer.weights_per_kernel();
  for (std::size_t first = 0; first < layer.weights.size(); first += size) {
    const WeightSums sums = sums_of(layer.weights.data() + first, size);
    low = std::min(low, sums.negative * highest_level);
    high = std::max(high, sums.positive * highest_level);
  }
  std::uint32_t width = 1;
  while (low < -(std::int64_t{1} << (width - 1)) || high > (std::int64_t{1} << (width - 1)) - 1) {
    ++width;
  }
  return std::max(width, u32(layer.input_bits));
}

std::uint32_t sign_pitch(const Layer& layer, std::uint32_t kernels) {
  const std::uint32_t field = (kernels + 7) / 8;
  return layer.weight_kind == WeightKind::Ternary ? 2 * field : field;
}

AdderStrip adder_strip(const Layer& layer, const ArrayPlan& array, std::uint32_t columns,
                       std::uint32_t accumulator_bytes, std::uint32_t most_rows) {
  const std::uint32_t width = u32(layer.convolved.width);
  const std::uint64_t lanes = std::min<std::uint64_t>(std::uint64_t{array.replicas} * columns, max_field);
  const std::uint64_t bytes_a_pixel = std::uint64_t{array.subarrays} * 4;  // one kernel of each sub-array
  AdderStrip strip;
  const auto pixels = [&](std::uint32_t rows) { return std::uint64_t{accumulator_rows(layer, rows)} * width; };
  if (pixels(1) > lanes) {
    const bool fits = pixels(1) * array.kernels_per_pass * 4 <= accumulator_bytes;
    return fits ? AdderStrip{1, array.kernels_per_subarray} : strip;
  }
  const std::uint64_t most_pixels = std::min(lanes, accumulator_bytes / bytes_a_pixel);
  for (std::uint32_t rows = 1; rows <= most_rows && pixels(rows) <= most_pixels; ++rows) {
    strip.rows = rows;
  }
  if (strip.rows > 0) {
    const std::uint64_t slice = accumulator_bytes / (pixels(strip.rows) * bytes_a_pixel);
    strip.slice_kernels = static_cast<std::uint32_t>(std::min<std::uint64_t>(slice, array.kernels_per_subarray));
  }
  return strip;
}

bool plan_adder(const Layer& layer, const EngineBudget& budget, LayerPlan& plan) {
  return plan.adder.lanes == AdderLanes::Kernels ? plan_kernel_lanes(layer, budget, plan).has_value()
                                                 : plan_pixel_lanes(layer, budget, plan).has_value();
}

std::optional<Cost> plan_pixel_lanes(const Layer& layer, const EngineBudget& budget, LayerPlan& plan) {
  const std::uint32_t kernels = kernels_per_group(layer);
  const std::uint32_t element_rows = rows_an_element(layer);
  const auto elements = static_cast<std::uint32_t>(layer.weights_per_kernel());
  const std::uint32_t width = accumulator_width(layer);
  if (budget.kernels_per_pass == 0 || budget.image_rows < element_rows + width ||
      budget.weight_slot_bytes < sign_pitch(layer, 1)) {
    return {};
  }
  std::optional<Cost> best;
  const auto consider = [&](std::uint32_t held, bool tables_apart) {
    ArrayPlan array;
    AdderPlan adder;
    adder.width = width;
    const std::uint32_t operand_rows = budget.image_rows - held * width;
    adder.operand_halves = operand_rows >= 2 * element_rows ? 2 : 1;
    adder.chunk_elements = std::min(operand_rows / adder.operand_halves / element_rows, elements);
    array.kernels_per_subarray = held;
    const std::uint32_t wanted = tables_apart ? kernels : std::min(kernels, budget.kernels_per_pass);
    const std::uint32_t subarrays =
        tables_apart ? std::min(budget.target.subarrays, budget.kernels_per_pass) : budget.target.subarrays;
    const auto spread = std::min<std::uint64_t>(subarrays, ceil_divide(wanted, held));
    array.kernels_per_pass = std::min(wanted, static_cast<std::uint32_t>(spread) * held);
    if (array.kernels_per_pass < kernels && array.kernels_per_pass > 8) {
      array.kernels_per_pass = array.kernels_per_pass / 8 * 8;  // signs in whole bytes
    }
    adder.table_kernels = tables_apart ? budget.kernels_per_pass : array.kernels_per_pass;
    array.subarrays = static_cast<std::uint32_t>(ceil_divide(array.kernels_per_pass, held));
    set_passes(layer, array);
    const std::uint32_t slot_elements = budget.weight_slot_bytes / sign_pitch(layer, array.subarrays * held);
    if (slot_elements == 0) {
      return;
    }
    adder.chunk_elements = std::min(adder.chunk_elements, slot_elements);
    array.elements_per_load =
        slot_elements >= elements ? elements : slot_elements / adder.chunk_elements * adder.chunk_elements;
    array.loads_per_pass = static_cast<std::uint32_t>(ceil_divide(elements, array.elements_per_load));
    array.replicas = static_cast<std::uint32_t>(std::min<std::uint64_t>(
        budget.target.subarrays / array.subarrays, ceil_divide(convolved_pixels(layer), budget.target.columns)));
    const AdderStrip strip =
        adder_strip(layer, array, budget.target.columns, budget.accumulator_bytes, u32(layer.output.height));
    // Tables apart would come for every strip again.
    if (strip.rows == 0 || (tables_apart && !is_whole(layer, array, strip, budget.target.columns))) {
      return;
    }
    const Cost cost = cost_of(layer, array, adder, strip.rows, budget);
    if (!best || weigh(cost, budget.objective) < weigh(*best, budget.objective)) {
      best = cost;
      plan.array = array;
      plan.adder = adder;
    }
  };
  const std::uint32_t most = std::min(kernels, (budget.image_rows - element_rows) / width);
  for (std::uint32_t held = 1; held <= most; ++held) {
    if (held <= budget.kernels_per_pass) {
      consider(held, false);
    }
    if (kernels > budget.kernels_per_pass) {
      consider(held, true);
    }
  }
  if (best) {
    plan.adder.operand_row = budget.first_row;
    plan.adder.accumulator_row =
        budget.first_row + plan.adder.operand_halves * plan.adder.chunk_elements * element_rows;
  }
  return best;
}

}  // namespace spinvp::network
