#include "network/mapping/engine_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/errors.h"
#include "network/mapping/engines/engine_plan.h"

namespace spinvp::network {
namespace {

constexpr std::array<Engine, 3> all_engines{Engine::AndAccumulate, Engine::Adder, Engine::Digital};
constexpr int most_sweeps = 4;  // of the choice over all layers

bool fits(const Layer& layer, Engine engine, const ChipTarget& target) {
  return unfit_reason(layer, engine, target).empty();
}

[[noreturn]] void refuse(const IntegerGraph& graph, const Layer& layer, const std::string& reason) {
  throw InputError(fmt::format("network '{}', layer '{}': {}", graph.name, layer.name, reason));
}

void check_names(const IntegerGraph& graph, const MappingOptions& options) {
  for (const auto& [name, engine] : options.layers) {
    const bool known = std::any_of(graph.layers.begin(), graph.layers.end(),
                                   [&name = name](const Layer& layer) { return layer.name == name; });
    if (!known) {
      std::string names;
      for (const Layer& layer : graph.layers) {
        names += fmt::format("{}'{}'", names.empty() ? "" : ", ", layer.name);
      }
      throw InputError(fmt::format("network '{}': there is no layer '{}' to run on engine '{}'; its layers are {}",
                                   graph.name, name, engine_name(engine), names));
    }
  }
}

/// The engines that the options leave to a layer, the only one first.
std::vector<Engine> allowed_engines(const IntegerGraph& graph, const Layer& layer, const ChipTarget& target,
                                    const MappingOptions& options) {
  const auto named = options.layers.find(layer.name);
  if (named != options.layers.end()) {
    const std::string unfit =
        layer.has_weights() ? unfit_reason(layer, named->second, target) : "it has no weights and runs on no engine";
    if (!unfit.empty()) {
      refuse(graph, layer, fmt::format("it cannot run on engine '{}': {}", engine_name(named->second), unfit));
    }
    return {named->second};
  }
  if (options.engine && fits(layer, *options.engine, target)) {
    return {*options.engine};
  }
  std::vector<Engine> engines;
  std::string reasons;
  for (const Engine engine : all_engines) {
    const std::string unfit = unfit_reason(layer, engine, target);
    if (unfit.empty()) {
      engines.push_back(engine);
    } else {
      reasons += fmt::format("{}{}", reasons.empty() ? "" : "; ", unfit);
    }
  }
  if (engines.empty()) {
    refuse(graph, layer, fmt::format("no engine of chip '{}' can run it: {}", target.name, reasons));
  }
  if (!options.cheapest) {
    engines.resize(1);
  }
  return engines;
}

/// A choice in which as many layers as possible run on one engine, the others on the first that they can.
EngineChoice choice_of(const IntegerGraph& graph, const ChipTarget& target, Engine preferred) {
  EngineChoice choice;
  for (const Layer& layer : graph.layers) {
    std::optional<Engine> engine;
    for (const Engine one : {preferred, Engine::AndAccumulate, Engine::Digital, Engine::Adder}) {
      if (layer.has_weights() && !engine && fits(layer, one, target)) {
        engine = one;
      }
    }
    choice.push_back(engine);
  }
  return choice;
}

std::optional<Engine> another_engine(const Layer& layer, const ChipTarget& target, Engine not_this) {
  for (const Engine engine : all_engines) {
    if (engine != not_this && fits(layer, engine, target)) {
      return engine;
    }
  }
  return {};
}

/// Costs with one engine wherever it can be placed.
void add_costs(const IntegerGraph& graph, const ChipTarget& target, const MappingOptions& options, Engine engine,
               EngineCosts& costs) {
  EngineChoice choice = choice_of(graph, target, engine);
  std::vector<std::string> refusals(graph.layers.size());
  std::optional<NetworkPlan> plan;
  for (std::size_t tries = 0; tries <= graph.layers.size() && !plan; ++tries) {
    const PlacementTrial trial = try_placement(graph, target, options, choice);
    plan = trial.plan;
    if (plan || !trial.layer) {
      break;
    }
    const std::size_t index = *trial.layer;
    const std::optional<Engine> other =
        choice[index] == engine ? another_engine(graph.layers[index], target, engine) : std::nullopt;
    refusals[index] = trial.reason;
    if (!other) {
      break;
    }
    choice[index] = other;
  }
  const std::vector<LayerCost> layer_costs = plan ? cost_of_network(*plan, target) : std::vector<LayerCost>();
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    if (!graph.layers[i].has_weights()) {
      continue;
    }
    EngineEstimate estimate;
    estimate.engine = engine;
    estimate.unfit = unfit_reason(graph.layers[i], engine, target);
    if (estimate.unfit.empty() && plan && choice[i] == engine) {
      estimate.cost = layer_costs[i];
    } else if (estimate.unfit.empty()) {
      estimate.unfit = refusals[i].empty() ? "the network cannot be placed with it" : refusals[i];
    }
    costs[i].push_back(std::move(estimate));
  }
}

/// Goes over the layers and takes the engine with which the whole network is the cheapest, until nothing changes.
EngineChoice cheapest(const EngineCosts& costs, const std::vector<std::vector<Engine>>& allowed, Objective objective) {
  EngineChoice choice(costs.size());
  Cost total;
  const auto cost_at = [&](std::size_t layer, Engine engine) -> const std::optional<LayerCost>& {
    return costs[layer][static_cast<std::size_t>(engine)].cost;
  };
  for (int sweep = 0; sweep < most_sweeps; ++sweep) {
    bool changed = false;
    for (std::size_t layer = 0; layer < costs.size(); ++layer) {
      if (allowed[layer].empty()) {
        continue;
      }
      Cost others = total;
      if (choice[layer] && cost_at(layer, *choice[layer])) {
        others.cycles -= cost_at(layer, *choice[layer])->cost.cycles;
        others.picojoules -= cost_at(layer, *choice[layer])->cost.picojoules;
      }
      std::optional<Engine> best;
      Cost best_total;
      for (const Engine engine : allowed[layer]) {
        if (!cost_at(layer, engine)) {
          continue;
        }
        Cost with = others;
        with += cost_at(layer, engine)->cost;
        if (!best || weigh(with, objective) < weigh(best_total, objective)) {
          best = engine;
          best_total = with;
        }
      }
      if (!best) {
        best = allowed[layer].front();
        best_total = others;
      }
      changed = changed || best != choice[layer];
      choice[layer] = best;
      total = best_total;
    }
    if (!changed) {
      break;
    }
  }
  return choice;
}

}  // namespace

