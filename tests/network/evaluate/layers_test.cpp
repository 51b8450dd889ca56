#include <cmath>
#include <random>

#include "network/evaluate/node_runner.h"

using namespace spinvp::test;
using Catch::Contains;

namespace {

const Value three_by_three = real({1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});

}  // namespace

TEST_CASE("Conv slides its kernels over padded maps") {
  const Value kernel = real({1, 1, 2, 2}, {1, 0, 0, -1});
  CHECK(NodeRunner("Conv").numbers({three_by_three, kernel}) == Numbers64{-4, -4, -4, -4});
  CHECK(NodeRunner("Conv")
            .with("pads", EvaluatedDims{1, 0, 0, 1})
            .with("strides", EvaluatedDims{2, 2})
            .numbers({three_by_three, kernel, real({1}, {100})}) == Numbers64{98, 100, 96, 106});
  CHECK(NodeRunner("Conv").with("dilations", EvaluatedDims{2, 2}).numbers({three_by_three, kernel}) == Numbers64{-8});
  CHECK(NodeRunner("Conv").with("auto_pad", "SAME_UPPER").numbers({three_by_three, kernel}) ==
        Numbers64{-4, -4, 3, -4, -4, 6, 7, 8, 9});
  CHECK(NodeRunner("Conv").with("auto_pad", "SAME_LOWER").numbers({three_by_three, kernel}) ==
        Numbers64{-1, -2, -3, -4, -4, -4, -7, -4, -4});
  CHECK_THAT(NodeRunner("Conv").refusal({three_by_three, real({1, 2, 1, 1}, {1, 1})}), Contains("1 channels"));
  CHECK_THAT(
      NodeRunner("Conv").with("strides", EvaluatedDims{std::int64_t{1} << 31, 1}).refusal({three_by_three, kernel}),
      Contains("strides"));
  CHECK_THAT(NodeRunner("Conv").refusal({three_by_three, real({1, 1, 4, 1}, {1, 1, 1, 1})}), Contains("does not fit"));
}

TEST_CASE("groups of Conv see their own channels") {
  const Value x = real({1, 2, 1, 2}, {1, 2, 10, 20});
  CHECK(NodeRunner("Conv").with("group", 2).numbers({x, real({2, 1, 1, 1}, {1, 3})}) == Numbers64{1, 2, 30, 60});
  CHECK(NodeRunner("Conv").numbers({x, real({1, 2, 1, 1}, {1, 3})}) == Numbers64{31, 62});
}

TEST_CASE("Conv equals sums written out, for many kernels and pixels") {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> level(-8, 8);
  Value x = real({2, 3, 5, 7}, Numbers64(210));
  Value w = real({5, 3, 3, 2}, Numbers64(90));
  for (double& number : x.numbers) number = level(random);
  for (double& number : w.numbers) number = level(random);
  const Value y = NodeRunner("Conv").with("pads", EvaluatedDims{1, 0, 1, 1})({x, w});
  REQUIRE(y.dims == EvaluatedDims{2, 5, 5, 7});
  for (int at = 0; at < 350; ++at) {
    const int n = at / 175, k = at / 35 % 5, row = at / 7 % 5, column = at % 7;
    double sum = 0;
    for (int i = 0; i < 18; ++i) {
      const int c = i / 6, iy = row + i / 2 % 3 - 1, ix = column + i % 2;
      const bool inside = iy >= 0 && iy < 5 && ix < 7;
      sum += inside ? w.numbers[static_cast<std::size_t>(k * 18 + i)] *
                          x.numbers[static_cast<std::size_t>(((n * 3 + c) * 5 + iy) * 7 + ix)]
                    : 0;
    }
    REQUIRE(y.numbers[static_cast<std::size_t>(at)] == sum);
  }
}

