// Random quantised ONNX graphs, as exporters write them, imported and run on the chip: every layer bit by bit as the
// integer reference has it.
#include <catch2/catch.hpp>
#include <memory>
#include <optional>

#include "core/errors.h"
#include "network/onnx/import.h"
#include "tests/network/mapping/support/chips.h"
#include "tests/network/support/random_graph.h"
#include "tests/system/support/network_bench.h"

using namespace spinvp;
using namespace spinvp::network;
using namespace spinvp::test;

namespace {

/// Nothing for a graph that importing refuses.
std::optional<IntegerGraph> imported(unsigned seed) {
  const RandomGraph drawn = draw_random_graph(seed);
  ImportOptions options;
  options.input = drawn.scaling;
  try {
    return import_onnx_bytes(drawn.model.SerializeAsString(), "random.onnx", options);
  } catch (const InputError&) {
    return std::nullopt;
  }
}

}  // namespace

TEST_CASE("imported random graphs give on the chip what the integer reference gives") {
  constexpr unsigned graphs = 60;
  constexpr unsigned in_rows = 15;  // of them in detail row as well
  ChipConfig chip = with_engines(chip_of(256, 128, 4, 65536));
  chip.detail = Detail::Fast;
  NetworkBench fast("fast", chip);
  chip.detail = Detail::Row;
  NetworkBench row("row", chip);
  unsigned ran = 0;
  for (unsigned seed = 1; seed <= graphs; ++seed) {
    const std::optional<IntegerGraph> graph = imported(seed);
    if (!graph) {
      continue;
    }
    INFO("seed " << seed);
    MappingOptions options;
    options.cheapest = seed % 2 == 0;
    options.weights = seed % 3 == 0 ? WeightPolicy::Streamed : WeightPolicy::Auto;
    CHECK(fast.difference(*graph, options) == "");
    if (seed <= in_rows) {
      CHECK(row.difference(*graph, options) == "");
      CHECK(fast.time() == row.time());
    }
    ++ran;
  }
  CHECK(ran > graphs * 3 / 4);
}
