#include "network/mapping/subarray_plan.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "network/mapping/cost.h"

namespace spinvp::network {
namespace {

constexpr double least_gain =
    0.02;  // of the cost of the whole network: what a layer must save to take twice the sub-arrays

std::uint32_t field_rows(const Layer& layer, const ChipTarget& target) {
  return static_cast<std::uint32_t>(ceil_divide(layer.weights_per_kernel(), target.columns)) * u32(layer.input_bits);
}

std::uint32_t kernel_rows(const LayerPlan& plan) {
  const ArrayPlan& array = plan.array;
  return array.passes * array.kernels_per_subarray * weight_planes(*plan.layer) * array.tiles;
}

std::uint32_t subarrays_of(const LayerPlan& plan) {
  return plan.array.subarrays * plan.array.replicas;
}

/// Shares out a chip's sub-arrays.
class SubarrayPlanner {
 public:
  SubarrayPlanner(NetworkPlan& network, const ChipTarget& target, const BudgetOf& budget_of, Objective objective)
      : target_(target), budget_of_(budget_of), objective_(objective) {
    for (LayerPlan& plan : network.layers) {
      if (plan.on(Engine::AndAccumulate)) {
        holders_.push_back({&plan, {}});
      }
    }
  }

  bool place() {
    if (!place_densely()) {
      return false;
    }
    while (Holder* const holder = grow()) {
      holder->plan->array = grown_.array;
      holder->cost = grown_cost_;
    }
    std::uint32_t next = 0;
    for (Holder& holder : holders_) {
      LayerPlan& plan = *holder.plan;
      plan.first_subarray = next;
      plan.kernel_row = 0;
      next += subarrays_of(plan);
      set_image_rows(plan, kernel_rows(plan), target_.rows - kernel_rows(plan));
    }
    return true;
  }

 private:
  struct Holder {
    LayerPlan* plan;
    Cost cost;
  };

  // A layer within some sub-arrays: a quarter of the rows at least is the image's.
  std::optional<Cost> plan_within(LayerPlan& plan, std::uint32_t subarrays) const {
    const std::uint32_t image_rows = std::max(target_.rows / 4, 2 * field_rows(*plan.layer, target_));
    if (image_rows >= target_.rows) {
      return {};
    }
    EngineBudget budget = budget_of_(plan);
    budget.stationary = true;
    budget.subarrays = subarrays;
    budget.image_rows = image_rows;
    budget.kernel_rows = target_.rows - image_rows;
    return plan_and_accumulate(*plan.layer, budget, plan);
  }

  // The fewest sub-arrays that hold every layer.
  bool place_densely() {
    std::uint64_t used = 0;
    for (Holder& holder : holders_) {
      std::uint32_t least = 1;
      std::uint32_t most = target_.subarrays;
      if (!plan_within(*holder.plan, most)) {
        return false;
      }
      while (least < most) {
        const std::uint32_t middle = (least + most) / 2;
        if (plan_within(*holder.plan, middle)) {
          most = middle;
        } else {
          least = middle + 1;
        }
      }
      holder.cost = *plan_within(*holder.plan, least);
      used += subarrays_of(*holder.plan);
    }
    return used <= target_.subarrays;
  }

  // The layer whose doubling saves the most for each further sub-array, if any is worth it; leaves its plan in grown_.
  Holder* grow() {
    const std::uint32_t free = target_.subarrays - used();
    const Cost now = total();
    const double enough = least_gain * weigh(now, objective_).first;
    Holder* chosen = nullptr;
    double most = 0;
    for (Holder& holder : holders_) {
      const std::uint32_t own = subarrays_of(*holder.plan);
      LayerPlan plan = *holder.plan;
      const std::optional<Cost> cost = plan_within(plan, own + std::min(own, free));
      if (!cost || subarrays_of(plan) <= own) {
        continue;
      }
      const Cost then{now.cycles - holder.cost.cycles + cost->cycles,
                      now.picojoules - holder.cost.picojoules + cost->picojoules};
      const double saved = weigh(now, objective_).first - weigh(then, objective_).first;
      const double saved_each = saved / (subarrays_of(plan) - own);
      if (saved >= enough && saved_each > most) {
        most = saved_each;
        chosen = &holder;
        grown_ = plan;
        grown_cost_ = *cost;
      }
    }
    return chosen;
  }

  std::uint32_t used() const {
    std::uint32_t sum = 0;
    for (const Holder& holder : holders_) {
      sum += subarrays_of(*holder.plan);
    }
    return sum;
  }

  Cost total() const {
    Cost sum;
    for (const Holder& holder : holders_) {
      sum += holder.cost;
    }
    return sum;
  }

  const ChipTarget& target_;
  const BudgetOf& budget_of_;
  const Objective objective_;
  std::vector<Holder> holders_;
  LayerPlan grown_;
  Cost grown_cost_;
};

}  // namespace

std::optional<Shortage> place_own_subarrays(NetworkPlan& network, const ChipTarget& target, const BudgetOf& budget_of,
                                            Objective objective) {
  if (!SubarrayPlanner(network, target, budget_of, objective).place()) {
    return Shortage{nullptr, "there are too few sub-arrays"};
  }
  return place_other_engines(network, target, budget_of, 0);
}

}  // namespace spinvp::network
