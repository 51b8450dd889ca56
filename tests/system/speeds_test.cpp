// A wait that is missing shows up only on a chip whose units are fast and slow in the wrong places.
#include <catch2/catch.hpp>
#include <memory>

#include "tests/network/mapping/support/chips.h"
#include "tests/network/mapping/support/graphs.h"
#include "tests/system/support/network_bench.h"

using namespace spinvp;
using namespace spinvp::network;
using namespace spinvp::test;

namespace {

using Benches = std::vector<std::unique_ptr<NetworkBench>>;

/// The same chip with every unit slowed down in turn, and with short and long queues.
Benches benches_of(const ChipConfig& chip) {
  Benches benches;
  const auto add = [&](const char* name, const ChipConfig& config, double memory_ns) {
    BenchMemory::Config memory;
    memory.latency = sc_core::sc_time(memory_ns, sc_core::SC_NS);
    benches.push_back(std::make_unique<NetworkBench>(name, config, memory));
  };
  ChipConfig even = chip;
  even.dma.bytes_per_cycle = 64;
  even.dma.burst_bytes = 4096;
  even.buffer.port_bytes = 64;
  even.digital.lanes = 256;
  even.processor.queue_depth = 64;
  even.subarray.write_latency_ns = 1;
  add("fast", even, 0);
  ChipConfig slow = even;
  slow.dma.bytes_per_cycle = 1;
  slow.dma.burst_bytes = 16;
  add("slow_memory", slow, 400);
  slow = even;
  slow.subarray.write_latency_ns = 900;
  add("slow_row_writes", slow, 0);
  slow = even;
  slow.subarray.read_latency_ns = 90;
  slow.accumulator.bit_counter = BitCounter::Serial;
  slow.accumulator.pipeline_stages = 50;
  add("slow_computing", slow, 0);
  slow = even;
  slow.digital.lanes = 1;
  add("slow_digital", slow, 0);
  slow.accumulator.bit_counter = BitCounter::Serial;
  add("slow_digital_and_computing", slow, 0);
  slow = even;
  slow.buffer.port_bytes = 1;
  slow.digital.lanes = 1;
  add("slow_buffer", slow, 300);
  slow = even;
  slow.processor.queue_depth = 1;
  slow.digital.lanes = 1;
  add("short_queues", slow, 50);
  return benches;
}

void run_on_all(Benches& benches, const IntegerGraph& graph, WeightPolicy policy) {
  for (const auto& bench : benches) {
    INFO(graph.name << " on " << bench->bench().name());
    CHECK(bench->difference(graph, policy) == "");
  }
}

}  // namespace

TEST_CASE("weights are not overwritten while they are used, whatever is slow") {
  Benches benches = benches_of(chip_of(32, 64, 2, 16384));
  const IntegerGraph passes =
      GraphBuilder(1, {6, 6, 3}).layer(square(45, 3)).layer(square(37, 2)).fully_connected(50).graph();
  run_on_all(benches, passes, WeightPolicy::Streamed);
  CHECK(benches[0]->layer(0).array.passes > 2);
  CHECK(benches[0]->plan().kernel_halves == 2);
  const IntegerGraph tile_loads =
      GraphBuilder(2, {5, 5, 45}, 2).layer(square(9, 3)).layer(square(30, 2)).fully_connected(4).graph();
  run_on_all(benches, tile_loads, WeightPolicy::Streamed);
  CHECK(benches[0]->layer(0).array.tile_loads() > 1);
}

TEST_CASE("weights that have one place only are loaded between computing, whatever is slow") {
  Benches benches = benches_of(chip_of(16, 64, 2, 16384));
  const IntegerGraph graph = GraphBuilder(3, {5, 5, 3})
                                 .layer(square(9, 3).weights(WeightKind::Integer, 7))
                                 .fully_connected(9, 2, WeightKind::Integer, 8)
                                 .graph();
  run_on_all(benches, graph, WeightPolicy::Streamed);
  CHECK(benches[0]->plan().kernel_halves == 1);
}

