#pragma once

#include <string>
#include <vector>

#include "network/onnx/evaluate/value.h"
#include "network/onnx/model/graph.h"

/// The operators of ONNX, QONNX and FINN on known tensors, in float64, as their specifications say. This is what a
/// model means: constants are folded with it and the float64 reference runs on it. It shares nothing with what the
/// importer makes of these operators, so that it can contradict it.
namespace spinvp::network::onnx {

/// What one evaluation may take. Both are checked before memory is taken.
struct EvaluationLimits {
  std::size_t elements = std::size_t{1} << 26;  ///< of the result
  double operations = 1e11;                     ///< multiply-accumulates, comparisons of windows
};

/// True when the operator is known; what its attributes say is looked at by evaluate().
bool can_evaluate(const std::string& op, const std::string& domain);

/// The node's first output. `inputs` are as many as the node's, nullptr where one is left out. InputError names node
/// and operator when inputs do not fit, when the result is beyond `limits`, or when an attribute asks for what is not
/// known.
Value evaluate(const Graph& graph, const Node& node, const std::vector<const Value*>& inputs,
               const EvaluationLimits& limits = {});

}  // namespace spinvp::network::onnx
