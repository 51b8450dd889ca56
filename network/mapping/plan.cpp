#include "network/mapping/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/errors.h"
#include "network/mapping/buffer_plan.h"
#include "network/mapping/engine_choice.h"
#include "network/mapping/engines/engine_plan.h"
#include "network/mapping/estimate.h"
#include "network/mapping/row_plan.h"
#include "network/mapping/subarray_plan.h"
#include "network/mapping/weight_loads.h"

namespace spinvp::network {
namespace {

constexpr int most_window_side = 255;    // of a kernel, a stride or a pooling window in a command
constexpr int most_padded_side = 32767;  // of a map with its padding, where commands count with a sign

std::string chip_text(const ChipTarget& target) {
  return fmt::format("chip '{}': {} sub-arrays of {} rows x {} columns, {} bytes of buffer", target.name,
                     target.subarrays, target.rows, target.columns, target.buffer_bytes);
}

/// Places one network; keeps what all its steps need.
class Planner {
 public:
  Planner(const IntegerGraph& graph, const ChipTarget& target, const MappingOptions& options,
          const EngineChoice& engines)
      : graph_(graph), target_(target), options_(options), engines_(engines) {}

  /// The plan, or what is missing.
  std::optional<Shortage> make() {
    for (std::size_t i = 0; i < graph_.layers.size(); ++i) {
      if (const std::string wide = check_window(graph_.layers[i]); !wide.empty()) {
        return Shortage{&graph_.layers[i], wide};
      }
      const std::string unfit = engines_[i] ? unfit_reason(graph_.layers[i], *engines_[i], target_) : "";
      if (!unfit.empty()) {
        return Shortage{&graph_.layers[i], unfit};
      }
    }
    if (options_.weights != WeightPolicy::Streamed) {
      std::optional<Shortage> shortage = place_stationary();
      if (options_.weights == WeightPolicy::Stationary && !shortage && streams_weights(plan_) != nullptr) {
        shortage = Shortage{streams_weights(plan_), "its weights or their signs find no place that they could keep"};
      }
      if (!shortage || options_.weights == WeightPolicy::Stationary) {
        must_stay_ = shortage.has_value();
        return shortage;
      }
    }
    std::optional<Placed> streamed;
    return place_best(false, streamed);
  }

  const NetworkPlan& plan() const { return plan_; }

  [[noreturn]] void fail(const Shortage& shortage) const {
    if (must_stay_) {
      throw InputError(fmt::format(
          "network '{}': its weights do not fit chip '{}' all at once: {}{} ({} sub-arrays of {} x {}, {} bytes of "
          "buffer); use streamed weights or a larger chip",
          graph_.name, target_.name, shortage.layer ? fmt::format("layer '{}': ", shortage.layer->name) : "",
          shortage.reason, target_.subarrays, target_.rows, target_.columns, target_.buffer_bytes));
    }
    throw InputError(fmt::format("network '{}', layer '{}': {} ({})", graph_.name, shortage.layer->name,
                                 shortage.reason, chip_text(target_)));
  }

 private:
  // Commands describe windows with eight bits a side.
  static std::string check_window(const Layer& layer) {
    struct Side {
      const char* what;
      int height, width, most;
    };
    const Pooling& pooling = layer.pooling;
    for (const Side& side :
         {Side{"kernel", layer.kernel_height, layer.kernel_width, most_window_side},
          Side{"stride", layer.stride_y, layer.stride_x, most_window_side},
          Side{"dilation", layer.dilation_y, layer.dilation_x, most_window_side},
          Side{"pooling window", pooling.kernel_height, pooling.kernel_width, most_window_side},
          Side{"pooling stride", pooling.stride_y, pooling.stride_x, most_window_side},
          Side{"padding", layer.pad_top, layer.pad_left, most_padded_side},
          Side{"padded height", layer.pad_top + layer.input.height + layer.pad_bottom, 1, most_padded_side}}) {
      if (side.height > side.most || side.width > side.most) {
        return fmt::format("its {} of {} x {} is larger than commands can say, which is {}", side.what, side.height,
                           side.width, side.most);
      }
    }
    return "";
  }

