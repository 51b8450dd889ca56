#include <catch2/catch.hpp>

#include "core/errors.h"
#include "network/mapping/mapper.h"
#include "tests/network/mapping/support/chips.h"
#include "tests/network/mapping/support/graphs.h"

using namespace spinvp;
using namespace spinvp::network;
using namespace spinvp::test;
using Catch::Matchers::Contains;

namespace {

/// The message with which a graph is refused; empty when it is mapped.
std::string refusal(const IntegerGraph& graph, const ChipConfig& chip, WeightPolicy policy = WeightPolicy::Auto) {
  try {
    map_network(graph, target_of(chip), on_and_accumulate(policy));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("rows that are too few for a layer's planes are refused with layer and rows") {
  const IntegerGraph graph = GraphBuilder(1, {4, 4, 1})
                                 .layer(square(2, 3, 1))
                                 .layer(square(2, 1, 8).weights(WeightKind::Integer, 8))
                                 .layer(square(2, 1, 1).weights(WeightKind::Integer, 8))
                                 .fully_connected(2)
                                 .graph();
  const std::string message = refusal(graph, chip_of(12, 64, 1, 65536));
  CHECK_THAT(message, Contains("network 'network1'"));
  CHECK_THAT(message, Contains("layer 'layer2'"));
  CHECK_THAT(message, Contains("need 16 rows of a sub-array"));
  CHECK_THAT(message, Contains("chip 'small'"));
  CHECK_THAT(message, Contains("12 rows"));
}

TEST_CASE("layers that together need more rows than there are are refused with both numbers of planes") {
  const IntegerGraph graph = GraphBuilder(2, {4, 4, 1})
                                 .layer(square(2, 3, 1))
                                 .layer(square(2, 1, 1).weights(WeightKind::Integer, 8))
                                 .fully_connected(2)
                                 .graph();
  const std::string message = refusal(graph, chip_of(12, 64, 1, 65536));
  CHECK_THAT(message, Contains("network 'network2'"));
  CHECK_THAT(message, Contains("8 activation planes"));
  CHECK_THAT(message, Contains("8 weight planes"));
  CHECK_THAT(message, Contains("12 rows"));
}

TEST_CASE("weights that must stay but do not fit are refused with what the chip has") {
  const IntegerGraph graph = GraphBuilder(3, {8, 8, 8}).layer(square(64, 3)).fully_connected(10).graph();
  const std::string message = refusal(graph, chip_of(64, 64, 2, 65536), WeightPolicy::Stationary);
  CHECK_THAT(message, Contains("network 'network3'"));
  CHECK_THAT(message, Contains("weights do not fit"));
  CHECK_THAT(message, Contains("2 sub-arrays of 64 x 64"));
  CHECK_THAT(message, Contains("streamed"));
}

TEST_CASE("weights that could stay are refused with the buffer when it is the buffer that is too small") {
  const IntegerGraph graph = GraphBuilder(4, {24, 24, 8}).layer(square(16, 3)).fully_connected(4).graph();
  const std::string message = refusal(graph, chip_of(256, 512, 8, 2048), WeightPolicy::Stationary);
  CHECK_THAT(message, Contains("network 'network4'"));
  CHECK_THAT(message, Contains("buffer"));
  CHECK_THAT(message, Contains("2048 bytes"));
}

TEST_CASE("a buffer that is too small is refused with the layer that does not fit it") {
  SECTION("thresholds of one kernel") {
    const IntegerGraph graph =
        GraphBuilder(5, {4, 4, 1}).layer(square(2, 3)).layer(square(2, 1, 8)).fully_connected(2).graph();
    const std::string message = refusal(graph, chip_of(256, 64, 1, 4096), WeightPolicy::Streamed);
    CHECK_THAT(message, Contains("layer 'layer1'"));
    CHECK_THAT(message, Contains("buffer is too small for the thresholds"));
    CHECK_THAT(message, Contains("4096 bytes of buffer"));
  }
  SECTION("one row of partial sums") {
    const IntegerGraph graph = GraphBuilder(6, {3, 600, 1}).layer(square(2, 3)).layer(square(2, 1)).graph();
    const std::string message = refusal(graph, chip_of(256, 64, 1, 4096), WeightPolicy::Streamed);
    CHECK_THAT(message, Contains("layer 'layer0'"));
    CHECK_THAT(message, Contains("partial sums"));
  }
  SECTION("one row of a feature map") {
    const IntegerGraph graph =
        GraphBuilder(8, {3, 3, 2}).layer(square(2, 1)).layer(square(20000, 3)).fully_connected(2).graph();
    const std::string message = refusal(graph, chip_of(256, 512, 8, 4096));
    CHECK_THAT(message, Contains("network 'network8'"));
    CHECK_THAT(message, Contains("layer 'layer"));
    CHECK_THAT(message, Contains("buffer is too small"));
  }
}

TEST_CASE("any small buffer is either enough or refused") {
  const IntegerGraph graph = GraphBuilder(9, {3, 3, 2}).layer(square(2, 2, 1)).fully_connected(2).graph();
  int refused = 0;
  for (std::uint32_t bytes = 0; bytes < 1200; ++bytes) {
    INFO("buffer of " << bytes << " bytes");
    const std::string message = refusal(graph, chip_of(64, 64, 2, bytes));
    if (!message.empty()) {
      ++refused;
      CHECK_THAT(message, Contains("buffer"));
    }
  }
  CHECK((refused > 50 && refused < 1190));
}

TEST_CASE("a window that no command can describe is refused with layer and window") {
  const auto refused = [](const IntegerGraph& graph) { return refusal(graph, chip_of(256, 512, 8, 1 << 20)); };
  SECTION("kernel") {
    const std::string message = refused(GraphBuilder(10, {300, 2, 1}).fully_connected(2).graph());
    CHECK_THAT(message, Contains("layer 'layer0'"));
    CHECK_THAT(message, Contains("kernel of 300 x 2"));
    CHECK_THAT(message, Contains("255"));
  }
  SECTION("stride") {
    LayerSpec spec = square(2, 1);
    spec.stride_x = 256;
    const std::string message = refused(GraphBuilder(11, {2, 400, 1}).layer(spec).fully_connected(2).graph());
    CHECK_THAT(message, Contains("layer 'layer0'"));
    CHECK_THAT(message, Contains("stride"));
  }
  SECTION("pooling") {
    const std::string message = refused(GraphBuilder(12, {2, 400, 1})
                                            .layer([] {
                                              LayerSpec spec = square(2, 1);
                                              spec.pooling = {PoolKind::Max, PoolStage::AfterThresholds, 1, 256, 1, 1};
                                              return spec;
                                            }())
                                            .fully_connected(2)
                                            .graph());
    CHECK_THAT(message, Contains("layer 'layer0'"));
    CHECK_THAT(message, Contains("pooling"));
  }
  SECTION("padding") {
    LayerSpec spec = square(2, 1, 1);
    spec.pad_left = 40000;
    spec.stride_x = 255;
    const std::string message = refused(GraphBuilder(13, {1, 4, 1}).layer(spec).fully_connected(2).graph());
    CHECK_THAT(message, Contains("layer 'layer0'"));
    CHECK_THAT(message, Contains("padding"));
  }
}

TEST_CASE("a graph that contradicts itself is not mapped") {
  IntegerGraph graph = GraphBuilder(14, {4, 4, 1}).layer(square(2, 3)).fully_connected(2).graph();
  graph.layers[0].weights.pop_back();
  CHECK_THAT(refusal(graph, chip_of(64, 64, 2, 65536)), Contains("weights, expected"));
}

TEST_CASE("a layer that is named for an engine must exist and be able to run there") {
  const IntegerGraph graph =
      GraphBuilder(15, {4, 4, 1}).layer(square(2, 3).weights(WeightKind::Integer, 8)).fully_connected(2).graph();
  const auto message = [&](const ChipConfig& chip, const MappingOptions& options) -> std::string {
    try {
      map_network(graph, target_of(chip), options);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  MappingOptions options;
  options.layers["layer7"] = Engine::Adder;
  const std::string unknown = message(with_engines(chip_of(64, 64, 2, 65536)), options);
  CHECK_THAT(unknown, Contains("'layer7'"));
  CHECK_THAT(unknown, Contains("'layer0', 'layer1'"));
  options.layers = {{"layer0", Engine::Adder}};
  CHECK_THAT(message(with_engines(chip_of(64, 64, 2, 65536)), options), Contains("ternary weights alone"));
  options.layers = {{"layer1", Engine::Adder}};
  CHECK(message(with_engines(chip_of(64, 64, 2, 65536)), options) == "");
  CHECK_THAT(message(chip_of(64, 64, 2, 65536), options), Contains("no in-memory adder"));
}

TEST_CASE("a layer that no engine of the chip can run is refused with the reasons") {
  ChipConfig chip = with_engines(chip_of(64, 64, 2, 65536));
  chip.accumulator.present = false;
  chip.digital.multipliers = 0;
  const IntegerGraph graph =
      GraphBuilder(16, {4, 4, 1}).layer(square(2, 3).weights(WeightKind::Integer, 8)).fully_connected(2).graph();
  try {
    map_network(graph, target_of(chip), {});
    FAIL("it was mapped");
  } catch (const InputError& error) {
    CHECK_THAT(error.what(), Contains("layer 'layer0'"));
    CHECK_THAT(error.what(), Contains("no AND-accumulation"));
    CHECK_THAT(error.what(), Contains("ternary weights alone"));
    CHECK_THAT(error.what(), Contains("no multipliers"));
  }
}

TEST_CASE("weights that are to stay are refused where some of them would come for every image") {
  const IntegerGraph graph = GraphBuilder(17, {8, 8, 4}).layer(square(16, 3)).fully_connected(64, 8).graph();
  const ChipConfig chip = with_engines(chip_of(128, 64, 4, 32768));
  MappingOptions options;
  options.engine = Engine::Digital;
  CHECK(map_network(graph, target_of(chip), options).weights_text() != std::string("stationary"));
  options.weights = WeightPolicy::Stationary;
  try {
    map_network(graph, target_of(chip), options);
    FAIL("it was mapped");
  } catch (const InputError& error) {
    CHECK_THAT(error.what(), Contains("do not fit chip"));
    CHECK_THAT(error.what(), Contains("find no place that they could keep"));
  }
}
