#pragma once

#include <string>

#include "network/integer_graph.h"

namespace spinvp {

/// The integer graph as Graphviz draws it: a box a layer, coloured by kind; an arrow for what is read, with its shape
/// and bits, dashed for what is added.
std::string graph_picture(const network::IntegerGraph& graph);

}  // namespace spinvp
