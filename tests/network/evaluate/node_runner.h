#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/errors.h"
#include "network/onnx/evaluate/evaluate.h"

namespace spinvp::test {

using network::onnx::Attribute;
using network::onnx::ElementType;
using network::onnx::Value;
using EvaluatedDims = std::vector<std::int64_t>;
using Numbers64 = std::vector<double>;

inline Value real(EvaluatedDims dims, Numbers64 numbers) {
  return Value{ElementType::Float, std::move(dims), std::move(numbers)};
}
inline Value integral(ElementType type, EvaluatedDims dims, Numbers64 numbers) {
  return Value{type, std::move(dims), std::move(numbers)};
}
inline Value list(Numbers64 numbers) {
  return Value{ElementType::Int64, {static_cast<std::int64_t>(numbers.size())}, std::move(numbers)};
}
inline Value scalar(double number) {
  return Value{ElementType::Float, {}, {number}};
}

/// One node without a file around it.
class NodeRunner {
 public:
  explicit NodeRunner(std::string op, std::int64_t opset = 13, std::string domain = "") {
    graph_.file = "test.onnx";
    graph_.opset = opset;
    node_.name = "node";
    node_.op = std::move(op);
    node_.domain = std::move(domain);
  }

  NodeRunner& with(const std::string& name, std::int64_t value) {
    node_.attributes[name].kind = Attribute::Kind::Integer;
    node_.attributes[name].integer = value;
    return *this;
  }
  NodeRunner& with(const std::string& name, int value) { return with(name, std::int64_t{value}); }
  NodeRunner& with(const std::string& name, double value) {
    node_.attributes[name].kind = Attribute::Kind::Number;
    node_.attributes[name].number = value;
    return *this;
  }
  NodeRunner& with(const std::string& name, const char* value) {
    node_.attributes[name].kind = Attribute::Kind::Text;
    node_.attributes[name].text = value;
    return *this;
  }
  NodeRunner& with(const std::string& name, EvaluatedDims values) {
    node_.attributes[name].kind = Attribute::Kind::Integers;
    node_.attributes[name].integers = std::move(values);
    return *this;
  }
  NodeRunner& with_tensor(const std::string& name, ElementType type, double value) {
    node_.attributes[name].kind = Attribute::Kind::Tensor;
    node_.attributes[name].tensor.emplace(type, EvaluatedDims{1}, Numbers64{value});
    return *this;
  }

  /// An input of no elements and no type is left out.
  Value operator()(const std::vector<Value>& inputs) const {
    std::vector<const Value*> pointers;
    for (const Value& input : inputs) {
      pointers.push_back(input.type == ElementType::Undefined ? nullptr : &input);
    }
    return network::onnx::evaluate(graph_, node_, pointers);
  }
  Numbers64 numbers(const std::vector<Value>& inputs) const { return (*this)(inputs).numbers; }

  /// The InputError that it gives; empty when it gives none.
  std::string refusal(const std::vector<Value>& inputs) const {
    try {
      (*this)(inputs);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

  const network::onnx::Graph& graph() const { return graph_; }
  const network::onnx::Node& node() const { return node_; }

 private:
  network::onnx::Graph graph_;
  network::onnx::Node node_;
};

inline Value left_out() {
  return Value{ElementType::Undefined, {}, {}};
}

}  // namespace spinvp::test
