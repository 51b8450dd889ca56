#include <catch2/catch.hpp>
#include <functional>

#include "core/errors.h"
#include "network/support/model_builder.h"

using namespace spinvp::network;
using namespace spinvp::test;

namespace {

IntegerGraph two_layers() {
  ModelBuilder builder;
  builder.image(1, 4, 4).conv({2, 1, 3, 3}, Numbers(18, -1.0f), {}, "first").activation(2);
  builder.add("MaxPool", {}, {attr("kernel_shape", Dims{2, 2})});
  builder.fully_connected(3, {1, -1, 0, 1, 1, 0});
  return builder.import();
}

std::string broken(const std::function<void(IntegerGraph&)>& change) {
  IntegerGraph graph = two_layers();
  change(graph);
  try {
    validate(graph);
    return "";
  } catch (const spinvp::InputError& error) {
    return error.what();
  }
}

std::string broken_layer(const std::function<void(Layer&)>& change) {
  return broken([&](IntegerGraph& graph) { change(graph.layers[0]); });
}

}  // namespace

TEST_CASE("an imported graph is valid") {
  CHECK(broken([](IntegerGraph&) {}) == "");
}

TEST_CASE("a message names graph, layer and rule") {
  CHECK(broken_layer([](Layer& layer) { layer.weights.pop_back(); }) ==
        "network 'test', layer 'first': there are 17 weights, expected 18");
}

TEST_CASE("every rule of an integer graph is checked") {
  CHECK(broken([](IntegerGraph& graph) { graph.layers.clear(); }) != "");
  CHECK(broken([](IntegerGraph& graph) { graph.input.width = 5; }) != "");
  CHECK(broken([](IntegerGraph& graph) { graph.input_bits = 4; }) != "");
  CHECK(broken([](IntegerGraph& graph) { graph.layers[1].name = "first"; }) != "");
  CHECK(broken([](IntegerGraph& graph) { graph.layers[1].input_bits = 3; }) != "");
  CHECK(broken([](IntegerGraph& graph) { graph.layers[1].input.channels = 3; }) != "");
  CHECK(broken([](IntegerGraph& graph) { graph.layers.pop_back(); }) != "");
  CHECK(broken([](IntegerGraph& graph) { graph.layers[1].kernel_width = 0; }) != "");
  CHECK(broken([](IntegerGraph& graph) { graph.layers[1].weights[0] = 2; }) != "");
  CHECK(broken([](IntegerGraph& graph) { graph.layers[1].weight_kind = WeightKind::Binary; }) != "");
  CHECK(broken([](IntegerGraph& graph) { graph.layers[1].output_bits = 1; }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.name.clear(); }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.input_bits = 9; }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.stride_x = 0; }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.pad_left = -1; }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.kernels = 3; }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.kernels = -1; }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.convolved.width = 3; }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.output.height = 2; }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.output.height = 1 << 30; }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.kind = LayerKind::FullyConnected; }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.weights[3] = 0; }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.weight_bits = 2; }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.weight_kind = WeightKind::Integer, layer.weight_bits = 9; }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.pooling.kernel_height = 3; }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.pooling.stride_y = 0; }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.pooling.kind = PoolKind::None; }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.pooling.kind = PoolKind::Sum; }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.threshold_bits = 0; }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.threshold_bits = 9; }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.thresholds.pop_back(); }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.thresholds[0].values.pop_back(); }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.thresholds[0].values = {3, 1, 2}; }) != "");
  CHECK(broken_layer([](Layer& layer) {
          layer.thresholds[0] = {ChannelThresholds::Direction::Falling, {1, 2, 3}};
        }) != "");
  CHECK(broken_layer([](Layer& layer) { layer.output_bits = 3; }) != "");
}
