#include <cmath>

#include "network/evaluate/node_runner.h"
#include "network/onnx/evaluate/decisions.h"

using namespace spinvp::test;
using Catch::Contains;

namespace {

constexpr const char* qonnx = "qonnx.custom_op.general";

Numbers64 quant(const Numbers64& x, double scale, double zero, double bits, int is_signed, int narrow,
                const char* mode = "ROUND") {
  const Value value = real({static_cast<std::int64_t>(x.size())}, x);
  return NodeRunner("Quant", 13, qonnx)
      .with("signed", is_signed)
      .with("narrow", narrow)
      .with("rounding_mode", mode)
      .numbers({value, scalar(scale), scalar(zero), scalar(bits)});
}

double distance(const NodeRunner& runner, const std::vector<Value>& inputs) {
  std::vector<const Value*> pointers;
  for (const Value& input : inputs) {
    pointers.push_back(&input);
  }
  const auto decision = spinvp::network::onnx::nearest_decision(runner.graph(), runner.node(), pointers);
  return decision ? decision->distance : -1;
}

}  // namespace

TEST_CASE("Quant clips to its range and then rounds") {
  CHECK(quant({-9, -0.25, 0.25, 0.75, 9}, 0.5, 0, 2, 1, 0) == Numbers64{-1, -0.0, 0, 0.5, 0.5});
  CHECK(quant({-9, 9}, 0.5, 0, 2, 1, 1) == Numbers64{-0.5, 0.5});
  CHECK(quant({-9, 9}, 0.5, 0, 2, 0, 0) == Numbers64{0, 1.5});
  CHECK(quant({-9, 9}, 0.5, 0, 2, 0, 1) == Numbers64{0, 1});
  CHECK(quant({-1, 0, 9}, 0.5, 1, 2, 0, 0) == Numbers64{-0.5, 0, 1});
  CHECK(quant({-0.1, 0, 0.1}, 0.5, 0, 1, 1, 0) == Numbers64{-0.5, 0.5, 0.5});
}

TEST_CASE("Quant rounds in every way that exporters name") {
  const Numbers64 x{-2.5, -1.5, -0.4, 0.4, 1.5, 2.5, 2.6};
  CHECK(quant(x, 1, 0, 8, 1, 0, "ROUND") == Numbers64{-2, -2, 0, 0, 2, 2, 3});
  CHECK(quant(x, 1, 0, 8, 1, 0, "ceil") == Numbers64{-2, -1, 0, 1, 2, 3, 3});
  CHECK(quant(x, 1, 0, 8, 1, 0, "FLOOR") == Numbers64{-3, -2, -1, 0, 1, 2, 2});
  CHECK(quant(x, 1, 0, 8, 1, 0, "UP") == Numbers64{-3, -2, -1, 1, 2, 3, 3});
  CHECK(quant(x, 1, 0, 8, 1, 0, "DOWN") == Numbers64{-2, -1, 0, 0, 1, 2, 2});
  CHECK(quant(x, 1, 0, 8, 1, 0, "ROUND_TO_ZERO") == quant(x, 1, 0, 8, 1, 0, "DOWN"));
  CHECK(quant(x, 1, 0, 8, 1, 0, "HALF_UP") == Numbers64{-3, -2, 0, 0, 2, 3, 3});
  CHECK(quant(x, 1, 0, 8, 1, 0, "HALF_DOWN") == Numbers64{-2, -1, 0, 0, 1, 2, 3});
  CHECK_THAT(NodeRunner("Quant", 13, qonnx)
                 .with("rounding_mode", "SIDEWAYS")
                 .refusal({scalar(1), scalar(1), scalar(0), scalar(2)}),
             Contains("rounding_mode is 'SIDEWAYS'"));
}

