#pragma once

#include "network/integer_graph.h"

namespace spinvp {

/// Prints what the importer made of a model: a line a layer of the integer graph, and what they come to.
void print_graph_table(const network::IntegerGraph& graph);

}  // namespace spinvp
