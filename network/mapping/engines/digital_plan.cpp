// The digital unit's multipliers: weights come through the buffer, kernels by kernels.
#include <algorithm>

#include "network/mapping/engines/engine_plan.h"

namespace spinvp::network {

std::uint32_t multiplier_weight_bytes(const Layer& layer) {
  const bool wide = std::any_of(layer.weights.begin(), layer.weights.end(),
                                [](std::int16_t weight) { return weight < -128 || weight > 127; });
  return wide ? 2 : 1;
}

bool plan_digital(const Layer& layer, const EngineBudget& budget, LayerPlan& plan) {
  const auto elements = static_cast<std::uint32_t>(layer.weights_per_kernel());
  const std::uint32_t most_in_pass = budget.most_kernels(layer);
  plan.weight_bytes = multiplier_weight_bytes(layer);
  const std::uint32_t slot_weights = budget.weight_slot_bytes / plan.weight_bytes;
  const std::uint32_t wanted = std::min(kernels_per_group(layer), most_in_pass);
  if (wanted == 0 || slot_weights == 0) {
    return false;
  }
  ArrayPlan array;
  array.kernels_per_pass = std::clamp(slot_weights / elements, 1u, wanted);
  array.elements_per_load = std::min(elements, slot_weights / array.kernels_per_pass);
  array.loads_per_pass = static_cast<std::uint32_t>(ceil_divide(elements, array.elements_per_load));
  set_passes(layer, array);
  plan.array = array;
  return true;
}

}  // namespace spinvp::network
