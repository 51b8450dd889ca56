#include "network/onnx/model/graph.h"

#include <fmt/format.h>

#include "core/errors.h"

namespace spinvp::network::onnx {
namespace {

const Attribute* find(const Graph& graph, const Node& node, const std::string& name, Attribute::Kind kind,
                      const char* expected) {
  const auto found = node.attributes.find(name);
  if (found == node.attributes.end()) {
    return nullptr;
  }
  if (found->second.kind != kind) {
    graph.refuse(node, fmt::format("attribute '{}' has the wrong type; expected {}", name, expected));
  }
  return &found->second;
}

}  // namespace

const std::string& Node::input(std::size_t index) const {
  static const std::string left_out;
  return index < inputs.size() ? inputs[index] : left_out;
}

const Tensor* Graph::constant(const Node& node, std::size_t index) const {
  const auto found = constants.find(node.input(index));
  return found == constants.end() ? nullptr : &found->second;
}

bool Graph::has(const Node& node, const std::string& attribute) const {
  return node.attributes.count(attribute) != 0;
}

std::int64_t Graph::integer(const Node& node, const std::string& attribute, std::int64_t missing) const {
  const Attribute* found = find(*this, node, attribute, Attribute::Kind::Integer, "an integer");
  return found != nullptr ? found->integer : missing;
}

double Graph::number(const Node& node, const std::string& attribute, double missing) const {
  const Attribute* found = find(*this, node, attribute, Attribute::Kind::Number, "a number");
  return found != nullptr ? found->number : missing;
}

std::string Graph::text(const Node& node, const std::string& attribute, const std::string& missing) const {
  const Attribute* found = find(*this, node, attribute, Attribute::Kind::Text, "a string");
  return found != nullptr ? found->text : missing;
}

std::vector<std::int64_t> Graph::integers(const Node& node, const std::string& attribute,
                                          const std::vector<std::int64_t>& missing) const {
  const Attribute* found = find(*this, node, attribute, Attribute::Kind::Integers, "a list of integers");
  return found != nullptr ? found->integers : missing;
}

const Tensor* Graph::tensor(const Node& node, const std::string& attribute) const {
  const Attribute* found = find(*this, node, attribute, Attribute::Kind::Tensor, "a tensor");
  return found != nullptr ? &*found->tensor : nullptr;
}

void Graph::refuse(const Node& node, const std::string& reason) const {
  throw InputError(fmt::format("{}: node '{}' ({}): {}", file, node.name, node.op, reason));
}

void Graph::refuse(const std::string& reason) const {
  throw InputError(fmt::format("{}: {}", file, reason));
}

}  // namespace spinvp::network::onnx
