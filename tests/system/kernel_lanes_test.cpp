// Layers of one output pixel on the adder with their weights in rows: the reference's bits, stationary and streamed.
#include <catch2/catch.hpp>
#include <functional>
#include <memory>

#include "network/mapping/engines/engine_plan.h"
#include "tests/network/mapping/support/chips.h"
#include "tests/network/mapping/support/graphs.h"
#include "tests/system/support/network_bench.h"

using namespace spinvp;
using namespace spinvp::network;
using namespace spinvp::test;

namespace {

using Benches = std::vector<std::unique_ptr<NetworkBench>>;

// Schemes A (carry in a row) and B (in the latch), each in both details.
Benches benches_of(const ChipConfig& chip) {
  Benches benches;
  for (const AdditionScheme scheme : {AdditionScheme::A, AdditionScheme::B}) {
    for (const Detail detail : {Detail::Fast, Detail::Row}) {
      ChipConfig config = with_engines(chip, scheme);
      config.detail = detail;
      const std::string name =
          std::string(scheme == AdditionScheme::A ? "a_" : "b_") + (detail == Detail::Fast ? "fast" : "row");
      benches.push_back(std::make_unique<NetworkBench>(name.c_str(), config));
    }
  }
  return benches;
}

MappingOptions kernels_for_lanes(WeightPolicy policy) {
  MappingOptions options;
  options.engine = Engine::Adder;
  options.lanes = AdderLanes::Kernels;
  options.weights = policy;
  return options;
}

/// Runs a graph on all benches; `check` looks at the plan.
void run(const Benches& benches, const IntegerGraph& graph, const MappingOptions& options,
         const std::function<void(const NetworkPlan&)>& check) {
  for (const auto& bench : benches) {
    INFO(graph.name << " on " << bench->bench().name());
    CHECK(bench->difference(graph, options, 2) == "");
    check(bench->plan());
  }
  CHECK(benches[0]->time() == benches[1]->time());
  CHECK(benches[2]->time() == benches[3]->time());
}

}  // namespace

TEST_CASE("weights in rows stay where they fit, and come in halves where they are to be streamed") {
  const Benches benches = benches_of(chip_of(256, 64, 16, 131072));
  const IntegerGraph graph = GraphBuilder(1, {6, 5, 3})
                                 .layer(square(8, 3, 4).pad(1))
                                 .fully_connected(70, 3, WeightKind::Binary, 1)  // two sub-arrays
                                 .fully_connected(64, 5)
                                 .fully_connected(1)
                                 .graph();
  for (const WeightPolicy policy : {WeightPolicy::Stationary, WeightPolicy::Streamed}) {
    const bool stays = policy == WeightPolicy::Stationary;
    run(benches, graph, kernels_for_lanes(policy), [&](const NetworkPlan& plan) {
      CHECK(plan.layers[0].adder.lanes == AdderLanes::Pixels);
      CHECK((!stays || plan.layers[1].array.subarrays == 2));
      CHECK(plan.layers[3].array.subarrays == 1);
      for (std::size_t layer = 1; layer < 4; ++layer) {
        CHECK(plan.layers[layer].adder.lanes == AdderLanes::Kernels);
        CHECK(plan.layers[layer].weights_resident == stays);
        CHECK((stays || plan.layers[layer].adder.weight_halves == 2));
      }
    });
  }
}

TEST_CASE("every number of activation bits up to twelve is added to kernels' lanes") {
  const Benches benches = benches_of(chip_of(64, 64, 3, 16384));
  for (int bits = 1; bits <= 8; ++bits) {
    const IntegerGraph graph = GraphBuilder(static_cast<std::uint32_t>(bits), {2, 3, 7}, bits)
                                   .fully_connected(40, bits, WeightKind::Binary, 1)
                                   .fully_connected(66)
                                   .graph();
    run(benches, graph, kernels_for_lanes(WeightPolicy::Auto), [](const NetworkPlan&) {});
  }
  const IntegerGraph sums = GraphBuilder(20, {9, 9, 2})
                                .layer(square(4, 2, 8).pool(PoolKind::Sum, PoolStage::AfterThresholds, 4, 4))
                                .fully_connected(5)
                                .graph();
  REQUIRE(sums.layers[1].input_bits == 12);
  run(benches, sums, kernels_for_lanes(WeightPolicy::Streamed),
      [](const NetworkPlan& plan) { CHECK(plan.layers[1].adder.lanes == AdderLanes::Kernels); });
}

