// Whatever was running when a reset came, the network that follows is right.
#include <catch2/catch.hpp>

#include "tests/network/mapping/support/chips.h"
#include "tests/network/mapping/support/graphs.h"
#include "tests/system/support/network_bench.h"

using namespace spinvp;
using namespace spinvp::network;
using namespace spinvp::test;

namespace {

// Resets at random instants of random layers, by the pin and by software in turn.
void check_resets(NetworkBench& network, const IntegerGraph& graph) {
  ChipBench& bench = network.bench();
  Random random(11);
  REQUIRE(network.difference(graph, WeightPolicy::Streamed, 1) == "");
  const double whole = network.time().to_seconds();
  int cut = 0;
  for (int round = 0; round < 16; ++round) {
    const std::size_t layer =
        static_cast<std::size_t>(random.integer(0, static_cast<int>(network.image().layer_count()) - 1));
    const interface::ImageLayer& row = network.image().layer(layer);
    bench.start(network.image().words(row.run_offset, row.run_bytes));
    bench.run_for(sc_core::sc_time(whole * random.integer(1, 1000) / 2000, sc_core::SC_SEC));
    cut += (bench.read_register(interface::registers::status) & interface::fields::status_busy.mask()) != 0 ? 1 : 0;
    if (round % 2 == 0) {
      bench.write_register(interface::registers::control, interface::fields::control_reset.mask());
    } else {
      bench.reset.write(true);
      bench.run_for(sc_core::sc_time(random.integer(0, 9), sc_core::SC_NS));
      bench.reset.write(false);
      bench.run_for(sc_core::sc_time(1, sc_core::SC_NS));
    }
    CAPTURE(round, layer);
    CHECK(network.difference(graph, WeightPolicy::Streamed, 1) == "");
  }
  CHECK(cut > 4);  // streams were really in the middle
}

}  // namespace

TEST_CASE("a network is right after a reset in the middle of another run of it") {
  const IntegerGraph graph = GraphBuilder(7, {6, 6, 5}, 2).layer(square(9, 3)).fully_connected(4).graph();
  ChipConfig config = chip_of(32, 64, 2, 32768);
  NetworkBench loose("loose", config);
  BenchMemory::Config waits;
  waits.latency = sc_core::sc_time(50, sc_core::SC_NS);
  waits.waits = true;
  config.timing = Timing::Approximate;
  NetworkBench approximate("approximate", config, waits);
  check_resets(loose, graph);
  check_resets(approximate, graph);
}