  /// A whole placement and what `options_.objective` compares of it.
  struct Placed {
    NetworkPlan plan;
    double cost;
  };

  // In rows of all sub-arrays, or each layer in sub-arrays of its own, which keeps the image's rows from going
  // everywhere, where that costs little more.
  std::optional<Shortage> place_stationary() {
    std::optional<Placed> apart;
    if (std::find(engines_.begin(), engines_.end(), Engine::Adder) == engines_.end()) {  // it uses all sub-arrays
      own_subarrays_ = true;
      place_best(true, apart);
      own_subarrays_ = false;
    }
    std::optional<Placed> together;
    const std::optional<Shortage> shortage = place_best(true, together);
    const double most = options_.objective == Objective::Latency ? options_.most_for_density : 1;
    if (apart && (!together || apart->cost <= most * together->cost)) {
      plan_ = apart->plan;
      return {};
    }
    return shortage;
  }

  // Layers are placed by costs of their own, which know less than the streams do: the best of what each objective leads
  // to. Leaves it in plan_ as well.
  std::optional<Shortage> place_best(bool stationary, std::optional<Placed>& best) {
    std::optional<Shortage> first;
    for (const Objective objective :
         {options_.objective, Objective::Latency, Objective::Energy, Objective::EnergyDelay}) {
      layer_objective_ = objective;
      if (const std::optional<Shortage> shortage = place(stationary)) {
        first = first ? first : shortage;
        continue;
      }
      Cost sum;
      for (const LayerCost& layer : cost_of_network(plan_, target_)) {
        sum += layer.cost;
      }
      const double cost = weigh(sum, options_.objective).first;
      if (!best || cost < best->cost) {
        best = Placed{plan_, cost};
      }
    }
    if (!best) {
      return first;
    }
    plan_ = best->plan;
    return {};
  }

  // The less of the buffer maps may take between layers, the more remains for the layers themselves.
  std::optional<Shortage> place(bool stationary) {
    lanes_.assign(graph_.layers.size(), AdderLanes::Pixels);
    for (std::size_t i = 0; i < graph_.layers.size(); ++i) {
      if (engines_[i] == Engine::Adder) {
        lanes_[i] = lanes_of(graph_.layers[i], stationary);
      }
    }
    std::optional<Shortage> shortage = place_with_lanes(stationary);
    while (use_pixels(stationary, shortage)) {
      shortage = place_with_lanes(stationary);
    }
    return shortage;
  }

  AdderLanes lanes_of(const Layer& layer, bool stationary) const {
    return !has_one_pixel(layer)
               ? AdderLanes::Pixels
               : options_.lanes.value_or(cheaper_lanes(layer, target_, options_.objective, stationary));
  }

  // Kernels' lanes that find no place, or that pay only if their weights stayed, become pixels'.
  bool use_pixels(bool stationary, const std::optional<Shortage>& shortage) {
    for (std::size_t i = 0; i < graph_.layers.size(); ++i) {
      const LayerPlan& plan = plan_.layers[i];
      const bool stays = plan.weights_resident || !stationary;
      const bool fits = shortage ? shortage->layer != nullptr && shortage->layer != plan.layer
                                 : stays || lanes_of(*plan.layer, false) == AdderLanes::Kernels;
      if (plan.adds(AdderLanes::Kernels) && !fits) {
        lanes_[i] = AdderLanes::Pixels;
        return true;
      }
    }
    return false;
  }

  std::optional<Shortage> place_with_lanes(bool stationary) {
    std::optional<Shortage> first;
    for (const std::uint32_t quarters : {3u, 2u, 1u, 0u}) {
      const std::optional<Shortage> shortage = place_once(stationary, quarters);
      if (!shortage) {
        return {};
      }
      first = first ? first : shortage;
    }
    return first;
  }