const char* engine_name(Engine engine) {
  switch (engine) {
    case Engine::AndAccumulate:
      return "and";
    case Engine::Adder:
      return "adder";
    case Engine::Digital:
      break;
  }
  return "digital";
}

EngineCosts cost_of_engines(const IntegerGraph& graph, const ChipTarget& target, const MappingOptions& options) {
  EngineCosts costs(graph.layers.size());
  for (const Engine engine : all_engines) {
    add_costs(graph, target, options, engine, costs);
  }
  return costs;
}

EngineChoice choose_engines(const IntegerGraph& graph, const ChipTarget& target, const MappingOptions& options) {
  check_names(graph, options);
  std::vector<std::vector<Engine>> allowed(graph.layers.size());
  bool open = false;
  EngineChoice choice(graph.layers.size());
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    if (graph.layers[i].has_weights() || options.layers.count(graph.layers[i].name) > 0) {
      allowed[i] = allowed_engines(graph, graph.layers[i], target, options);
      choice[i] = allowed[i].front();
      open = open || allowed[i].size() > 1;
    }
  }
  if (!open) {
    return choice;
  }
  choice = cheapest(cost_of_engines(graph, target, options), allowed, options.objective);
  // Together the layers may need more than each of them.
  for (std::size_t tries = 0; tries < 2 * graph.layers.size(); ++tries) {
    const PlacementTrial trial = try_placement(graph, target, options, choice);
    if (trial.plan || !trial.layer || allowed[*trial.layer].size() < 2) {
      break;
    }
    std::vector<Engine>& left = allowed[*trial.layer];
    left.erase(std::find(left.begin(), left.end(), *choice[*trial.layer]));
    choice[*trial.layer] = left.front();
  }
  return choice;
}

}  // namespace spinvp::network
