// The estimate by which engines are chosen, held against what the simulated chip takes.
#include <catch2/catch.hpp>
#include <cmath>

#include "network/mapping/estimate.h"
#include "tests/network/mapping/support/chips.h"
#include "tests/network/mapping/support/graphs.h"
#include "tests/system/support/network_bench.h"

using namespace spinvp;
using namespace spinvp::network;
using namespace spinvp::test;

namespace {

constexpr double most_apart = 1.25;

/// The estimate's cycles over the simulation's, for one image.
double ratio(NetworkBench& bench, const IntegerGraph& graph, const MappingOptions& options) {
  REQUIRE(bench.difference(graph, options, 1) == "");
  ChipTarget target = target_of(bench.bench().chip.config());
  target.speed.memory_burst_ns = 0;  // the bench's memory answers at once
  target.speed.memory_byte_ns = 0;
  double estimated = 0;
  for (const LayerCost& layer : cost_of_network(bench.plan(), target)) {
    estimated += layer.cost.cycles;
  }
  return estimated * target.speed.clock_ns / (bench.time().to_seconds() * 1e9);
}

}  // namespace

TEST_CASE("estimated cycles are within a quarter of the simulated ones on every engine") {
  NetworkBench small("small", with_engines(chip_of(128, 64, 3, 32768)));
  NetworkBench large("large", with_engines(small_chip(256, 512, 8, 4, 1 << 19, Detail::Fast)));
  const IntegerGraph convolutions =
      GraphBuilder(1, {16, 16, 3})
          .layer(square(16, 3).pad(1))
          .layer(square(24, 3).pad(1).pool(PoolKind::Max, PoolStage::AfterThresholds, 2, 2))
          .layer(square(24, 3).pad(1))
          .fully_connected(10)
          .graph();
  const IntegerGraph branches = GraphBuilder(2, {12, 12, 8}, 2)
                                    .layer(square(16, 3).pad(1))
                                    .layer(square(16, 3).pad(1))
                                    .layer(square(16, 3).pad(1).adds(0))
                                    .layer(square(16, 3).pad(1).in_groups(4))
                                    .fully_connected(10)
                                    .graph();
  const IntegerGraph perceptron =
      GraphBuilder(3, {1, 1, 784}).fully_connected(200).fully_connected(100).fully_connected(10).graph();
  for (NetworkBench* bench : {&small, &large}) {
    for (const IntegerGraph* graph : {&convolutions, &branches, &perceptron}) {
      for (const Engine engine : {Engine::AndAccumulate, Engine::Adder, Engine::Digital}) {
        for (const WeightPolicy policy : {WeightPolicy::Auto, WeightPolicy::Streamed}) {
          MappingOptions options;
          options.engine = engine;
          options.weights = policy;
          const double apart = ratio(*bench, *graph, options);
          INFO(graph->name << " on " << bench->bench().name() << ", engine " << static_cast<int>(engine)
                           << (policy == WeightPolicy::Auto ? ", auto" : ", streamed") << ": " << apart);
          CHECK(apart < most_apart);
          CHECK(apart > 1 / most_apart);
        }
      }
    }
  }
}

TEST_CASE("the engines that are chosen by latency are not slower than any engine alone") {
  NetworkBench bench("bench", with_engines(small_chip(256, 512, 4, 2, 1 << 18, Detail::Fast)));
  const IntegerGraph graph = GraphBuilder(4, {16, 16, 3})
                                 .layer(square(16, 3).pad(1).weights(WeightKind::Integer, 8))
                                 .layer(square(24, 3, 4).pad(1))
                                 .layer(square(24, 3).pad(1))
                                 .fully_connected(10)
                                 .graph();
  MappingOptions options;
  REQUIRE(bench.difference(graph, options, 1) == "");
  const sc_core::sc_time chosen = bench.time();
  for (const Engine engine : {Engine::AndAccumulate, Engine::Adder, Engine::Digital}) {
    options.engine = engine;
    REQUIRE(bench.difference(graph, options, 1) == "");
    INFO("engine " << static_cast<int>(engine) << ": " << bench.time() << ", chosen " << chosen);
    CHECK(chosen <= bench.time() * 1.1);
  }
}
