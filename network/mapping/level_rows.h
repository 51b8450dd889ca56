#pragma once

#include <cstdint>

#include "network/mapping/row_plan.h"

namespace spinvp::network {

/// Gives layers whose lanes are kernels rows of their own from `first_row` on, one layer after the other, while enough
/// remains for what all layers share: half the rows where others need operands, AND-accumulation's image rows, an
/// accumulator. Layers without such rows are left to be streamed. Returns the first row behind.
std::uint32_t place_level_rows(NetworkPlan& network, const ChipTarget& target, const BudgetOf& budget_of,
                               std::uint32_t first_row);

}  // namespace spinvp::network
