#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "network/onnx/model/tensor.h"

/// An ONNX model as plain data, free of protobuf: what the parser hands to everything behind it.
namespace spinvp::network::onnx {

struct Attribute {
  enum class Kind { Integer, Number, Text, Integers, Numbers, Tensor, Other } kind = Kind::Other;
  std::int64_t integer = 0;
  double number = 0;
  std::string text;
  std::vector<std::int64_t> integers;
  std::vector<double> numbers;
  std::optional<onnx::Tensor> tensor;
};

struct Node {
  std::string name;  ///< unique; made up from operator and position when the file gives none
  std::string op;
  std::string domain;                ///< empty for ONNX's own operators
  std::vector<std::string> inputs;   ///< names of values; empty for an optional input left out
  std::vector<std::string> outputs;  ///< likewise
  std::unordered_map<std::string, Attribute> attributes;

  /// Name of input `index`, empty when it is left out.
  const std::string& input(std::size_t index) const;
};

/// What the file says of a graph input or output.
struct ValueInfo {
  std::string name;
  ElementType type = ElementType::Undefined;
  std::vector<std::int64_t> dims;  ///< -1 where the file leaves it open
};

struct Graph {
  std::string file;  ///< for messages
  std::string name;
  std::int64_t opset = 0;
  std::vector<ValueInfo> inputs;  ///< without the constants
  std::vector<ValueInfo> outputs;
  std::unordered_map<std::string, Tensor> constants;  ///< initialisers and Constant nodes
  std::vector<Node> nodes;                            ///< without Constant nodes

  /// The constant behind a node's input, or nullptr when it is left out or computed.
  const Tensor* constant(const Node& node, std::size_t index) const;

  // A node's attributes; InputError when one is there in another type.
  bool has(const Node& node, const std::string& attribute) const;
  std::int64_t integer(const Node& node, const std::string& attribute, std::int64_t missing) const;
  double number(const Node& node, const std::string& attribute, double missing) const;
  std::string text(const Node& node, const std::string& attribute, const std::string& missing) const;
  std::vector<std::int64_t> integers(const Node& node, const std::string& attribute,
                                     const std::vector<std::int64_t>& missing) const;
  /// nullptr where there is none.
  const Tensor* tensor(const Node& node, const std::string& attribute) const;

  /// Throws InputError "file: node 'name' (Op): reason".
  [[noreturn]] void refuse(const Node& node, const std::string& reason) const;
  /// Throws InputError "file: reason".
  [[noreturn]] void refuse(const std::string& reason) const;
};

}  // namespace spinvp::network::onnx