TEST_CASE("Quant takes a scale a channel, but one bit width") {
  const Value x = real({1, 2, 1, 1}, {3.3, 3.3});
  const Value scales = real({1, 2, 1, 1}, {1, 2});
  CHECK(NodeRunner("IntQuant", 13, qonnx).numbers({x, scales, scalar(0), real({2}, {4, 4})}) == Numbers64{3, 4});
  CHECK_THAT(NodeRunner("Quant", 13, qonnx).refusal({x, scales, scalar(0), real({2}, {4, 3})}),
             Contains("bit width is 4 and 3"));
  CHECK_THAT(NodeRunner("Quant", 13, qonnx).refusal({x, scales, scalar(0), scalar(1e9)}), Contains("from 1 to 64"));
}

TEST_CASE("BipolarQuant, Trunc and MultiThreshold follow their definitions") {
  CHECK(NodeRunner("BipolarQuant", 13, "onnx.brevitas").numbers({real({3}, {-0.1, 0, 2}), scalar(0.5)}) ==
        Numbers64{-0.5, 0.5, 0.5});
  CHECK(NodeRunner("Trunc", 13, qonnx).numbers({real({3}, {7, 5, -5}), scalar(1), scalar(0), scalar(8), scalar(6)}) ==
        Numbers64{1, 1, -2});
  CHECK(NodeRunner("Trunc", 13, qonnx)
            .with("signed", 0)
            .numbers({real({3}, {7, 5, 99}), scalar(1), scalar(0), scalar(8), scalar(4), scalar(2)}) ==
        Numbers64{4, 4, 12});
  const Value x = real({1, 2, 1, 2}, {0, 1, 2, 3});
  NodeRunner thresholds("MultiThreshold", 13, "finn.custom_op.general");
  CHECK(thresholds.numbers({x, real({2, 2}, {0.5, 1, 2, 9})}) == Numbers64{0, 2, 1, 1});
  thresholds.with("out_scale", 2.0).with("out_bias", -1.0);
  CHECK(thresholds.numbers({x, real({1, 2}, {1, 2})}) == Numbers64{-1, 1, 3, 3});
  thresholds.with("data_layout", "NHWC");
  CHECK(thresholds.numbers({x, real({2, 1}, {1, 2})}) == Numbers64{-1, -1, 1, 1});
  CHECK_THAT(thresholds.refusal({x, real({3, 1}, {1, 2, 3})}), Contains("thresholds of 3 channels"));
}

TEST_CASE("QuantizeLinear and DequantizeLinear go by tensor or by channel") {
  const Value zero = integral(ElementType::Uint8, {}, {128});
  const Value q = NodeRunner("QuantizeLinear")({real({4}, {-100, 0.25, 0.75, 100}), scalar(0.5), zero});
  CHECK(q.type == ElementType::Uint8);
  CHECK(q.numbers == Numbers64{0, 128, 130, 255});
  CHECK(NodeRunner("DequantizeLinear").numbers({q, scalar(0.5), zero}) == Numbers64{-64, 0, 1, 63.5});
  const Value bytes = integral(ElementType::Int8, {2, 2}, {1, 2, 3, 4});
  CHECK(NodeRunner("DequantizeLinear").with("axis", 0).numbers({bytes, real({2}, {1, 10})}) == Numbers64{1, 2, 30, 40});
  CHECK(NodeRunner("DequantizeLinear").numbers({bytes, real({2}, {1, 10})}) == Numbers64{1, 20, 3, 40});
  CHECK_THAT(NodeRunner("DequantizeLinear").refusal({bytes, real({3}, {1, 2, 3})}), Contains("axis 1 of [2, 2]"));
}

