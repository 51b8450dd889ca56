#include "network/onnx/evaluate/evaluate.h"

#include "network/onnx/evaluate/families.h"

namespace spinvp::network::onnx {
namespace {

OperatorTable make_table() {
  OperatorTable table;
  add_elementwise_operators(table);
  add_comparisons(table);
  add_shape_operators(table);
  add_indexing_operators(table);
  add_filling_operators(table);
  add_reductions(table);
  add_convolutions(table);
  add_matrix_products(table);
  add_poolings(table);
  add_normalisations(table);
  add_linear_quantisers(table);
  add_quantised_layers(table);
  add_qonnx_quantisers(table);
  return table;
}

const Operator* find_operator(const std::string& op, const std::string& domain) {
  static const OperatorTable table = make_table();
  const std::string prefix = domain.empty() ? "" : domain == "com.microsoft" ? runtime_prefix : qonnx_prefix;
  const auto found = table.find(prefix + op);
  return found == table.end() ? nullptr : &found->second;
}

}  // namespace

bool can_evaluate(const std::string& op, const std::string& domain) {
  return find_operator(op, domain) != nullptr;
}

Value evaluate(const Graph& graph, const Node& node, const std::vector<const Value*>& inputs,
               const EvaluationLimits& limits) {
  const Operator* found = find_operator(node.op, node.domain);
  if (found == nullptr) {
    graph.refuse(node, "this operator cannot be evaluated");
  }
  return (*found)(Call(graph, node, inputs, limits));
}

}  // namespace spinvp::network::onnx
