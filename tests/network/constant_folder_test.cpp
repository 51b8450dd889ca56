#include <catch2/catch.hpp>
#include <cmath>

#include "network/onnx/constants/constants.h"

using namespace spinvp::network::onnx;
using Catch::Contains;

namespace {

/// A graph of constants alone, node behind node.
class ConstantGraph {
 public:
  ConstantGraph() {
    graph_.file = "test.onnx";
    graph_.opset = 13;
  }

  ConstantGraph& constant(const std::string& name, Dims dims, std::vector<double> numbers) {
    std::string bytes;
    for (const double number : numbers) {
      const auto value = static_cast<float>(number);
      bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    graph_.constants.emplace(name, Tensor(ElementType::Float, std::move(dims), std::move(bytes)));
    return *this;
  }
  ConstantGraph& bytes(const std::string& name, Dims dims, const std::vector<std::int8_t>& numbers) {
    graph_.constants.emplace(name,
                             Tensor(ElementType::Int8, std::move(dims), std::string(numbers.begin(), numbers.end())));
    return *this;
  }
  Node& node(const std::string& op, std::vector<std::string> inputs, const std::string& output,
             const std::string& domain = "") {
    Node added;
    added.name = output;
    added.op = op;
    added.domain = domain;
    added.inputs = std::move(inputs);
    added.outputs = {output};
    graph_.nodes.push_back(std::move(added));
    return graph_.nodes.back();
  }

  Graph& fold() {
    ConstantFolder folder(graph_);
    for (const Node& each : graph_.nodes) {
      REQUIRE(folder.fold(each));
    }
    return graph_;
  }
  Graph& graph() { return graph_; }

 private:
  Graph graph_;
};

Attribute integers(Dims values) {
  Attribute attribute;
  attribute.kind = Attribute::Kind::Integers;
  attribute.integers = std::move(values);
  return attribute;
}

Attribute integer(std::int64_t value) {
  Attribute attribute;
  attribute.kind = Attribute::Kind::Integer;
  attribute.integer = value;
  return attribute;
}

}  // namespace

TEST_CASE("quantised constants stay bytes with a factor a channel, turned and scaled") {
  ConstantGraph graph;
  graph.constant("w", {2, 3}, {0.9, -0.6, 0.2, -9, 9, 0.4}).constant("s", {2, 1}, {0.5, 0.3});
  graph.constant("zero", {}, {0}).constant("bits", {}, {4}).constant("half", {}, {0.7});
  graph.node("Quant", {"w", "s", "zero", "bits"}, "q", "onnx.brevitas");
  graph.node("Transpose", {"q"}, "t");
  graph.node("Mul", {"t", "half"}, "m");
  const Graph& folded = graph.fold();
  const Tensor& tensor = folded.constants.at("m");
  REQUIRE(tensor.int8_data() != nullptr);
  CHECK(std::vector<int>(tensor.int8_data(), tensor.int8_data() + 6) == std::vector<int>{2, -8, -1, 7, 0, 1});
  CHECK(tensor.dims() == Dims{3, 2});
  const double first = static_cast<double>(0.5f) * static_cast<double>(0.7f);
  const double second = static_cast<double>(0.3f) * static_cast<double>(0.7f);
  CHECK(tensor.factor(0) == first);
  CHECK(tensor.factor(1) == second);
  CHECK(tensor.factor(2) == first);
  CHECK(tensor[1] == -8 * static_cast<double>(0.3f) * static_cast<double>(0.7f));
  CHECK(folded.constants.size() == 1);
}

TEST_CASE("bytes less their zero point are integers with a factor a channel") {
  ConstantGraph graph;
  graph.bytes("w", {2, 2}, {1, 2, -3, 127}).bytes("zero", {2}, {0, -1}).constant("s", {2}, {0.5, 0.25});
  graph.node("DequantizeLinear", {"w", "s", "zero"}, "y").attributes["axis"] = integer(1);
  const Tensor& tensor = graph.fold().constants.at("y");
  CHECK(tensor.stores_integers());
  CHECK(tensor.values() == std::vector<double>{0.5, 0.75, -1.5, 32});
  CHECK(tensor.stored(3) == 128);
}

TEST_CASE("a division stays a division") {
  ConstantGraph graph;
  graph.constant("w", {1, 2}, {1, 2}).constant("three", {}, {3});
  graph.node("Round", {"w"}, "levels");
  graph.node("Div", {"levels", "three"}, "y");
  const Tensor& tensor = graph.fold().constants.at("y");
  CHECK(tensor.int8_data() != nullptr);
  CHECK(tensor.values() == std::vector<double>{1.0 / 3, 2.0 / 3});
}

TEST_CASE("a division by one leaves a multiplication behind it as it is") {
  ConstantGraph graph;
  graph.constant("w", {2}, {1, -3}).constant("one", {}, {1}).constant("two", {}, {2});
  graph.node("Div", {"w", "one"}, "same");
  graph.node("Mul", {"same", "two"}, "y");
  CHECK(graph.fold().constants.at("y").values() == std::vector<double>{2, -6});
}

TEST_CASE("quantisers written as arithmetic give levels with a factor") {
  ConstantGraph graph;
  graph.constant("w", {2, 2}, {0.5, -1.5, 3, -1});
  graph.node("Abs", {"w"}, "abs");
  graph.node("ReduceMean", {"abs"}, "alpha").attributes["axes"] = integers({1});
  graph.node("Sign", {"w"}, "sign");
  graph.node("Mul", {"sign", "alpha"}, "y");
  const Tensor& tensor = graph.fold().constants.at("y");
  CHECK(tensor.int8_data() != nullptr);
  CHECK(tensor.values() == std::vector<double>{1, -1, 2, -2});
  CHECK(tensor.has_factors_along(2, 2));
}

TEST_CASE("factors whose product is rounded keep the order of multiplications") {
  ConstantGraph graph;
  graph.bytes("w", {2}, {3, 5}).constant("a", {}, {0.1}).constant("b", {}, {0.3}).constant("c", {}, {0.7});
  graph.node("Cast", {"w"}, "f").attributes["to"] = integer(1);
  graph.node("Mul", {"f", "a"}, "fa");
  graph.node("Mul", {"fa", "b"}, "fab");
  graph.node("Mul", {"fab", "c"}, "y");
  const Tensor& tensor = graph.fold().constants.at("y");
  const auto a = static_cast<double>(0.1f), b = static_cast<double>(0.3f), c = static_cast<double>(0.7f);
  CHECK(tensor.values() == std::vector<double>{3 * a * b * c, 5 * a * b * c});
}

TEST_CASE("constants with other readers stay, those without go") {
  ConstantGraph graph;
  graph.constant("w", {2}, {1, 2});
  graph.node("Neg", {"w"}, "minus");
  graph.node("Add", {"w", "w"}, "twice");
  graph.node("Mul", {"minus", "minus"}, "square");
  graph.graph().outputs.push_back(ValueInfo{"twice", ElementType::Float, {2}});
  const Graph& folded = graph.fold();
  CHECK(folded.constants.count("w") == 0);
  CHECK(folded.constants.count("minus") == 0);
  CHECK(folded.constants.at("twice").values() == std::vector<double>{2, 4});
  CHECK(folded.constants.at("square").values() == std::vector<double>{1, 4});
}

TEST_CASE("nodes with computed inputs or of unknown operators are left alone") {
  ConstantGraph graph;
  graph.constant("w", {2}, {1, 2});
  const Node computed = graph.node("Add", {"w", "image"}, "a");
  const Node unknown = graph.node("Det", {"w"}, "b");
  ConstantFolder folder(graph.graph());
  CHECK_FALSE(folder.fold(computed));
  CHECK_FALSE(folder.fold(unknown));
  CHECK(graph.graph().constants.count("w") == 1);
}

TEST_CASE("large constants are computed in parts with the same result") {
  const std::int64_t rows = 300;
  std::vector<double> numbers;
  std::vector<double> offsets;
  for (std::int64_t i = 0; i < rows * 1000; ++i) {
    numbers.push_back(static_cast<double>(static_cast<float>(std::sin(static_cast<double>(i)))));
  }
  for (std::int64_t i = 0; i < rows; ++i) {
    offsets.push_back(static_cast<double>(i % 7));
  }
  ConstantGraph graph;
  graph.constant("w", {rows, 1000}, numbers)
      .constant("b", {rows, 1}, offsets)
      .constant("c", {1000}, std::vector<double>(1000, 2));
  graph.node("Add", {"w", "b"}, "sum");
  graph.node("Max", {"c", "sum"}, "y");
  const Tensor& tensor = graph.fold().constants.at("y");
  for (std::size_t i = 0; i < tensor.size(); ++i) {
    REQUIRE(tensor[i] == std::max(2.0, numbers[i] + offsets[i / 1000]));
  }
}
