#include <catch2/catch.hpp>
#include <memory>

#include "tests/network/mapping/support/chips.h"
#include "tests/network/mapping/support/graphs.h"
#include "tests/system/support/network_bench.h"

using namespace spinvp;
using namespace spinvp::network;
using namespace spinvp::test;

namespace {

/// Runs `networks` random networks on each of `chips` random chips, one after the other.
void run_random(std::uint32_t first_seed, std::uint32_t chips, std::uint32_t networks, int largest_side,
                Detail detail) {
  std::vector<std::unique_ptr<NetworkBench>> benches;
  Random random(first_seed);
  for (std::uint32_t i = 0; i < chips; ++i) {
    ChipConfig chip = random_chip(random);
    chip.detail = detail;
    benches.push_back(std::make_unique<NetworkBench>(("chip" + std::to_string(i)).c_str(), chip));
  }
  struct Run {
    std::uint32_t seed;
    NetworkBench& bench;
    WeightPolicy policy;
  };
  std::vector<Run> runs;  // chosen before the first one: sanitizers do not like exceptions beside coroutines
  for (std::uint32_t i = 0; i < chips * networks; ++i) {
    const Run run{first_seed + i, *benches[i % chips], random.one_of({WeightPolicy::Auto, WeightPolicy::Streamed})};
    if (fits(random_graph(run.seed, largest_side), run.bench.bench().chip.config(), run.policy)) {
      runs.push_back(run);
    }
  }
  CHECK(runs.size() * 2 > chips * networks);
  for (const Run& run : runs) {
    const ChipConfig& chip = run.bench.bench().chip.config();
    INFO("seed " << run.seed << " on " << chip.subarrays() << " sub-arrays of " << chip.rows() << " x "
                 << chip.columns() << ", " << chip.buffer.bytes << " bytes");
    CHECK(run.bench.difference(random_graph(run.seed, largest_side), run.policy) == "");
  }
}

}  // namespace

TEST_CASE("random networks on random chips give the reference's bits in detail fast") {
  run_random(20001, 24, 20, 11, Detail::Fast);
}

TEST_CASE("random networks on random chips give the reference's bits in detail row") {
  run_random(30001, 12, 8, 11, Detail::Row);
}

TEST_CASE("random networks of larger maps on random chips give the reference's bits") {
  run_random(50001, 24, 12, 40, Detail::Fast);
}
