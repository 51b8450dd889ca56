#pragma once

#include <optional>

#include "network/mapping/row_plan.h"

namespace spinvp::network {

/// Gives every layer of AND-accumulation sub-arrays of its own, so that a row of the image goes to few of them: at
/// first as few as hold the kernels, then more for the layer that gains most by the objective, as long as the whole
/// network gains. No layer may run on the adder, which uses all sub-arrays.
std::optional<Shortage> place_own_subarrays(NetworkPlan& network, const ChipTarget& target, const BudgetOf& budget_of,
                                            Objective objective);

}  // namespace spinvp::network
