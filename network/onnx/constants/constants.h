#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "network/onnx/evaluate/value.h"
#include "network/onnx/model/graph.h"

namespace spinvp::network::onnx {

/// Computes nodes whose inputs are all constants, one after the other in topological order. Weights are many: they are
/// moved from node to node where nobody else reads them, stay bytes with factors where a node only scales or orders
/// them or where a quantiser makes them, and results are kept in as few bytes as hold them exactly.
class ConstantFolder {
 public:
  /// Counts who reads what in all nodes of `graph`; constants may be added to it between calls of fold().
  explicit ConstantFolder(Graph& graph);

  /// Adds the node's first output to graph.constants and takes out inputs that nobody reads any more. False, and
  /// nothing happens, when an input is computed, when there is none, or when the operator is not known. InputError when
  /// constants do not fit each other or when results grow beyond all proportion to the model.
  bool fold(const Node& node);

 private:
  Tensor compute(const Node& node);
  std::optional<Tensor> pass(const Node& node);
  std::optional<Tensor> reorder(const Node& node);
  std::optional<Tensor> scale(const Node& node);
  std::optional<Tensor> quantise(const Node& node);
  std::optional<Tensor> by_rows(const Node& node);
  Tensor in_full(const Node& node);

  Tensor take(const std::string& name);
  void give_back(const std::string& name, Tensor tensor);
  void spend_traffic(const Node& node);
  void release_inputs(const Node& node);

  Graph& graph_;
  std::unordered_map<std::string, std::size_t> readings_;
  std::size_t traffic_left_;  ///< elements that may be read and written
  std::size_t memory_left_;   ///< bytes that constants may grow by
};

/// Folds all that can be and takes it out of `order`, which must be topological.
void fold_constants(Graph& graph, std::vector<const Node*>& order);

}  // namespace spinvp::network::onnx
