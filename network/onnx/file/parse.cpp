#include "network/onnx/file/parse.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <unordered_set>

#include "core/errors.h"
#include "core/file_errors.h"
#include "network/onnx/evaluate/evaluate.h"
#include "network/onnx/file/decode_tensor.h"

namespace spinvp::network::onnx {
namespace {

/// The operators that are read mean the same in all of these.
constexpr std::int64_t oldest_opset = 7;
constexpr std::int64_t newest_opset = 22;

bool is_standard_domain(const std::string& domain) {
  return domain.empty() || domain == "ai.onnx";
}

/// QONNX's operators under the names that its tools have given their domain, and what ONNX Runtime's quantiser adds to
/// ONNX's own ones.
bool is_read_domain(const std::string& domain) {
  return domain == "qonnx.custom_op.general" || domain == "finn.custom_op.general" || domain == "onnx.brevitas" ||
         domain == "com.microsoft";
}

void require_known_domain(const Graph& graph, const Node& node) {
  if (node.domain.empty()) {
    return;
  }
  if (!is_read_domain(node.domain)) {
    graph.refuse(node, fmt::format("belongs to the domain '{}'; accepted: ONNX's own operators and those of "
                                   "qonnx.custom_op.general, finn.custom_op.general, onnx.brevitas and com.microsoft",
                                   node.domain));
  }
  if (!can_evaluate(node.op, node.domain)) {
    graph.refuse(node,
                 fmt::format("is no operator of the domain '{}' that is read; accepted: {}", node.domain,
                             node.domain == "com.microsoft" ? "QGemm, QLinearAdd, QLinearGlobalAveragePool"
                                                            : "Quant, IntQuant, BipolarQuant, Trunc, MultiThreshold"));
  }
}

std::int64_t opset_of(const ::onnx::ModelProto& model, const Graph& graph) {
  for (const auto& import : model.opset_import()) {
    if (is_standard_domain(import.domain())) {
      if (import.version() < oldest_opset || import.version() > newest_opset) {
        graph.refuse(fmt::format("is written for ONNX operator set {}; sets {} to {} are read", import.version(),
                                 oldest_opset, newest_opset));
      }
      return import.version();
    }
  }
  graph.refuse("names no ONNX operator set: not a complete ONNX model");
}

ValueInfo value_info(const ::onnx::ValueInfoProto& proto) {
  ValueInfo info;
  info.name = proto.name();
  info.type = static_cast<ElementType>(proto.type().tensor_type().elem_type());
  for (const auto& dim : proto.type().tensor_type().shape().dim()) {
    info.dims.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
  }
  return info;
}

Attribute attribute_of(const Graph& graph, const Node& node, const std::string& folder, ::onnx::AttributeProto& proto) {
  using ::onnx::AttributeProto;
  Attribute attribute;
  switch (proto.type()) {
    case AttributeProto::INT:
      attribute.kind = Attribute::Kind::Integer;
      attribute.integer = proto.i();
      break;
    case AttributeProto::FLOAT:
      attribute.kind = Attribute::Kind::Number;
      attribute.number = proto.f();
      break;
    case AttributeProto::STRING:
      attribute.kind = Attribute::Kind::Text;
      attribute.text = proto.s();
      break;
    case AttributeProto::INTS:
      attribute.kind = Attribute::Kind::Integers;
      attribute.integers.assign(proto.ints().begin(), proto.ints().end());
      break;
    case AttributeProto::FLOATS:
      attribute.kind = Attribute::Kind::Numbers;
      attribute.numbers.assign(proto.floats().begin(), proto.floats().end());
      break;
    case AttributeProto::TENSOR:
      attribute.kind = Attribute::Kind::Tensor;
      attribute.tensor = decode_tensor(
          *proto.mutable_t(), folder,
          fmt::format("{}: node '{}' ({}): attribute '{}'", graph.file, node.name, node.op, proto.name()));
      break;
    case AttributeProto::GRAPH:
    case AttributeProto::GRAPHS:
      graph.refuse(node, fmt::format("holds a graph of its own (attribute '{}'); export the model without loops and "
                                     "branches",
                                     proto.name()));
    default:
      break;
  }
  return attribute;
}

/// A Constant node's value.
Tensor constant_of(::onnx::NodeProto& proto, const Node& node, const Graph& graph, const std::string& folder) {
  for (auto& attribute : *proto.mutable_attribute()) {
    if (attribute.name() == "value" && attribute.has_t()) {
      return decode_tensor(*attribute.mutable_t(), folder,
                           fmt::format("{}: node '{}' (Constant)", graph.file, node.name));
    }
    if (attribute.name() == "value_float") {
      return Tensor(ElementType::Float, {}, std::vector<double>{attribute.f()});
    }
    if (attribute.name() == "value_int") {
      return Tensor(ElementType::Int64, {}, std::vector<double>{static_cast<double>(attribute.i())});
    }
    if (attribute.name() == "value_floats") {
      return Tensor(ElementType::Float, {attribute.floats_size()},
                    std::vector<double>(attribute.floats().begin(), attribute.floats().end()));
    }
    if (attribute.name() == "value_ints") {
      return Tensor(ElementType::Int64, {attribute.ints_size()},
                    std::vector<double>(attribute.ints().begin(), attribute.ints().end()));
    }
  }
  graph.refuse(node, "holds no dense numbers; expected one of value, value_float, value_int, value_floats, value_ints");
}

void add_constant(Graph& graph, const std::string& name, Tensor tensor) {
  if (!graph.constants.emplace(name, std::move(tensor)).second) {
    graph.refuse(fmt::format("the constant '{}' is there twice", name));
  }
}

void read_nodes(::onnx::GraphProto& proto, const std::string& folder, Graph& graph) {
  std::unordered_set<std::string> names;
  for (const auto& written : proto.node()) {
    names.insert(written.name());
  }
  std::unordered_set<std::string> taken;
  for (int index = 0; index < proto.node_size(); ++index) {
    auto& written = *proto.mutable_node(index);
    Node node;
    node.name = written.name();
    node.op = written.op_type();
    for (int again = 0; node.name.empty() || taken.count(node.name) != 0; ++again) {
      const std::string candidate =
          fmt::format("{}_{}{}", node.op, index, std::string(static_cast<std::size_t>(again), '\''));
      node.name = names.count(candidate) == 0 ? candidate : "";
    }
    taken.insert(node.name);
    node.inputs.assign(written.input().begin(), written.input().end());
    node.outputs.assign(written.output().begin(), written.output().end());
    node.domain = is_standard_domain(written.domain()) ? "" : written.domain();
    require_known_domain(graph, node);
    if (node.op == "Constant") {
      if (node.outputs.size() != 1) {
        graph.refuse(node, "expected one output");
      }
      add_constant(graph, node.outputs[0], constant_of(written, node, graph, folder));
      continue;
    }
    for (auto& attribute : *written.mutable_attribute()) {
      if (!node.attributes.emplace(attribute.name(), attribute_of(graph, node, folder, attribute)).second) {
        graph.refuse(node, fmt::format("has the attribute '{}' twice", attribute.name()));
      }
    }
    graph.nodes.push_back(std::move(node));
  }
}

/// Takes the model apart; its weights are moved, not copied. `folder` is where it stands, empty for bytes in memory.
Graph read_model(::onnx::ModelProto& model, const std::string& folder, const std::string& file) {
  Graph graph;
  graph.file = file;
  if (!model.has_graph() || model.graph().node_size() == 0) {
    graph.refuse("holds no graph: not an ONNX model, or truncated");
  }
  auto& proto = *model.mutable_graph();
  graph.opset = opset_of(model, graph);
  graph.name = proto.name();
  if (proto.sparse_initializer_size() != 0) {
    graph.refuse("keeps sparse initialisers; save them dense");
  }
  for (auto& initialiser : *proto.mutable_initializer()) {
    const std::string name = initialiser.name();
    add_constant(graph, name, decode_tensor(initialiser, folder, fmt::format("{}: initialiser '{}'", file, name)));
  }
  read_nodes(proto, folder, graph);
  for (const auto& input : proto.input()) {
    if (graph.constants.count(input.name()) == 0) {
      graph.inputs.push_back(value_info(input));
    }
  }
  for (const auto& output : proto.output()) {
    graph.outputs.push_back(value_info(output));
  }
  return graph;
}

[[noreturn]] void refuse_bytes(const std::string& file) {
  throw InputError(fmt::format("{}: is not an ONNX model, or is truncated", file));
}

}  // namespace

Graph parse_bytes(const std::string& bytes, const std::string& file) {
  ::onnx::ModelProto model;
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
      !model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    refuse_bytes(file);
  }
  return read_model(model, "", file);
}

Graph parse(const std::string& path) {
  if (std::filesystem::is_directory(path)) {
    throw InputError(fmt::format("{}: is a folder; expected an ONNX file", path));
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    throw cannot_open(path);
  }
  ::onnx::ModelProto model;
  if (!model.ParseFromIstream(&stream)) {
    refuse_bytes(path);
  }
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  return read_model(model, folder.empty() ? "." : folder.string(), path);
}

}  // namespace spinvp::network::onnx
