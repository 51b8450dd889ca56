#pragma once

#include <cstdint>
#include <string>

#include "network/mapping/plan.h"

namespace spinvp::network {

/// What a layer may use.
struct ArrayBudget {
  std::uint32_t columns = 0;
  std::uint32_t subarrays = 0;
  std::uint32_t kernel_rows = 0;  ///< a sub-array, for one load of weights
  std::uint32_t image_rows = 0;   ///< a sub-array, both halves
  std::uint32_t kernels_per_pass = 0xFFFF;
  ChipSpeed speed;
  bool one_pass = false;  ///< stationary weights
};

/// Chooses kernels per sub-array, and with it sub-arrays per replica, replicas and passes, so that the layer takes the
/// fewest cycles; among equals the fewest row writes. False when the layer cannot be placed within the budget.
bool plan_array(const Layer& layer, const ArrayBudget& budget, ArrayPlan& plan);

}  // namespace spinvp::network