  std::optional<Shortage> place_once(bool stationary, std::uint32_t map_quarters) {
    plan_ = NetworkPlan();
    plan_.stationary = stationary;
    for (std::size_t i = 0; i < graph_.layers.size(); ++i) {
      LayerPlan plan;
      plan.layer = &graph_.layers[i];
      plan.engine = engines_[i];
      plan.adder.lanes = lanes_[i];
      plan_.layers.push_back(plan);
    }
    place_residents();
    const std::uint32_t used = plan_.resident_bytes + 2 * plan_.table_slot_bytes;
    if (used >= target_.buffer_bytes) {
      return Shortage{plan_.layers.front().layer, "the global buffer is too small for the thresholds"};
    }
    const std::uint64_t for_maps = std::uint64_t{target_.buffer_bytes - used} * map_quarters / 4;
    layout_ = place_maps(graph_, target_.buffer_bytes - static_cast<std::uint32_t>(for_maps), target_.buffer_bytes);
    plan_.scratch_bytes = layout_.scratch_bytes;
    assign_maps();
    const auto budget = [this](const LayerPlan& plan) { return budget_of(plan); };
    const std::optional<Shortage> shortage = !stationary ? place_streamed_rows(plan_, target_, budget)
                                             : own_subarrays_
                                                 ? place_own_subarrays(plan_, target_, budget, layer_objective_)
                                                 : place_stationary_rows(plan_, target_, budget);
    return shortage ? shortage : divide_workspaces();
  }

  // Tables and small weights that stay in the buffer, where weights are stationary.
  void place_residents() {
    std::uint64_t tables = 0;
    std::uint32_t largest_table = 0;
    for (const LayerPlan& plan : plan_.layers) {
      const std::uint32_t bytes = table_bytes(*plan.layer, u32(plan.layer->kernels));
      tables += align_map(bytes);
      largest_table = std::max(largest_table, bytes);
    }
    const std::uint32_t share = target_.buffer_bytes / 4;
    const bool tables_stay = plan_.stationary && tables <= share;
    std::uint64_t at = 0;
    for (LayerPlan& plan : plan_.layers) {
      plan.table_resident = tables_stay;
      if (tables_stay) {
        plan.table_address = static_cast<std::uint32_t>(at);
        at += align_map(table_bytes(*plan.layer, u32(plan.layer->kernels)));
      }
    }
    for (LayerPlan& plan : plan_.layers) {
      plan.weights_resident = plan.on(Engine::AndAccumulate) && plan_.stationary;  // kernels' lanes: where rows do
      const std::uint64_t bytes = align_map(buffered_weight_bytes(plan));
      if (plan_.stationary && bytes > 0 && bytes <= target_.buffer_bytes / 16 && at + bytes <= share) {
        plan.weights_resident = true;
        plan.weights_address = static_cast<std::uint32_t>(at);
        at += bytes;
      }
    }
    plan_.resident_bytes = static_cast<std::uint32_t>(at);
    if (!tables_stay) {
      plan_.table_slot_bytes =
          static_cast<std::uint32_t>(align_map(std::min(target_.buffer_bytes / 16 / 8 * 8, largest_table)));
      plan_.table_slots = {plan_.resident_bytes, plan_.resident_bytes + plan_.table_slot_bytes};
    }
  }

  // At least what the weights take that engines read from the buffer; 0 for other engines.
  std::uint64_t buffered_weight_bytes(const LayerPlan& plan) const {
    const Layer& layer = *plan.layer;
    const std::uint64_t elements = layer.has_weights() ? layer.weights_per_kernel() : 0;
    if (plan.on(Engine::Digital)) {
      return elements * u32(layer.kernels) * multiplier_weight_bytes(layer);
    }
    if (plan.adds(
            AdderLanes::Pixels)) {  // sub-arrays may hold one kernel less than they could, passes end in whole bytes
      const std::uint32_t kernels = kernels_per_group(layer);
      const std::uint32_t least = std::min(kernels, target_.subarrays);
      const auto passes = static_cast<std::uint32_t>(ceil_divide(kernels, least > 8 ? least - 7 : 1));
      return elements * u32(layer.groups) * sign_pitch(layer, 2 * kernels + 8 * passes);
    }
    return 0;
  }

