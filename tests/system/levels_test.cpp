// Weights, activations, thresholds, pooling and scores: each kind in a case of its own, against the reference.
#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>

#include "tests/network/mapping/support/chips.h"
#include "tests/network/mapping/support/graphs.h"
#include "tests/system/support/network_bench.h"

using namespace spinvp;
using namespace spinvp::network;
using namespace spinvp::test;

namespace {

constexpr auto streamed = WeightPolicy::Streamed;
constexpr auto automatic = WeightPolicy::Auto;
constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t highest = std::numeric_limits<std::int32_t>::max();

}  // namespace

TEST_CASE("binary, ternary and integer weights of 1 to 8 bits give the reference's sums") {
  NetworkBench bench("bench", chip_of(128, 64, 3, 32768));
  const auto run = [&](WeightKind kind, int bits) {
    INFO("kind " << static_cast<int>(kind) << ", " << bits << " bits");
    const IntegerGraph graph = GraphBuilder(static_cast<std::uint32_t>(100 + bits), {5, 5, 3})
                                   .layer(square(6, 3).weights(kind, bits))
                                   .fully_connected(4, 2, kind, bits)
                                   .graph();
    CHECK(bench.difference(graph, automatic, 1) == "");
    CHECK(bench.difference(graph, streamed, 1) == "");
  };
  run(WeightKind::Binary, 1);
  run(WeightKind::Ternary, 2);
  for (int bits = 1; bits <= 8; ++bits) {
    run(WeightKind::Integer, bits);
  }
}

TEST_CASE("the most negative weights and the largest activations are summed exactly") {
  NetworkBench bench("bench", chip_of(64, 64, 1, 16384));
  IntegerGraph graph = GraphBuilder(120, {4, 4, 20}).fully_connected(3, 2, WeightKind::Integer, 8).graph();
  std::fill(graph.layers[0].weights.begin(), graph.layers[0].weights.end(), std::int16_t{-128});
  CHECK(bench.difference(graph, streamed) == "");
}

TEST_CASE("images and activations of 1 to 8 bits are packed and thresholded as the reference does") {
  NetworkBench bench("bench", chip_of(128, 64, 3, 32768));
  for (int bits = 1; bits <= 8; ++bits) {
    INFO(bits << " bits");
    const IntegerGraph graph = GraphBuilder(static_cast<std::uint32_t>(130 + bits), {6, 5, 3}, bits)
                                   .layer(square(5, 3, bits))
                                   .layer(square(7, 2, 9 - bits))
                                   .fully_connected(4)
                                   .graph();
    CHECK(graph.layers[1].input_bits == bits);
    CHECK(bench.difference(graph, automatic, 1) == "");
    CHECK(bench.difference(graph, streamed, 1) == "");
  }
}

TEST_CASE("thresholds that rise, fall, are equal, always passed or never reached give the reference's levels") {
  NetworkBench bench("bench", chip_of(128, 64, 3, 32768));
  IntegerGraph graph = GraphBuilder(140, {6, 6, 3}).layer(square(8, 3, 2)).fully_connected(4).graph();
  using Direction = ChannelThresholds::Direction;
  graph.layers[0].thresholds = {
      {Direction::Rising, {-200, 0, 200}},
      {Direction::Falling, {200, 0, -200}},
      {Direction::Rising, {7, 7, 7}},
      {Direction::Falling, {7, 7, 7}},
      {Direction::Rising, {lowest, lowest, lowest}},
      {Direction::Falling, {highest, highest, highest}},
      {Direction::Rising, {0, highest, highest}},
      {Direction::Falling, {0, lowest, lowest}},
  };
  CHECK(bench.difference(graph, automatic) == "");
  CHECK(bench.difference(graph, streamed) == "");
}

