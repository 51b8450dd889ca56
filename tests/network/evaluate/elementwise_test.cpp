#include <cmath>

#include "network/evaluate/node_runner.h"

using namespace spinvp::test;
using Catch::Contains;

TEST_CASE("arithmetic broadcasts as NumPy does") {
  const Value x = real({2, 3}, {1, 2, 3, 4, 5, 6});
  CHECK(NodeRunner("Add").numbers({x, real({3}, {10, 20, 30})}) == Numbers64{11, 22, 33, 14, 25, 36});
  CHECK(NodeRunner("Mul").numbers({x, real({2, 1}, {1, -1})}) == Numbers64{1, 2, 3, -4, -5, -6});
  const Value outer = NodeRunner("Sub")({real({2, 1}, {1, 2}), real({1, 2}, {10, 20})});
  CHECK(outer.dims == EvaluatedDims{2, 2});
  CHECK(outer.numbers == Numbers64{-9, -19, -8, -18});
  CHECK(NodeRunner("Pow").numbers({scalar(3), scalar(2)}) == Numbers64{9});
  const Value three = NodeRunner("Add")({real({1, 2, 1, 1}, {1, 2}), real({1, 1, 2, 2}, {10, 20, 30, 40})});
  CHECK(three.numbers == Numbers64{11, 21, 31, 41, 12, 22, 32, 42});
  CHECK_THAT(NodeRunner("Add").refusal({x, real({2}, {1, 2})}),
             Contains("node 'node' (Add): its inputs have the shapes [2, 3] and [2]"));
}

TEST_CASE("integers divide towards zero and stay in their type") {
  const auto bytes = [](const Numbers64& numbers) {
    return integral(ElementType::Int8, {static_cast<std::int64_t>(numbers.size())}, numbers);
  };
  CHECK(NodeRunner("Div").numbers({bytes({7, -7}), bytes({2, 2})}) == Numbers64{3, -3});
  CHECK(NodeRunner("Div").numbers({real({2}, {7, -7}), scalar(2)}) == Numbers64{3.5, -3.5});
  CHECK_THAT(NodeRunner("Div").refusal({bytes({7}), bytes({0})}), Contains("divides integers by zero"));
  CHECK_THAT(NodeRunner("Add").refusal({bytes({100}), bytes({100})}), Contains("gives 200, which is no int8"));
}

TEST_CASE("functions of one number are what mathematics says") {
  const Value x = real({5}, {-2.5, -0.5, 0, 0.5, 1.5});
  CHECK(NodeRunner("Round").numbers({x}) == Numbers64{-2, -0.0, 0, 0, 2});
  CHECK(NodeRunner("Floor").numbers({x}) == Numbers64{-3, -1, 0, 0, 1});
  CHECK(NodeRunner("Ceil").numbers({x}) == Numbers64{-2, 0, 0, 1, 2});
  CHECK(NodeRunner("Sign").numbers({x}) == Numbers64{-1, -1, 0, 1, 1});
  CHECK(NodeRunner("Abs").numbers({x}) == Numbers64{2.5, 0.5, 0, 0.5, 1.5});
  CHECK(NodeRunner("Neg").numbers({x}) == Numbers64{2.5, 0.5, 0, -0.5, -1.5});
  CHECK(NodeRunner("Relu").numbers({x}) == Numbers64{0, 0, 0, 0.5, 1.5});
  CHECK(NodeRunner("LeakyRelu").with("alpha", 0.5).numbers({x}) == Numbers64{-1.25, -0.25, 0, 0.5, 1.5});
  CHECK(NodeRunner("PRelu").numbers({x, scalar(2)}) == Numbers64{-5, -1, 0, 0.5, 1.5});
  CHECK(NodeRunner("HardSigmoid").with("alpha", 0.5).with("beta", 0.25).numbers({x}) == Numbers64{0, 0, 0.25, 0.5, 1});
  CHECK(NodeRunner("Sigmoid").numbers({scalar(0)}) == Numbers64{0.5});
  CHECK(NodeRunner("Erf").numbers({scalar(1)})[0] == Approx(0.8427007929));
  CHECK(NodeRunner("Reciprocal").numbers({scalar(4)}) == Numbers64{0.25});
  CHECK(NodeRunner("Sqrt").numbers({scalar(2)}) == Numbers64{std::sqrt(2.0)});
}

TEST_CASE("Clip takes its bounds from attributes before operator set 11 and from inputs after") {
  const Value x = real({3}, {-5, 0.5, 5});
  CHECK(NodeRunner("Clip", 7).with("min", -1.0).with("max", 1.0).numbers({x}) == Numbers64{-1, 0.5, 1});
  CHECK(NodeRunner("Clip").numbers({x, scalar(-1), scalar(1)}) == Numbers64{-1, 0.5, 1});
  CHECK(NodeRunner("Clip").numbers({x, left_out(), scalar(1)}) == Numbers64{-5, 0.5, 1});
}

TEST_CASE("comparisons give booleans and Where chooses by them") {
  const Value x = real({3}, {-1, 0, 1});
  const Value at_least = NodeRunner("GreaterOrEqual")({x, scalar(0)});
  CHECK(at_least.type == ElementType::Bool);
  CHECK(at_least.numbers == Numbers64{0, 1, 1});
  CHECK(NodeRunner("Greater").numbers({x, scalar(0)}) == Numbers64{0, 0, 1});
  CHECK(NodeRunner("Less").numbers({x, scalar(0)}) == Numbers64{1, 0, 0});
  CHECK(NodeRunner("LessOrEqual").numbers({x, scalar(0)}) == Numbers64{1, 1, 0});
  CHECK(NodeRunner("Equal").numbers({x, scalar(0)}) == Numbers64{0, 1, 0});
  CHECK(NodeRunner("Not").numbers({at_least}) == Numbers64{1, 0, 0});
  CHECK(NodeRunner("And").numbers({at_least, list({1, 0, 1})}) == Numbers64{0, 0, 1});
  CHECK(NodeRunner("Or").numbers({at_least, list({1, 0, 0})}) == Numbers64{1, 1, 1});
  CHECK(NodeRunner("Where").numbers({at_least, scalar(5), x}) == Numbers64{-1, 5, 5});
  CHECK(NodeRunner("Min").numbers({x, scalar(0), real({1}, {-0.5})}) == Numbers64{-1, -0.5, -0.5});
  CHECK(NodeRunner("Max").numbers({x, scalar(0)}) == Numbers64{0, 0, 1});
}

TEST_CASE("Cast cuts real numbers and wraps integers") {
  const auto cast = [](const Value& x, ElementType type) {
    return NodeRunner("Cast").with("to", static_cast<int>(type)).numbers({x});
  };
  CHECK(cast(real({4}, {-1.7, 1.7, 300, -300}), ElementType::Int8) == Numbers64{-1, 1, 127, -128});
  CHECK(cast(list({300, -1, 255}), ElementType::Uint8) == Numbers64{44, 255, 255});
  CHECK(cast(list({200}), ElementType::Int8) == Numbers64{-56});
  CHECK(cast(real({3}, {0, -0.5, std::nan("")}), ElementType::Bool) == Numbers64{0, 1, 1});
  CHECK(cast(real({1}, {0.1}), ElementType::Double) == Numbers64{0.1});
  CHECK_THAT(NodeRunner("Cast").with("to", 8).refusal({scalar(1)}), Contains("casts to string"));
}