  void assign_maps() {
    for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
      LayerPlan& plan = plan_.layers[i];
      const Layer& layer = *plan.layer;
      if (layer.source >= 0) {
        plan.input = layout_.outputs[static_cast<std::size_t>(layer.source)];
      } else {
        plan.input = shape_map(layer.input, layer.input_bits);
        plan.input.home = MapHome::Image;
      }
      if (layer.residual.constant >= 0) {
        plan.residual = shape_map(layer.convolved, 0);
        plan.residual.home = MapHome::Constant;
      } else if (plan.has_residual()) {
        plan.residual = layout_.outputs[static_cast<std::size_t>(layer.residual.layer)];
      }
      plan.output = layout_.outputs[i];
    }
  }

  Workspace workspace_of(const LayerPlan& plan) const {
    const auto index = static_cast<std::size_t>(plan.layer - graph_.layers.data());
    return {plan_.resident_bytes + 2 * plan_.table_slot_bytes, layout_.lowest_used[index]};
  }

  EngineBudget budget_of(const LayerPlan& plan) const {
    const Workspace workspace = workspace_of(plan);
    EngineBudget budget{target_, layer_objective_};
    budget.subarrays = target_.subarrays;
    budget.accumulator_bytes = accumulator_share(workspace);
    budget.weight_slot_bytes = plan.weights_resident ? 0xFFFFFFFF : weight_slot_share(workspace);
    const std::uint32_t table = table_bytes(*plan.layer, 1);
    if (table > 0 && !plan.table_resident) {
      budget.kernels_per_pass = std::min(plan_.table_slot_bytes / table, budget.kernels_per_pass);
    }
    return budget;
  }

  std::optional<Shortage> divide_workspaces() {
    for (LayerPlan& plan : plan_.layers) {
      const bool buffered = plan.buffers_weights();
      if (buffered && plan.weights_resident &&
          loads_of(plan, target_.columns).weights_bytes > buffered_weight_bytes(plan)) {
        return Shortage{plan.layer, "the global buffer is too small for the signs of its weights"};
      }
      const std::uint32_t slot =
          buffered && !plan.weights_resident ? loads_of(plan, target_.columns).largest_load_bytes : 0;
      if (const auto lacks = divide_workspace(plan, workspace_of(plan), slot, target_.columns)) {
        return Shortage{plan.layer, fmt::format("the global buffer is too small for {}", *lacks)};
      }
    }
    return {};
  }

  const IntegerGraph& graph_;
  const ChipTarget& target_;
  const MappingOptions& options_;
  const EngineChoice& engines_;
  std::vector<AdderLanes> lanes_;  // of layers on the adder
  NetworkPlan plan_;
  MapLayout layout_;
  Objective layer_objective_ = Objective::Latency;  // by which layers are placed
  bool own_subarrays_ = false;                      // each layer of AND-accumulation has its own
  bool must_stay_ = false;                          // weights that were asked to be stationary do not fit
};

}  // namespace

const Layer* streams_weights(const NetworkPlan& plan) {
  const auto streamed = std::find_if(plan.layers.begin(), plan.layers.end(),
                                     [](const LayerPlan& layer) { return layer.engine && !layer.weights_resident; });
  return streamed == plan.layers.end() ? nullptr : streamed->layer;
}

NetworkPlan place_network(const IntegerGraph& graph, const ChipTarget& target, const MappingOptions& options,
                          const EngineChoice& engines) {
  Planner planner(graph, target, options, engines);
  if (const std::optional<Shortage> shortage = planner.make()) {
    planner.fail(*shortage);
  }
  return planner.plan();
}

PlacementTrial try_placement(const IntegerGraph& graph, const ChipTarget& target, const MappingOptions& options,
                             const EngineChoice& engines) {
  Planner planner(graph, target, options, engines);
  const std::optional<Shortage> shortage = planner.make();
  if (!shortage) {
    return {planner.plan(), std::nullopt, ""};
  }
  PlacementTrial trial;
  trial.reason = shortage->reason;
  if (shortage->layer != nullptr) {
    trial.layer = static_cast<std::size_t>(shortage->layer - graph.layers.data());
  }
  return trial;
}

NetworkPlan make_plan(const IntegerGraph& graph, const ChipTarget& target, const MappingOptions& options) {
  validate(graph);
  return place_network(graph, target, options, choose_engines(graph, target, options));
}

}  // namespace spinvp::network
