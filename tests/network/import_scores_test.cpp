#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "network/onnx/lower/fold.h"
#include "network/reference.h"
#include "network/support/compare.h"
#include "network/support/model_builder.h"

using namespace spinvp::network;
using namespace spinvp::test;

namespace {

ModelBuilder one_layer() {
  ModelBuilder builder;
  builder.image(1, 2, 2).conv({2, 1, 1, 1}, {1, -1}, {}, "layer");
  builder.batch_norm({1.2f, 0.7f}, {0.3f, 0.4f}, {0.05f, -0.1f}, {0.5f, 2}).activation(4);
  return builder;
}

Layer last_layer(const ModelBuilder& builder) {
  CHECK(difference_on_random_images(builder.model(), 31, 20) == "");
  return import(builder).layers.back();
}

const Numbers ternary{1, 0, -1, 1, 1, 0, -1, 1, 0, 1, 1, 1, -1, -1, 0, 1};

}  // namespace

TEST_CASE("one scale for all scores needs no affine step") {
  ModelBuilder builder = one_layer();
  builder.fully_connected(2, ternary).mul(0.3f).add("Add", {builder.scalar(0)});
  CHECK(last_layer(builder).affine.gains.empty());
}

TEST_CASE("a bias of the last layer becomes an affine step") {
  ModelBuilder builder = one_layer();
  builder.add("Flatten").add("Gemm", {builder.constant({2, 8}, ternary), builder.constant({2}, {0.71f, -0.35f})},
                             {attr("transB", 1)});
  const Layer layer = last_layer(builder);
  CHECK(layer.affine.gains.size() == 2);
  CHECK(layer.affine.gains[0] == layer.affine.gains[1]);
  CHECK(layer.affine.offsets[0] > 0);
  CHECK(layer.affine.offsets[1] < 0);
}

TEST_CASE("a batch norm behind the last layer becomes an affine step, negative gains included") {
  ModelBuilder builder = one_layer();
  builder.fully_connected(2, ternary).batch_norm({0.9f, -1.7f}, {3.5f, -0.1f}, {0.2f, 0.3f}, {0.4f, 5.0f});
  const Layer layer = last_layer(builder);
  CHECK(layer.affine.gains[0] > 0);
  CHECK(layer.affine.gains[1] < 0);
}

TEST_CASE("scales that differ by output, and a negative scale, become an affine step") {
  ModelBuilder scales = one_layer();
  Numbers weights = ternary;
  for (std::size_t i = 8; i < 16; ++i) {
    weights[i] *= 0.37f;
  }
  scales.fully_connected(2, weights);
  CHECK(last_layer(scales).weight_kind == WeightKind::Ternary);
  CHECK(last_layer(scales).affine.gains[1] < last_layer(scales).affine.gains[0]);
  ModelBuilder negative = one_layer();
  negative.fully_connected(2, ternary).mul(-1);
  CHECK(last_layer(negative).affine.gains[0] < 0);
}

TEST_CASE("a mean of scores meets the affine step behind it") {
  ModelBuilder builder = one_layer();
  builder.conv({3, 2, 1, 1}, {1, 0, -1, 1, 1, -1}).add("Add", {builder.constant({3, 1, 1}, {0.1f, -0.7f, 0.3f})});
  builder.add("GlobalAveragePool").add("Flatten");
  CHECK(last_layer(builder).pooling.kind == PoolKind::Sum);
}

TEST_CASE("levels may be the scores") {
  ModelBuilder levels = one_layer();
  levels.add("GlobalAveragePool").add("Flatten");
  const IntegerGraph graph = import(levels);
  REQUIRE(graph.layers.size() == 2);
  CHECK(graph.layers[1].kind == LayerKind::Elementwise);
  CHECK(difference_on_random_images(levels.model(), 32, 20) == "");
}

TEST_CASE("scores are within the stated rounding of the logits") {
  using Kind = spinvp::network::onnx::ScalarOp::Kind;
  const spinvp::network::onnx::AccumulatorMeaning meaning{{{0.001, 3.7, 1e-9}}, {{-700.5, 300, 0}}};
  const spinvp::network::onnx::ScalarChain chain{{Kind::Multiply, {{0.3, -0.002, 1.0}}, {}, nullptr},
                                                 {Kind::Add, {{-5.0, 7.25, 0.0}}, {}, nullptr}};
  const std::vector<ValueRange> ranges{{-120000, 90000}, {-500, 700}, {-2000000000, 2000000000}};
  const Affine affine = spinvp::network::onnx::fold_scores(chain, meaning, ranges);
  // The largest logit is channel 0's: 0.3 * 0.001 * -120000 - 5 = -41; 2^30 units are 64.
  const double unit = std::ldexp(1.0, 6 - 30);
  for (std::size_t channel = 0; channel < 3; ++channel) {
    for (std::int64_t part = 0; part <= 1000; ++part) {
      const std::int64_t accumulator = ranges[channel].low + (ranges[channel].high - ranges[channel].low) / 1000 * part;
      const std::int64_t score =
          (accumulator * affine.gains[channel] + affine.offsets[channel] + (std::int64_t{1} << affine.shift >> 1)) >>
          affine.shift;
      const double logit = evaluate(chain, channel, meaning.at(channel, accumulator));
      const double bound = 0.5 + (std::fabs(static_cast<double>(accumulator)) + 1) / std::ldexp(1.0, affine.shift + 1);
      REQUIRE(std::fabs(static_cast<double>(score) - logit / unit) <= bound + 1e-6);
    }
  }
}