TEST_CASE("kernels that exceed the lanes take passes, elements that exceed the rows loads, tables come in slices") {
  const Benches benches = benches_of(chip_of(40, 64, 2, 3000));
  const IntegerGraph graph =
      GraphBuilder(3, {3, 3, 11}, 5).fully_connected(200, 2).fully_connected(3, 2, WeightKind::Binary, 1).graph();
  run(benches, graph, kernels_for_lanes(WeightPolicy::Streamed), [](const NetworkPlan& plan) {
    CHECK(plan.layers[0].array.passes > 1);
    CHECK(plan.layers[0].array.loads_per_pass > 1);
    CHECK(plan.layers[0].adder.table_kernels < plan.layers[0].array.kernels_per_pass);
    CHECK(plan.layers[1].array.loads_per_pass > 1);
  });
}

TEST_CASE("a chip without rows for two halves loads weights between additions") {
  const Benches benches = benches_of(chip_of(16, 64, 2, 8192));
  const IntegerGraph graph = GraphBuilder(4, {1, 1, 37}, 4).fully_connected(9, 1).fully_connected(4).graph();
  run(benches, graph, kernels_for_lanes(WeightPolicy::Streamed),
      [](const NetworkPlan& plan) { CHECK(plan.layers[0].adder.lanes == AdderLanes::Kernels); });
}

TEST_CASE("positions of padding add their level to kernels' lanes") {
  const Benches benches = benches_of(chip_of(128, 64, 3, 16384));
  for (const int stride : {1, 3}) {
    LayerSpec spec = square(12, 3);  // one pixel, whose window leaves the map on all sides
    spec.pad(1).pad_with(stride == 1 ? 0 : 37);
    spec.stride_y = spec.stride_x = stride;
    LayerSpec dilated = square(12, 3).pad(2).pad_with(stride == 1 ? 0 : 2);
    dilated.dilation = 2;
    const IntegerGraph graph =
        GraphBuilder(static_cast<std::uint32_t>(5 + stride), {1, 1, 20}, 6).layer(spec).layer(dilated).graph();
    REQUIRE(graph.layers[1].convolved.elements() == 12);
    run(benches, graph, kernels_for_lanes(WeightPolicy::Auto),
        [](const NetworkPlan& plan) { CHECK(plan.layers[1].adder.lanes == AdderLanes::Kernels); });
  }
}

TEST_CASE("the adder takes the lanes that its objective finds cheaper") {
  NetworkBench bench("bench", with_engines(chip_of(256, 64, 4, 32768)));
  const IntegerGraph graph = GraphBuilder(6, {1, 1, 300}).fully_connected(100, 4).fully_connected(10).graph();
  MappingOptions options;
  options.engine = Engine::Adder;
  CHECK(bench.difference(graph, options, 1) == "");
  const sc_core::sc_time chosen = bench.time();
  CHECK(bench.layer(0).adder.lanes == AdderLanes::Kernels);
  options.lanes = AdderLanes::Pixels;
  CHECK(bench.difference(graph, options, 1) == "");
  CHECK(bench.layer(0).adder.lanes == AdderLanes::Pixels);
  CHECK(chosen * 5 < bench.time());

  // One ternary kernel, mostly zeros, which pixels' lanes skip, of one-bit levels.
  IntegerGraph sparse = GraphBuilder(7, {1, 1, 400}, 1).fully_connected(1).graph();
  for (std::size_t i = 0; i < sparse.layers[0].weights.size(); ++i) {
    sparse.layers[0].weights[i] = i % 40 == 0 ? 1 : 0;
  }
  CHECK(cheaper_lanes(sparse.layers[0], target_of(with_engines(chip_of(256, 64, 1, 32768))), Objective::Latency,
                      false) == AdderLanes::Pixels);
}
