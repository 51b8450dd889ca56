#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <string>
#include <vector>

#include "network/onnx/evaluate/evaluate.h"

namespace spinvp::network::onnx {

/// One evaluation: a node with its inputs, and the checks that every operator asks for.
class Call {
 public:
  Call(const Graph& node_graph, const Node& called, const std::vector<const Value*>& values,
       const EvaluationLimits& bounds)
      : graph(node_graph), node(called), inputs_(values), limits_(bounds) {}

  const Graph& graph;
  const Node& node;

  std::size_t input_count() const { return inputs_.size(); }
  const Value& input(std::size_t index) const;
  /// nullptr when it is left out.
  const Value* optional(std::size_t index) const { return index < inputs_.size() ? inputs_[index] : nullptr; }

  std::int64_t integer(const char* attribute, std::int64_t missing) const {
    return graph.integer(node, attribute, missing);
  }
  double number(const char* attribute, double missing) const { return graph.number(node, attribute, missing); }
  std::string text(const char* attribute, const char* missing) const { return graph.text(node, attribute, missing); }
  Dims integers(const char* attribute, const Dims& missing) const { return graph.integers(node, attribute, missing); }

  /// An input of one element.
  double scalar(std::size_t index) const;
  /// An input of whole numbers; those beyond 64 bits saturate.
  Dims list(std::size_t index) const;
  /// An axis counted from the front, given one that may count from the back.
  std::size_t axis(std::int64_t written, std::size_t rank) const;

  /// A result of zeros, after its size has been checked.
  Value result(ElementType type, Dims dims) const;
  void require_size(const Dims& dims) const;
  void require_operations(double count) const;

  template <typename... Arguments>
  [[noreturn]] void refuse(const char* format, const Arguments&... arguments) const {
    graph.refuse(node, fmt::format(fmt::runtime(format), arguments...));
  }

 private:
  const std::vector<const Value*>& inputs_;
  const EvaluationLimits& limits_;
};

std::string shape_text(const Dims& dims);

/// A number as an index; saturates, so that "to the end" in any form stays that.
std::int64_t to_integer(double number);

/// Lowest and highest number of an integer type.
struct TypeRange {
  double low;
  double high;
};
TypeRange range_of(ElementType type);

}  // namespace spinvp::network::onnx
