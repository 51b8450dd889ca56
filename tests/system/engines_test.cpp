// The same networks on AND-accumulation, on both adders and on the multipliers, in both details: the reference's bits.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <memory>

#include "tests/network/mapping/support/chips.h"
#include "tests/network/mapping/support/graphs.h"
#include "tests/system/support/network_bench.h"

using namespace spinvp;
using namespace spinvp::network;
using namespace spinvp::test;

namespace {

/// A chip with one scheme of addition in one detail.
struct EngineBench {
  std::unique_ptr<NetworkBench> bench;
  const char* name = "";
};

using Benches = std::vector<EngineBench>;

Benches benches_of(const ChipConfig& chip) {
  Benches benches;
  for (const AdditionScheme scheme : {AdditionScheme::A, AdditionScheme::B}) {
    for (const Detail detail : {Detail::Fast, Detail::Row}) {
      ChipConfig config = with_engines(chip, scheme);
      config.detail = detail;
      EngineBench bench;
      bench.name = scheme == AdditionScheme::A ? (detail == Detail::Fast ? "a_fast" : "a_row")
                                               : (detail == Detail::Fast ? "b_fast" : "b_row");
      bench.bench = std::make_unique<NetworkBench>(bench.name, config);
      benches.push_back(std::move(bench));
    }
  }
  return benches;
}

MappingOptions on(Engine engine, WeightPolicy policy) {
  MappingOptions options;
  options.engine = engine;
  options.weights = policy;
  return options;
}

bool fits_on(const Benches& benches, const IntegerGraph& graph, const MappingOptions& options) {
  return fits(graph, benches.front().bench->bench().chip.config(), options);
}

/// Says where the first difference is: which seed, engine and chip.
std::string first_difference(const Benches& benches, const IntegerGraph& graph, const MappingOptions& options) {
  for (const EngineBench& one : benches) {
    const std::string wrong = one.bench->difference(graph, options, 1);
    if (!wrong.empty()) {
      return fmt::format("{} on {}: {}", graph.name, one.name, wrong);
    }
  }
  CHECK(benches[0].bench->time() == benches[1].bench->time());
  CHECK(benches[2].bench->time() == benches[3].bench->time());
  return "";
}

}  // namespace

TEST_CASE("every number of weight and activation bits gives the reference's bits on every engine that takes it") {
  const Benches benches = benches_of(chip_of(128, 64, 3, 32768));
  struct Widths {
    WeightKind kind;
    int weight_bits, activation_bits;
  };
  std::vector<Widths> all = {{WeightKind::Binary, 1, 1}, {WeightKind::Binary, 1, 2},  {WeightKind::Binary, 1, 4},
                             {WeightKind::Binary, 1, 8}, {WeightKind::Binary, 2, 2},  {WeightKind::Binary, 4, 4},
                             {WeightKind::Binary, 8, 8}, {WeightKind::Integer, 2, 2}, {WeightKind::Integer, 4, 4},
                             {WeightKind::Integer, 8, 8}};
  for (int bits = 1; bits <= 8; ++bits) {
    all.push_back({WeightKind::Ternary, 2, bits});
  }
  for (const Widths& widths : all) {
    const IntegerGraph graph = GraphBuilder(static_cast<std::uint32_t>(widths.activation_bits), {6, 6, 3})
                                   .layer(square(5, 3, widths.activation_bits).weights(widths.kind, widths.weight_bits))
                                   .layer(square(7, 2).weights(widths.kind, widths.weight_bits))
                                   .fully_connected(4, 2, widths.kind, widths.weight_bits)
                                   .graph();
    for (const Engine engine : {Engine::AndAccumulate, Engine::Adder, Engine::Digital}) {
      INFO(static_cast<int>(widths.kind) << " of " << widths.weight_bits << ":" << widths.activation_bits
                                         << " on engine " << static_cast<int>(engine));
      for (const WeightPolicy policy : {WeightPolicy::Auto, WeightPolicy::Streamed}) {
        CHECK(first_difference(benches, graph, on(engine, policy)) == "");
      }
    }
  }
}

