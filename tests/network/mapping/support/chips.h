#pragma once

#include <cstdint>

#include "core/errors.h"
#include "ip/pim/chip_config.h"
#include "network/mapping/chip_target.h"
#include "network/mapping/plan.h"
#include "sc_main/target_of.h"
#include "tests/ip/support/chip_bench.h"
#include "tests/network/mapping/support/random.h"

namespace spinvp::test {

/// Options with AND-accumulation wherever it can be, as most tests want it.
inline network::MappingOptions on_and_accumulate(network::WeightPolicy policy) {
  network::MappingOptions options;
  options.weights = policy;
  options.engine = network::Engine::AndAccumulate;
  return options;
}

/// True when a graph can be placed on a chip.
inline bool fits(const network::IntegerGraph& graph, const ChipConfig& config, const network::MappingOptions& options) {
  try {
    network::make_plan(graph, target_of(config), options);
  } catch (const InputError&) {
    return false;
  }
  return true;
}
inline bool fits(const network::IntegerGraph& graph, const ChipConfig& config, network::WeightPolicy policy) {
  return fits(graph, config, on_and_accumulate(policy));
}

/// One bank of `subarrays` sub-arrays.
inline ChipConfig chip_of(std::uint32_t rows, std::uint32_t columns, std::uint32_t subarrays,
                          std::uint32_t buffer_bytes) {
  return small_chip(rows, columns, 1, subarrays, buffer_bytes, Detail::Fast);
}

/// The same chip with every engine: an adder of scheme B unless another is asked for, and multipliers.
inline ChipConfig with_engines(const ChipConfig& config, AdditionScheme scheme = AdditionScheme::B) {
  ChipConfig with = config;
  with.adder.scheme = scheme;
  with.adder.carry_write_back = scheme == AdditionScheme::A;
  with.adder.step = Femtojoules(29);
  with.digital.multipliers = 16;
  return with;
}

/// From 16 rows x 64 columns x 1 sub-array up to something like the shipped chip.
inline ChipConfig random_chip(Random& random) {
  const auto draw = [&](std::initializer_list<std::uint32_t> choices) { return random.one_of(choices); };
  ChipConfig config =
      small_chip(draw({16, 20, 32, 48, 64, 128, 256}), draw({64, 128, 192, 512}), draw({1, 1, 2, 4}),
                 draw({1, 1, 2, 3, 5, 8}), draw({2000, 3001, 4096, 6000, 10000, 16384, 40000, 131072}), Detail::Fast);
  return config;
}

}  // namespace spinvp::test