TEST_CASE("windows are pooled by maximum and sum, before and after thresholds, apart, overlapping and with gaps") {
  NetworkBench bench("bench", chip_of(128, 64, 3, 32768));
  for (const PoolKind kind : {PoolKind::Max, PoolKind::Sum}) {
    for (const PoolStage stage : {PoolStage::BeforeThresholds, PoolStage::AfterThresholds}) {
      for (int size = 1; size <= 3; ++size) {
        for (int stride = 1; stride <= 4; ++stride) {
          INFO("kind " << static_cast<int>(kind) << ", stage " << static_cast<int>(stage) << ", windows of " << size
                       << " every " << stride);
          const IntegerGraph graph = GraphBuilder(static_cast<std::uint32_t>(150 + size * 10 + stride), {9, 8, 2})
                                         .layer(square(5, 2).pool(kind, stage, size, stride))  // 8 x 7: rows left over
                                         .fully_connected(3)
                                         .graph();
          CHECK(bench.difference(graph, stride % 2 == 0 ? automatic : streamed, 1) == "");
        }
      }
    }
  }
}

TEST_CASE("windows that overlap are computed again where bands and strips meet") {
  NetworkBench bench("bench", chip_of(128, 64, 2, 3000));
  for (const PoolStage stage : {PoolStage::BeforeThresholds, PoolStage::AfterThresholds}) {
    const IntegerGraph graph = GraphBuilder(200, {31, 12, 2})
                                   .layer(square(20, 2, 2).pool(PoolKind::Max, stage, 3, 1))
                                   .layer(square(6, 3, 1).pool(PoolKind::Sum, stage, 3, 2))
                                   .fully_connected(3)
                                   .graph();
    CHECK(bench.difference(graph, automatic) == "");
    CHECK(bench.difference(graph, streamed) == "");
    CHECK(bench.bands(0) > 1);
    CHECK(bench.layer(0).strip_rows < 28);
  }
}

TEST_CASE("the scores of several pixels stand one behind the other") {
  NetworkBench bench("bench", chip_of(32, 64, 3, 32768));
  const IntegerGraph graph = GraphBuilder(210, {7, 6, 3}).layer(square(5, 3)).layer(square(40, 2)).graph();
  for (const WeightPolicy policy : {automatic, streamed}) {
    CHECK(bench.difference(graph, policy) == "");
    CHECK(bench.image().header().output_count == 4 * 3 * 40);
  }
  CHECK(bench.layer(1).array.passes > 1);  // a pass writes some kernels of every pixel
}

TEST_CASE("scores are pooled as accumulators by maximum and sum") {
  NetworkBench bench("bench", chip_of(64, 64, 3, 32768));
  for (const PoolKind kind : {PoolKind::Max, PoolKind::Sum}) {
    for (int stride = 1; stride <= 3; ++stride) {
      const IntegerGraph graph = GraphBuilder(220, {8, 7, 3})
                                     .layer(square(5, 3))
                                     .layer(square(9, 1).pool(kind, PoolStage::BeforeThresholds, 2, stride))
                                     .graph();
      CHECK(bench.difference(graph, automatic) == "");
      CHECK(bench.difference(graph, streamed) == "");
    }
  }
}

TEST_CASE("rows of partial sums that no window of the scores reaches need no place") {
  NetworkBench bench("bench", chip_of(32, 64, 1, 1024));
  LayerSpec spec = square(30, 1);
  spec.pooling = {PoolKind::Sum, PoolStage::BeforeThresholds, 1, 2, 3, 1};
  const IntegerGraph graph = GraphBuilder(240, {3, 2, 3}).layer(spec).graph();  // one row of three
  CHECK(bench.difference(graph, streamed) == "");
  CHECK(3 * 2 * 30 * 4 > bench.layer(0).accumulator_bytes);
}

TEST_CASE("a network whose only layer gives pooled scores runs") {
  NetworkBench bench("bench", chip_of(64, 64, 2, 16384));
  const IntegerGraph graph =
      GraphBuilder(230, {8, 8, 3}).layer(square(6, 3).pool(PoolKind::Sum, PoolStage::BeforeThresholds, 6, 6)).graph();
  CHECK(bench.difference(graph, automatic, 3) == "");
  CHECK(bench.difference(graph, streamed, 3) == "");
}