TEST_CASE("activations of up to twelve bits, sums of levels, are computed on every engine") {
  const Benches benches = benches_of(chip_of(256, 64, 2, 65536));
  const IntegerGraph graph = GraphBuilder(1, {9, 9, 2})
                                 .layer(square(4, 2, 8).pool(PoolKind::Sum, PoolStage::AfterThresholds, 4, 4))
                                 .fully_connected(5)
                                 .graph();
  CHECK(graph.layers[1].input_bits == 12);
  for (const Engine engine : {Engine::AndAccumulate, Engine::Adder, Engine::Digital}) {
    CHECK(first_difference(benches, graph, on(engine, WeightPolicy::Streamed)) == "");
  }
}

TEST_CASE("random branched networks give the reference's bits on every engine and in both details") {
  std::vector<Benches> chips;
  Random random(60001);
  for (int i = 0; i < 3; ++i) {
    chips.push_back(benches_of(random_chip(random)));
  }
  chips.push_back(benches_of(chip_of(128, 64, 6, 16384)));
  chips.push_back(benches_of(chip_of(256, 128, 3, 6000)));
  struct Run {
    std::uint32_t seed;
    const Benches& benches;
    GraphLimits limits;
    MappingOptions options;
  };
  std::vector<Run> runs;  // chosen before the first one: sanitizers do not like exceptions beside coroutines
  int tried = 0;
  for (std::uint32_t seed = 60001; seed <= 60070; ++seed, ++tried) {
    Run run{seed, chips[seed % chips.size()], {}, {}};
    run.limits.signs_only = random.one_in(2);
    run.limits.largest_side = random.one_in(4) ? 16 : 8;
    run.options.weights = random.one_of({WeightPolicy::Auto, WeightPolicy::Streamed});
    if (random.one_in(3)) {
      run.options.lanes = AdderLanes::Pixels;
    }
    if (!random.one_in(5)) {
      run.options.engine = random.one_of({Engine::AndAccumulate, Engine::Adder, Engine::Digital});
    }
    if (fits_on(run.benches, random_branched_graph(seed, run.limits), run.options)) {
      runs.push_back(run);
    }
  }
  CHECK(runs.size() * 2 > static_cast<std::size_t>(tried));
  for (const Run& run : runs) {
    const ChipConfig& chip = run.benches.front().bench->bench().chip.config();
    INFO("seed " << run.seed << " on " << chip.subarrays() << " sub-arrays of " << chip.rows() << " x "
                 << chip.columns() << ", " << chip.buffer.bytes << " bytes");
    CHECK(first_difference(run.benches, random_branched_graph(run.seed, run.limits), run.options) == "");
  }
}

TEST_CASE("layers of one network run on different engines") {
  const Benches benches = benches_of(chip_of(128, 64, 4, 32768));
  const IntegerGraph graph = GraphBuilder(2, {8, 8, 3})
                                 .layer(square(8, 3).weights(WeightKind::Integer, 8))
                                 .layer(square(8, 3).pad(1))
                                 .layer(square(8, 3).pad(1))
                                 .layer(square(8, 3).pad(1).adds(0))
                                 .fully_connected(10)
                                 .graph();
  for (const WeightPolicy policy : {WeightPolicy::Auto, WeightPolicy::Streamed}) {
    MappingOptions options;
    options.weights = policy;
    options.layers = {{"layer0", Engine::Digital},
                      {"layer1", Engine::AndAccumulate},
                      {"layer2", Engine::Adder},
                      {"layer3", Engine::AndAccumulate},
                      {"layer4", Engine::Digital}};
    CHECK(first_difference(benches, graph, options) == "");
    const NetworkBench& bench = *benches.front().bench;
    CHECK(bench.layer(2).on(Engine::Adder));
    CHECK(bench.layer(3).on(Engine::AndAccumulate));
    CHECK(bench.image().header().engines == 0b1011);  // AND, adder A, multipliers
  }
}

