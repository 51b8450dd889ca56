// Running sums without thresholds: int32 maps that several layers add to, on every engine, in buffer and scratch
// memory.
#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "tests/network/mapping/support/chips.h"
#include "tests/network/mapping/support/graphs.h"
#include "tests/system/support/network_bench.h"

using namespace spinvp;
using namespace spinvp::network;
using namespace spinvp::test;

namespace {

LayerSpec values(int kernels) {
  return square(kernels, 3, 0).pad(1);
}

/// Two blocks whose sums stay int32: each is added to, thresholded for the next block's convolutions, and the scores
/// are a sum as well.
IntegerGraph running_sums(std::uint32_t seed) {
  GraphBuilder builder(seed, {12, 10, 3});
  builder.layer(square(9, 3).pad(1));               // 0: levels
  builder.layer(values(9).reads(0).adds(0));        // 1: a sum with levels
  builder.layer(elementwise(3).reads(0).adds(1));   // 2: its levels
  builder.layer(values(9).reads(2).adds(1));        // 3: a sum with that sum
  builder.layer(square(9, 1, 2).reads(2).adds(3));  // 4: levels of both
  LayerSpec scores = square(5, 1, 0);
  scores.kernel_height = 12;
  scores.kernel_width = 10;
  builder.layer(scores.reads(2));          // 5: a part of the scores, not scaled
  builder.layer(scores.reads(4).adds(5));  // 6: the scores
  return builder.graph();
}

/// A constant added to the image's sums, the same one again behind them to values, and others to levels of layers with
/// and without weights and to the scores.
IntegerGraph with_constants(std::uint32_t seed) {
  GraphBuilder builder(seed, {12, 10, 3});
  builder.layer(square(9, 3).pad(1).adds_constant().pool(PoolKind::Max, PoolStage::AfterThresholds, 2, 1));
  builder.layer(values(9).adds_constant());
  builder.layer(elementwise(3).reads(0).adds(1));
  builder.layer(elementwise(2).adds_constant());
  LayerSpec scores = square(5, 1, 0).adds_constant();
  scores.kernel_height = 11;
  scores.kernel_width = 9;
  builder.layer(scores);
  IntegerGraph graph = builder.graph();
  graph.layers[3].residual.constant = graph.layers[1].residual.constant;
  graph.constants.erase(graph.constants.begin() + 2);
  graph.layers[4].residual.constant = 2;
  return graph;
}

/// The same chip, fast and row by row; both must need the same time.
struct BothDetails {
  explicit BothDetails(const ChipConfig& chip) {
    for (const Detail detail : {Detail::Fast, Detail::Row}) {
      ChipConfig config = with_engines(chip);
      config.detail = detail;
      benches.push_back(std::make_unique<NetworkBench>(detail == Detail::Fast ? "fast" : "row", config));
    }
  }
  void check(const IntegerGraph& graph) {
    for (const Engine engine : {Engine::AndAccumulate, Engine::Adder, Engine::Digital}) {
      for (const WeightPolicy policy : {WeightPolicy::Auto, WeightPolicy::Streamed}) {
        MappingOptions options;
        options.engine = engine;
        options.weights = policy;
        INFO("engine " << static_cast<int>(engine) << (policy == WeightPolicy::Auto ? ", auto" : ", streamed"));
        for (const auto& bench : benches) {
          CHECK(bench->difference(graph, options) == "");
        }
        CHECK(benches[0]->time() == benches[1]->time());
      }
    }
  }
  const NetworkBench& fast() const { return *benches.front(); }

  std::vector<std::unique_ptr<NetworkBench>> benches;
};

}  // namespace

TEST_CASE("running sums without thresholds stand in the buffer") {
  BothDetails chip(chip_of(256, 128, 4, 65536));
  const IntegerGraph graph = running_sums(1);
  chip.check(graph);
  for (const std::size_t layer : {2u, 3u, 4u}) {
    CHECK(chip.fast().layer(layer).residual.in_buffer());
    CHECK(chip.fast().layer(layer).residual.raw());
  }
}

TEST_CASE("running sums without thresholds go through scratch memory in bands") {
  BothDetails chip(chip_of(256, 128, 4, 5000));
  const IntegerGraph graph = running_sums(2);
  chip.check(graph);
  CHECK(chip.fast().plan().scratch_bytes >= 12 * 10 * 9 * 4);
  CHECK_FALSE(chip.fast().layer(3).residual.in_buffer());
  CHECK_FALSE(chip.fast().layer(4).residual.in_buffer());
  CHECK(chip.fast().bands(3) > 1);
}

TEST_CASE("constant maps come from the network image") {
  BothDetails large(chip_of(256, 128, 4, 65536));
  const IntegerGraph graph = with_constants(3);
  large.check(graph);
  for (const std::size_t layer : {0u, 1u, 3u, 4u}) {
    CHECK(large.fast().layer(layer).residual.home == MapHome::Constant);
    CHECK(large.fast().bands(layer) == 1);
  }
}

TEST_CASE("constant maps that do not fit the buffer come in bands") {
  BothDetails small(chip_of(256, 128, 4, 5000));
  small.check(with_constants(4));
  CHECK(small.fast().bands(0) > 1);
  CHECK(small.fast().bands(1) > 1);
  CHECK(small.fast().bands(3) > 1);
}