TEST_CASE("quantised layers take zero points off, sum, and quantise again") {
  const auto bytes = [](EvaluatedDims dims, Numbers64 numbers) {
    return integral(ElementType::Uint8, std::move(dims), std::move(numbers));
  };
  const Value x = bytes({1, 1, 1, 2}, {3, 5});
  const Value w = integral(ElementType::Int8, {2, 1, 1, 1}, {2, -1});
  CHECK(NodeRunner("ConvInteger").numbers({x, w, bytes({}, {1})}) == Numbers64{4, 8, -2, -4});
  CHECK(NodeRunner("QLinearConv")
            .numbers({x, scalar(0.5), bytes({}, {1}), w, real({2}, {1, 2}), integral(ElementType::Int8, {}, {0}),
                      scalar(0.5), bytes({}, {10}), integral(ElementType::Int32, {2}, {1, 0})}) ==
        Numbers64{15, 19, 6, 2});
  // Padding is zero, which is the zero point.
  CHECK(NodeRunner("ConvInteger")
            .with("pads", EvaluatedDims{0, 1, 0, 0})
            .numbers({x, integral(ElementType::Int8, {1, 1, 1, 1}, {1}), bytes({}, {1})}) == Numbers64{0, 2, 4});
  const Value a = bytes({1, 2}, {4, 6});
  const Value b = bytes({2, 2}, {1, 2, 3, 4});
  CHECK(NodeRunner("MatMulInteger").numbers({a, b, bytes({}, {2}), bytes({2}, {1, 2})}) == Numbers64{8, 8});
  CHECK(NodeRunner("QLinearMatMul")
            .numbers({a, scalar(0.5), bytes({}, {2}), b, scalar(1), bytes({}, {0}), scalar(2), bytes({}, {0})}) ==
        Numbers64{4, 5});
  const std::string runtime = "com.microsoft";
  CHECK(NodeRunner("QGemm", 13, runtime)
            .numbers({a, scalar(0.5), bytes({}, {2}), b, scalar(1), bytes({}, {0}),
                      integral(ElementType::Int32, {2}, {10, 0}), scalar(2), bytes({}, {1})}) == Numbers64{7, 6});
  CHECK(NodeRunner("QLinearAdd", 13, runtime)
            .numbers({a, scalar(1), bytes({}, {0}), a, scalar(0.5), bytes({}, {2}), scalar(1), bytes({}, {1})}) ==
        Numbers64{6, 9});
  CHECK(NodeRunner("QLinearGlobalAveragePool", 13, runtime)
            .numbers({bytes({1, 1, 2, 2}, {1, 2, 3, 5}), scalar(2), bytes({}, {1}), scalar(0.5), bytes({}, {3})}) ==
        Numbers64{10});
}

TEST_CASE("decisions are as near as the nearest element to a jump") {
  CHECK(distance(NodeRunner("Round"), {real({2}, {0.1, 1.4})}) == Approx(0.1));
  CHECK(distance(NodeRunner("Floor"), {real({2}, {0.2, 1.7})}) == Approx(0.2));
  CHECK(distance(NodeRunner("Floor"), {real({2}, {3, 4})}) == -1);
  CHECK(distance(NodeRunner("Cast").with("to", 6), {real({2}, {0.4, 1.7})}) == Approx(0.3));
  CHECK(distance(NodeRunner("Sign"), {real({2}, {-0.3, 2})}) == Approx(0.3));
  CHECK(distance(NodeRunner("Greater"), {real({2}, {1, 2}), scalar(1.25)}) == Approx(0.25));
  CHECK(distance(NodeRunner("Relu"), {real({1}, {0.1})}) == -1);
  const NodeRunner quant2 = NodeRunner("Quant", 13, qonnx).with("signed", 1).with("narrow", 1);
  CHECK(distance(quant2, {real({1}, {100}), scalar(1), scalar(0), scalar(2)}) == Approx(99.5));
  CHECK(distance(quant2, {real({2}, {0.8, 0}), scalar(2), scalar(0), scalar(2)}) == Approx(0.1));
  CHECK(distance(NodeRunner("QuantizeLinear"), {real({1}, {-3}), scalar(1)}) == Approx(3.5));
  CHECK(distance(NodeRunner("MultiThreshold", 13, qonnx), {real({1, 1}, {2}), real({1, 2}, {1, 2.5})}) == Approx(0.5));
}