TEST_CASE("threshold tables are not overwritten before the last strip was thresholded, whatever is slow") {
  Benches benches = benches_of(chip_of(64, 64, 2, 16384));
  const IntegerGraph graph =
      GraphBuilder(4, {9, 9, 2}).layer(square(30, 2, 5)).layer(square(24, 2, 4)).fully_connected(3).graph();
  run_on_all(benches, graph, WeightPolicy::Streamed);
  CHECK(benches[0]->layer(0).array.passes > 2);
}

TEST_CASE("partial sums are not overwritten before they were thresholded, whatever is slow") {
  Benches benches = benches_of(chip_of(128, 64, 2, 3000));
  const IntegerGraph graph =
      GraphBuilder(5, {14, 14, 2}).layer(square(10, 3, 3)).layer(square(9, 3, 3)).fully_connected(2).graph();
  for (const WeightPolicy policy : {WeightPolicy::Auto, WeightPolicy::Streamed}) {
    run_on_all(benches, graph, policy);
    CHECK(benches[0]->layer(0).strip_rows * 3 <= 12);  // more strips than areas
  }
}

TEST_CASE("bands are loaded, computed and stored one after the other, whatever is slow") {
  Benches benches = benches_of(chip_of(128, 128, 4, 4096));
  const IntegerGraph graph = GraphBuilder(6, {20, 13, 2})
                                 .layer(square(24, 3, 3).pad(1))
                                 .layer(square(17, 3, 3).pad(1))
                                 .layer(square(3, 3, 1))
                                 .fully_connected(3)
                                 .graph();
  for (const WeightPolicy policy : {WeightPolicy::Auto, WeightPolicy::Streamed}) {
    run_on_all(benches, graph, policy);
    CHECK(benches[0]->bands(1) > 2);
    CHECK(benches[0]->plan().scratch_bytes > 0);
  }
}

TEST_CASE("an image's bytes are packed before the next band's replace them, whatever is slow") {
  Benches benches = benches_of(chip_of(128, 64, 4, 2048));
  LayerSpec spec = square(2, 5, 1).pad(2);
  spec.stride_y = spec.stride_x = 2;
  const IntegerGraph graph = GraphBuilder(7, {33, 17, 3}).layer(spec).fully_connected(2).graph();
  for (const WeightPolicy policy : {WeightPolicy::Auto, WeightPolicy::Streamed}) {
    run_on_all(benches, graph, policy);
    CHECK(benches[0]->bands(0) > 2);
  }
}

TEST_CASE("scores are pooled and stored when all of them are there, whatever is slow") {
  Benches benches = benches_of(chip_of(32, 64, 2, 16384));
  const IntegerGraph graph = GraphBuilder(8, {7, 7, 3})
                                 .layer(square(5, 3))
                                 .layer(square(40, 2).pool(PoolKind::Max, PoolStage::BeforeThresholds, 2, 1))
                                 .graph();
  run_on_all(benches, graph, WeightPolicy::Streamed);
  CHECK(benches[0]->layer(1).array.passes > 1);
}

TEST_CASE("random networks give the same bits whatever is slow") {
  Random random(40001);
  std::vector<Benches> chips;  // names of modules are made different by the kernel
  chips.push_back(benches_of(chip_of(32, 64, 3, 4096)));
  chips.push_back(benches_of(chip_of(64, 128, 7, 6000)));
  chips.push_back(benches_of(chip_of(128, 64, 10, 10000)));
  struct Run {
    std::uint32_t seed;
    Benches& benches;
    WeightPolicy policy;
  };
  std::vector<Run> runs;
  for (std::uint32_t seed = 40001; seed <= 40030; ++seed) {
    const Run run{seed, chips[seed % chips.size()], random.one_in(3) ? WeightPolicy::Auto : WeightPolicy::Streamed};
    if (fits(random_graph(seed), run.benches[0]->bench().chip.config(), run.policy)) {
      runs.push_back(run);
    }
  }
  CHECK(runs.size() >= 15);
  for (const Run& run : runs) {
    run_on_all(run.benches, random_graph(run.seed), run.policy);
  }
}
