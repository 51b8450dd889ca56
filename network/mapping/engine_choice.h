#pragma once

#include <vector>

#include "network/mapping/chip_target.h"
#include "network/mapping/estimate.h"
#include "network/mapping/plan.h"

namespace spinvp::network {

/// Chooses an engine for every layer with weights: the one that the options name for it, the one that they name for all
/// where the layer can run on it, else the sub-arrays' or the cheapest by the objective, as they say. InputError when a
/// name is no layer's, when a layer cannot run on the engine named for it, or on none.
EngineChoice choose_engines(const IntegerGraph& graph, const ChipTarget& target, const MappingOptions& options);

/// What each layer takes on each engine: [layer][engine]; nothing for layers without weights.
using EngineCosts = std::vector<std::vector<EngineEstimate>>;
EngineCosts cost_of_engines(const IntegerGraph& graph, const ChipTarget& target, const MappingOptions& options);

/// The engine's name in messages and options.
const char* engine_name(Engine engine);

}  // namespace spinvp::network
