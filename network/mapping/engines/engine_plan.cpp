#include "network/mapping/engines/engine_plan.h"

#include <fmt/format.h>

#include <algorithm>

namespace spinvp::network {

std::string unfit_reason(const Layer& layer, Engine engine, const ChipTarget& target) {
  switch (engine) {
    case Engine::AndAccumulate:
      return target.and_accumulate ? "" : "the chip has no AND-accumulation";
    case Engine::Adder: {
      if (!target.adder) {
        return "the chip has no in-memory adder";
      }
      const bool signs_alone = layer.weight_kind == WeightKind::Ternary ||
                               (layer.weight_kind == WeightKind::Binary && layer.weight_bits == 1);
      return signs_alone ? "" : "in-memory addition takes binary weights of one bit and ternary weights alone";
    }
    case Engine::Digital:
      break;
  }
  return target.digital ? "" : "the chip's digital unit has no multipliers";
}

std::uint32_t EngineBudget::most_kernels(const Layer& layer) const {
  const std::uint64_t row_bytes = std::uint64_t{accumulator_rows(layer, 1)} * u32(layer.convolved.width) * 4;
  const std::uint64_t kernels = std::max<std::uint64_t>(accumulator_bytes / row_bytes, 1);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(kernels_per_pass, kernels));
}

void set_passes(const Layer& layer, ArrayPlan& array) {
  array.passes_per_group = static_cast<std::uint32_t>(ceil_divide(kernels_per_group(layer), array.kernels_per_pass));
  array.passes = array.passes_per_group * u32(layer.groups);
}

bool plan_without_weights(const Layer& layer, const EngineBudget& budget, LayerPlan& plan) {
  if (budget.kernels_per_pass == 0) {
    return false;
  }
  ArrayPlan array;
  array.kernels_per_pass = std::min(u32(layer.kernels), budget.kernels_per_pass);
  array.passes_per_group = static_cast<std::uint32_t>(ceil_divide(u32(layer.kernels), array.kernels_per_pass));
  array.passes = array.passes_per_group;
  array.loads_per_pass = 1;
  plan.array = array;
  return true;
}

}  // namespace spinvp::network
