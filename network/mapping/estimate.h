#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "network/mapping/chip_target.h"
#include "network/mapping/cost.h"
#include "network/mapping/plan.h"

/// What a placed network takes, reckoned from its command streams with the chip's speeds and energies: commands follow
/// each other on their lanes and wait as the streams say. No bits are computed. What happens once for many images is
/// left out.
namespace spinvp::network {

struct LayerCost {
  Cost cost;                         ///< of one image, leakage included
  std::uint64_t row_operations = 0;  ///< two-row senses of AND-accumulation
  std::uint64_t commands = 0;
};

/// Costs of the layers of a placed network.
std::vector<LayerCost> cost_of_network(const NetworkPlan& plan, const ChipTarget& target);

/// An engine that a layer could run on.
struct EngineEstimate {
  Engine engine = Engine::AndAccumulate;
  std::optional<LayerCost> cost;  ///< none when the layer cannot run there
  std::string unfit;              ///< why not
};

struct LayerEstimate {
  std::string layer;
  std::optional<Engine> engine;            ///< the one that the options lead to; none without weights
  LayerCost cost;                          ///< with that engine
  std::vector<EngineEstimate> candidates;  ///< every engine; empty without weights
};

/// What each layer of a network would take on each engine, and what the options lead to. InputError as from
/// make_plan().
std::vector<LayerEstimate> estimate_network(const IntegerGraph& graph, const ChipTarget& target,
                                            const MappingOptions& options = {});

}  // namespace spinvp::network