TEST_CASE("an adder whose sums do not fit the buffer at once is read in slices") {
  const Benches benches = benches_of(chip_of(256, 64, 4, 8192));
  const IntegerGraph graph = GraphBuilder(3, {8, 8, 3})
                                 .layer(square(50, 3, 2).pad(1))
                                 .layer(square(37, 3, 2).pool(PoolKind::Max, PoolStage::AfterThresholds, 2, 2))
                                 .fully_connected(3)
                                 .graph();
  bool sliced = false;
  for (const WeightPolicy policy : {WeightPolicy::Auto, WeightPolicy::Streamed}) {
    CHECK(first_difference(benches, graph, on(Engine::Adder, policy)) == "");
    const LayerPlan& plan = benches.front().bench->layer(0);
    sliced = sliced || plan.adder.slice_kernels < plan.array.kernels_per_subarray;
  }
  CHECK(sliced);
}

TEST_CASE("tables that exceed their slot come behind the additions of all kernels, slice by slice") {
  const Benches benches = benches_of(chip_of(256, 64, 4, 16384));
  const IntegerGraph graph = GraphBuilder(8, {8, 8, 3})
                                 .layer(square(50, 3, 6).pad(1))
                                 .layer(square(37, 3, 6).pool(PoolKind::Max, PoolStage::AfterThresholds, 2, 2))
                                 .fully_connected(3)
                                 .graph();
  bool apart = false;
  for (const WeightPolicy policy : {WeightPolicy::Auto, WeightPolicy::Streamed}) {
    CHECK(first_difference(benches, graph, on(Engine::Adder, policy)) == "");
    apart = apart || benches.front().bench->layer(0).tables_apart() || benches.front().bench->layer(1).tables_apart();
  }
  CHECK(apart);
}

TEST_CASE("signs that do not fit the buffer at once are loaded for every block of pixels") {
  const Benches benches = benches_of(chip_of(256, 64, 2, 4096));
  const IntegerGraph graph =
      GraphBuilder(4, {10, 10, 16}, 2).layer(square(30, 3, 1)).layer(square(4, 3, 1)).fully_connected(3).graph();
  CHECK(first_difference(benches, graph, on(Engine::Adder, WeightPolicy::Streamed)) == "");
  CHECK(benches.front().bench->layer(0).array.loads_per_pass > 1);
}

TEST_CASE("maps that a residual needs later go through scratch memory where the buffer is too small") {
  const Benches benches = benches_of(chip_of(128, 64, 4, 6000));
  const IntegerGraph graph = GraphBuilder(5, {14, 14, 3})
                                 .layer(square(16, 3, 2).pad(1))
                                 .layer(square(16, 3, 2).pad(1))
                                 .layer(square(16, 1, 0).reads(0))
                                 .layer(square(16, 3, 2).pad(1).reads(1).adds(2))
                                 .layer(elementwise(3).adds(0))
                                 .fully_connected(3)
                                 .graph();
  for (const Engine engine : {Engine::AndAccumulate, Engine::Adder, Engine::Digital}) {
    CHECK(first_difference(benches, graph, on(engine, WeightPolicy::Auto)) == "");
    const NetworkBench& bench = *benches.front().bench;
    CHECK_FALSE(bench.layer(3).residual.in_buffer());
    CHECK(bench.layer(3).residual.raw());
    CHECK(bench.bands(3) > 1);
  }
}

TEST_CASE("scores that exceed the buffer are stored band by band") {
  const Benches benches = benches_of(chip_of(128, 64, 4, 4096));
  const IntegerGraph graph = GraphBuilder(6, {16, 16, 2}).layer(square(3, 3, 1)).layer(square(20, 1)).graph();
  CHECK(graph.layers[1].output.elements() * 4 > 4096);
  for (const Engine engine : {Engine::AndAccumulate, Engine::Adder, Engine::Digital}) {
    CHECK(first_difference(benches, graph, on(engine, WeightPolicy::Auto)) == "");
  }
}
