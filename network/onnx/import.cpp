#include "network/onnx/import.h"

#include "network/onnx/constants.h"
#include "network/onnx/lower.h"
#include "network/onnx/order.h"
#include "network/onnx/parse.h"
#include "network/onnx/recognise.h"

namespace spinvp::network {
namespace {

IntegerGraph import_graph(onnx::Graph graph) {
  std::vector<const onnx::Node*> order = onnx::topological_order(graph);
  onnx::fold_constants(graph, order);
  IntegerGraph result = onnx::lower(graph, onnx::recognise(graph, order));
  validate(result);
  return result;
}

}  // namespace

IntegerGraph import_onnx(const std::string& path) {
  return import_graph(onnx::parse(path));
}

IntegerGraph import_onnx_bytes(const std::string& bytes, const std::string& file) {
  return import_graph(onnx::parse_bytes(bytes, file));
}

}  // namespace spinvp::network
