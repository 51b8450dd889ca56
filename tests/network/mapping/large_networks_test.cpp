// Networks of the literature on the shipped chips: they are placed, and their streams stay small.
#include <catch2/catch.hpp>

#include "ip/config/chip_file.h"
#include "network/generate/generate.h"
#include "network/mapping/estimate.h"
#include "network/mapping/mapper.h"
#include "sc_main/target_of.h"

using namespace spinvp;
using namespace spinvp::network;

namespace {

ChipTarget shipped(const std::string& chip) {
  return target_of(load_chip_config(SPINVP_SOURCE_DIR "/configs/chips/" + chip + ".yaml"));
}

IntegerGraph generated(const std::string& name, const std::string& widths) {
  GenerateOptions options;
  options.network = name;
  options.weights_and_inputs = parse_weights_and_inputs(widths);
  return generate_graph(options);
}

MappingOptions with(WeightPolicy policy, std::optional<Engine> engine = {}) {
  MappingOptions options;
  options.weights = policy;
  options.engine = engine;
  return options;
}

}  // namespace

TEST_CASE("ResNet-18 with 1- and 2-bit activations is placed on 32 sub-arrays, and stays on 4,096") {
  for (const char* widths : {"1:1", "1:2"}) {
    const IntegerGraph graph = generated("resnet18", widths);
    INFO("W:I " << widths);
    const NetworkPlan small = make_plan(graph, shipped("imce"), with(WeightPolicy::Auto));
    CHECK_FALSE(small.stationary);
    CHECK(small.scratch_bytes > 0);
    const NetworkPlan streamed = make_plan(graph, shipped("pim_512mb"), with(WeightPolicy::Streamed));
    CHECK_FALSE(streamed.stationary);
    const NetworkPlan stationary =
        make_plan(graph, shipped("pim_512mb"), with(WeightPolicy::Stationary, Engine::AndAccumulate));
    CHECK(stationary.stationary);
  }
}

TEST_CASE("a layer of AlexNet takes some thousands of commands on AND-accumulation") {
  const IntegerGraph graph = generated("alexnet", "1:1");
  const ChipTarget target = shipped("imce");
  const NetworkPlan plan = make_plan(graph, target, with(WeightPolicy::Auto, Engine::AndAccumulate));
  for (const LayerCost& layer : cost_of_network(plan, target)) {
    CHECK(layer.commands < 10000);
  }
  // conv2 in two groups: 729 pixels x 256 kernels x 3 tiles, none computed twice.
  const ArrayPlan& second = plan.layers[1].array;
  CHECK(second.tiles == 3);
  CHECK(second.passes % 2 == 0);
}

TEST_CASE("AlexNet with binary weights and 8-bit activations is placed on the adders") {
  const IntegerGraph graph = generated("alexnet", "1:8");
  for (const char* chip : {"parapim_a", "parapim_b"}) {
    const ChipTarget target = shipped(chip);
    const NetworkPlan plan = make_plan(graph, target, with(WeightPolicy::Auto, Engine::Adder));
    int on_adder = 0;
    for (const LayerPlan& layer : plan.layers) {
      on_adder += layer.on(Engine::Adder) ? 1 : 0;
    }
    CHECK(on_adder >= 6);
  }
}
