#include "network/onnx/import.h"

#include "network/onnx/constants.h"
#include "network/onnx/lower.h"
#include "network/onnx/order.h"
#include "network/onnx/parse.h"
#include "network/onnx/quantised_operators.h"
#include "network/onnx/recognise.h"

namespace spinvp::network {
namespace {

ImportedNetwork import_graph(onnx::Graph graph, const ImportOptions& options) {
  onnx::expand_quantised_operators(graph);
  std::vector<const onnx::Node*> order = onnx::topological_order(graph);
  onnx::fold_constants(graph, order);
  ImportedNetwork result = onnx::lower(graph, onnx::recognise(graph, order, options));
  validate(result.graph);
  return result;
}

}  // namespace

ImportedNetwork import_network(const std::string& path, const ImportOptions& options) {
  return import_graph(onnx::parse(path), options);
}

ImportedNetwork import_network_bytes(const std::string& bytes, const std::string& file, const ImportOptions& options) {
  return import_graph(onnx::parse_bytes(bytes, file), options);
}

IntegerGraph import_onnx(const std::string& path, const ImportOptions& options) {
  return import_network(path, options).graph;
}

IntegerGraph import_onnx_bytes(const std::string& bytes, const std::string& file, const ImportOptions& options) {
  return import_network_bytes(bytes, file, options).graph;
}

}  // namespace spinvp::network
