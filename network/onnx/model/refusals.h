#pragma once

#include "network/onnx/model/graph.h"

namespace spinvp::network::onnx {

/// Refuses a node whose operator is not known, with what could be written instead.
[[noreturn]] void refuse_operator(const Graph& graph, const Node& node);

}  // namespace spinvp::network::onnx
