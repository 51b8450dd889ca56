#include "network/onnx/import.h"

#include "network/onnx/file/parse.h"
#include "network/onnx/lower/lower.h"
#include "network/onnx/model/order.h"
#include "network/onnx/recognise/quantised_operators.h"
#include "network/onnx/recognise/recognise.h"

namespace spinvp::network {
namespace {

ImportedNetwork import_graph(onnx::Graph graph, const ImportOptions& options) {
  std::vector<std::string> notes;
  if (options.quantise) {
    notes = onnx::quantise_after_training(graph, FloatReference(graph, options.input), *options.quantise);
  }
  onnx::expand_quantised_operators(graph);
  const std::vector<const onnx::Node*> order = onnx::topological_order(graph);
  ImportedNetwork result = onnx::lower(graph, onnx::recognise(graph, order, options.input));
  result.quantised = notes.size() > 1;  // one says that there was nothing to do
  result.notes.insert(result.notes.begin(), notes.begin(), notes.end());
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
