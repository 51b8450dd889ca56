#pragma once

#include <optional>
#include <vector>

#include "network/onnx/evaluate/value.h"
#include "network/onnx/model/graph.h"

namespace spinvp::network::onnx {

/// How near a node's elements come to a place where its result jumps: there, and only there, the last bit of the sums
/// in front of it decides.
struct Decision {
  double distance = 0;
  bool in_steps = false;  ///< of the quantiser; else in the numbers that the node reads
};

/// The nearest of all elements, for nodes that round (Round, Floor, Ceil, Cast to integers, Quant, QuantizeLinear ...)
/// or compare (Sign, Greater, BipolarQuant, MultiThreshold ...). Nothing for other nodes, nor for those that only see
/// whole numbers where they cut to whole numbers.
std::optional<Decision> nearest_decision(const Graph& graph, const Node& node, const std::vector<const Value*>& inputs);

}  // namespace spinvp::network::onnx
