#include <catch2/catch.hpp>
#include <memory>

#include "core/errors.h"
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
  std::uint32_t ran = 0;
  for (std::uint32_t i = 0; i < chips * networks; ++i) {
    const std::uint32_t seed = first_seed + i;
    NetworkBench& bench = *benches[i % chips];
    const ChipConfig& chip = bench.bench().chip.config();
    INFO("seed " << seed << " on " << chip.subarrays() << " sub-arrays of " << chip.rows() << " x " << chip.columns()
                 << ", " << chip.buffer.bytes << " bytes");
    std::string difference;
    try {
      difference = bench.difference(random_graph(seed, largest_side),
                                    random.one_of({WeightPolicy::Auto, WeightPolicy::Streamed}));
    } catch (const InputError&) {
      continue;  // too small a chip
    }
    CHECK(difference == "");
    ++ran;
  }
  CHECK(ran * 2 > chips * networks);
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
