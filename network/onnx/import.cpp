#include "network/onnx/import.h"

#include "network/onnx/lower.h"
#include "network/onnx/order.h"
#include "network/onnx/parse.h"
#include "network/onnx/quantised_operators.h"
#include "network/onnx/recognise.h"

namespace spinvp::network {
namespace {

/// `reference` makes the float64 reference of the same model, where it is needed.
template <typename MakeReference>
ImportedNetwork import_graph(onnx::Graph graph, const ImportOptions& options, MakeReference make_reference) {
  std::vector<std::string> notes;
  if (options.quantise) {
    notes = onnx::quantise_after_training(graph, make_reference(), *options.quantise);
  }
  onnx::expand_quantised_operators(graph);
  const std::vector<const onnx::Node*> order = onnx::topological_order(graph);
  ImportedNetwork result = onnx::lower(graph, onnx::recognise(graph, order, options));
  result.notes.insert(result.notes.begin(), notes.begin(), notes.end());
  validate(result.graph);
  return result;
}

}  // namespace

ImportedNetwork import_network(const std::string& path, const ImportOptions& options) {
  return import_graph(onnx::parse(path), options, [&] { return FloatReference(path, options.input); });
}

ImportedNetwork import_network_bytes(const std::string& bytes, const std::string& file, const ImportOptions& options) {
  return import_graph(onnx::parse_bytes(bytes, file), options,
                      [&] { return FloatReference(bytes, file, options.input); });
}

IntegerGraph import_onnx(const std::string& path, const ImportOptions& options) {
  return import_network(path, options).graph;
}

IntegerGraph import_onnx_bytes(const std::string& bytes, const std::string& file, const ImportOptions& options) {
  return import_network_bytes(bytes, file, options).graph;
}

}  // namespace spinvp::network