TEST_CASE("Gemm and MatMul multiply matrices") {
  const Value a = real({1, 2}, {1, 2});
  const Value b = real({2, 3}, {1, 2, 3, 4, 5, 6});
  CHECK(NodeRunner("MatMul").numbers({a, b}) == Numbers64{9, 12, 15});
  CHECK(NodeRunner("Gemm").with("alpha", 2.0).with("beta", 0.5).numbers({a, b, real({3}, {2, 4, 6})}) ==
        Numbers64{19, 26, 33});
  CHECK(NodeRunner("Gemm").with("transB", 1).numbers({real({1, 3}, {1, 1, 1}), b}) == Numbers64{6, 15});
  CHECK(NodeRunner("Gemm").with("transA", 1).numbers({real({2, 1}, {1, 2}), b}) == Numbers64{9, 12, 15});
  const Value batch = NodeRunner("MatMul")({real({2, 1, 2}, {1, 0, 0, 1}), b});
  CHECK(batch.dims == EvaluatedDims{2, 1, 3});
  CHECK(batch.numbers == Numbers64{1, 2, 3, 4, 5, 6});
  const Value vector = NodeRunner("MatMul")({real({2}, {1, 2}), b});
  CHECK(vector.dims == EvaluatedDims{3});
  CHECK_THAT(NodeRunner("MatMul").refusal({b, b}), Contains("multiplies the shapes [2, 3] and [2, 3]"));
}

TEST_CASE("BatchNormalization rounds in the order of its formula") {
  const double epsilon = 1e-3;
  const Value x = real({1, 2, 1, 1}, {0.3, 0.7});
  const Numbers64 y =
      NodeRunner("BatchNormalization")
          .with("epsilon", epsilon)
          .numbers({x, real({2}, {1.1, -2}), real({2}, {0.1, 0.2}), real({2}, {0.05, 0.3}), real({2}, {0.4, 0.9})});
  CHECK(y[0] == (0.3 - 0.05) / std::sqrt(0.4 + epsilon) * 1.1 + 0.1);
  CHECK(y[1] == (0.7 - 0.3) / std::sqrt(0.9 + epsilon) * -2 + 0.2);
}

TEST_CASE("pooling skips the padding, or counts it") {
  NodeRunner max("MaxPool");
  max.with("kernel_shape", EvaluatedDims{2, 2}).with("strides", EvaluatedDims{2, 2});
  CHECK(max.numbers({three_by_three}) == Numbers64{5});
  CHECK(max.with("ceil_mode", 1).numbers({three_by_three}) == Numbers64{5, 6, 8, 9});
  NodeRunner mean("AveragePool");
  mean.with("kernel_shape", EvaluatedDims{2, 2}).with("strides", EvaluatedDims{2, 2});
  mean.with("pads", EvaluatedDims{1, 1, 0, 0});
  CHECK(mean.numbers({three_by_three}) == Numbers64{1, 2.5, 5.5, 7});
  CHECK(mean.with("count_include_pad", 1).numbers({three_by_three}) == Numbers64{0.25, 1.25, 2.75, 7});
  NodeRunner open("AveragePool");
  open.with("kernel_shape", EvaluatedDims{2, 2}).with("strides", EvaluatedDims{2, 2}).with("ceil_mode", 1);
  CHECK(open.with("count_include_pad", 1).numbers({three_by_three}) == Numbers64{3, 4.5, 7.5, 9});
  CHECK(NodeRunner("GlobalMaxPool").numbers({three_by_three}) == Numbers64{9});
  CHECK(NodeRunner("GlobalAveragePool").numbers({three_by_three}) == Numbers64{5});
}

TEST_CASE("reductions go over the axes that attributes or inputs name") {
  const Value x = real({2, 3}, {1, -2, 3, 4, 5, -6});
  CHECK(NodeRunner("ReduceMean").with("axes", EvaluatedDims{1}).numbers({x})[0] == Approx(2.0 / 3));
  const Value sums = NodeRunner("ReduceSum").with("keepdims", 0)({x, list({0})});
  CHECK(sums.dims == EvaluatedDims{3});
  CHECK(sums.numbers == Numbers64{5, 3, -3});
  CHECK(NodeRunner("ReduceMax", 18).numbers({x, list({-1})}) == Numbers64{3, 5});
  CHECK(NodeRunner("ReduceMin").numbers({x}) == Numbers64{-6});
  CHECK(NodeRunner("ReduceL1").numbers({x}) == Numbers64{21});
  CHECK(NodeRunner("ReduceSum").with("noop_with_empty_axes", 1).numbers({x}) == x.numbers);
  CHECK(NodeRunner("ArgMax").with("axis", 1).with("keepdims", 0).numbers({x}) == Numbers64{2, 1});
  const Numbers64 shares = NodeRunner("Softmax").numbers({real({1, 2}, {0, std::log(3.0)})});
  CHECK(shares[0] == Approx(0.25));
  CHECK(shares[1] == Approx(0.75));
}
