#pragma once

#include "network/image/network_image.h"
#include "network/integer_graph.h"
#include "network/mapping/chip_target.h"

namespace spinvp::network {

/// Places a network on a chip and makes its image: packed weights and thresholds, command streams, layer table.
/// InputError when the network cannot be placed.
NetworkImage map_network(const IntegerGraph& graph, const ChipTarget& target, const MappingOptions& options = {});

}  // namespace spinvp::network
