#pragma once

#include <functional>
#include <optional>
#include <string>

#include "network/mapping/engines/engine_plan.h"
#include "network/mapping/plan.h"

namespace spinvp::network {

/// A layer that cannot be placed, and why.
struct Shortage {
  const Layer* layer = nullptr;  ///< none: the whole network
  std::string reason;
};

/// Gives a layer's image the rows from `first_row` on, in one or two halves, and its blocks as many pixels as they
/// hold.
void set_image_rows(LayerPlan& plan, std::uint32_t first_row, std::uint32_t rows);

/// Budgets of a layer without its rows.
using BudgetOf = std::function<EngineBudget(const LayerPlan&)>;

/// Rows of constants (zeros, ones, carry) that the layers on the adder share; 0 where none has pixels for lanes.
std::uint32_t constants_of(const NetworkPlan& network);

/// Places the layers that AND-accumulation does not run: those that use no rows, or rows from `constant_row` on.
std::optional<Shortage> place_other_engines(NetworkPlan& network, const ChipTarget& target, const BudgetOf& budget_of,
                                            std::uint32_t constant_row);

/// Gives every layer of AND-accumulation rows of its own; kernels are spread over more sub-arrays until all layers fit.
/// Weights of kernels' lanes follow, then layers on the adder use the rows that are left, behind the constant ones.
std::optional<Shortage> place_stationary_rows(NetworkPlan& network, const ChipTarget& target,
                                              const BudgetOf& budget_of);

/// All layers share the rows: a kernel region, whose halves are loaded in turn, and an image region.
std::optional<Shortage> place_streamed_rows(NetworkPlan& network, const ChipTarget& target, const BudgetOf& budget_of);

}  // namespace spinvp::network
