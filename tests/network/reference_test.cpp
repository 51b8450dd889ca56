#include "network/reference.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace spinvp::network;
using Direction = ChannelThresholds::Direction;

namespace {

/// One kernel of 2 x 2 on a 3 x 3 image of one channel.
IntegerGraph one_layer() {
  Layer layer;
  layer.name = "layer";
  layer.input = {3, 3, 1};
  layer.kernels = 1;
  layer.kernel_height = 2;
  layer.kernel_width = 2;
  layer.weights = {1, -1, 0, 1};
  layer.convolved = layer.output = {2, 2, 1};
  IntegerGraph graph;
  graph.name = "test";
  graph.input = layer.input;
  graph.layers = {layer};
  return graph;
}

const std::uint8_t image[9] = {1, 2, 3, 4, 5, 6, 7, 8, 255};

std::vector<std::int32_t> run(const IntegerGraph& graph) {
  validate(graph);
  return run_reference(graph, image).back().values;
}

}  // namespace

TEST_CASE("the reference multiplies and accumulates") {
  CHECK(run(one_layer()) == std::vector<std::int32_t>{4, 5, 7, 254});
}

TEST_CASE("the reference pads with zeros") {
  IntegerGraph graph = one_layer();
  Layer& layer = graph.layers[0];
  layer.pad_top = layer.pad_left = 2;
  layer.stride_y = layer.stride_x = 2;
  layer.convolved = layer.output = {2, 2, 1};
  // Windows at (-2, -2), (-2, 0), (0, -2) and (0, 0).
  CHECK(run(graph) == std::vector<std::int32_t>{0, 0, 0, 4});
}

TEST_CASE("the reference pads with the padding's level") {
  IntegerGraph graph = one_layer();
  Layer& layer = graph.layers[0];
  layer.pad_top = layer.pad_left = 2;
  layer.pad_level = 9;
  layer.weights = {1, 1, 0, 1};
  layer.stride_y = layer.stride_x = 2;
  layer.convolved = layer.output = {2, 2, 1};
  std::vector<std::int32_t> expected = run(graph);
  CHECK(std::vector<std::int32_t>(expected.begin(), expected.end() - 1) == std::vector<std::int32_t>(3, 9 * 3));
}

TEST_CASE("the reference's windows leave the map: a maximum does not see what is outside, a sum counts it as zero") {
  IntegerGraph graph = one_layer();
  Layer& layer = graph.layers[0];
  layer.weights = {-1, -1, -1, -1};
  const std::vector<std::int32_t> sums = run(graph);
  REQUIRE(sums.size() == 4);
  layer.pooling = {PoolKind::Max, PoolStage::BeforeThresholds, 2, 2, 2, 2, 1, 1, 1, 1};
  layer.output = {2, 2, 1};
  CHECK(run(graph) == sums);  // one in each window
  layer.pooling.kernel_width = 3;
  layer.pooling.pad_right = 2;
  layer.output = {2, 2, 1};
  CHECK(run(graph) ==
        std::vector<std::int32_t>{std::max(sums[0], sums[1]), sums[1], std::max(sums[2], sums[3]), sums[3]});
  layer.pooling.kind = PoolKind::Sum;
  CHECK(run(graph) == std::vector<std::int32_t>{sums[0] + sums[1], sums[1], sums[2] + sums[3], sums[3]});
}

TEST_CASE("the reference pools accumulators and counts thresholds") {
  IntegerGraph graph = one_layer();
  Layer& layer = graph.layers[0];
  layer.pooling = {PoolKind::Sum, PoolStage::BeforeThresholds, 2, 1, 1, 1};
  layer.output = {1, 2, 1};
  layer.threshold_bits = 2;
  layer.output_bits = 2;
  layer.thresholds = {{Direction::Rising, {11, 12, 259}}};
  Layer last;
  last.name = "last";
  last.source = 0;
  last.kind = LayerKind::FullyConnected;
  last.input = {1, 2, 1};
  last.input_bits = 2;
  last.kernels = 1;
  last.kernel_height = 1;
  last.kernel_width = 2;
  last.weights = {1, 0};
  graph.layers.push_back(last);
  validate(graph);
  const auto outputs = run_reference(graph, image);
  CHECK(outputs[0].values == std::vector<std::int32_t>{1, 3});  // sums 11 and 259
  CHECK(outputs[0].bits == 2);
  CHECK(outputs[1].values == std::vector<std::int32_t>{1});
  CHECK(outputs[1].bits == 0);

  graph.layers[0].thresholds = {{Direction::Falling, {258, 11, 10}}};
  CHECK(run_reference(graph, image)[0].values == std::vector<std::int32_t>{2, 0});

  graph.layers[0].pooling = {PoolKind::Max, PoolStage::AfterThresholds, 2, 1, 1, 1};
  graph.layers[0].thresholds = {{Direction::Rising, {4, 5, 7}}};
  validate(graph);
  CHECK(run_reference(graph, image)[0].values == std::vector<std::int32_t>{3, 3});  // levels 1 2 / 3 3
}

TEST_CASE("the reference spreads dilated kernels and keeps groups apart") {
  IntegerGraph graph = one_layer();
  Layer& layer = graph.layers[0];
  layer.dilation_y = layer.dilation_x = 2;
  layer.convolved = layer.output = {1, 1, 1};
  CHECK(run(graph) == std::vector<std::int32_t>{1 - 3 + 255});

  graph.input = layer.input = {1, 3, 3};
  layer.kernel_height = layer.kernel_width = layer.dilation_x = 1;
  layer.kernels = layer.groups = 3;
  layer.weights = {1, -1, 0};
  layer.convolved = layer.output = {1, 3, 3};
  CHECK(run(graph) == std::vector<std::int32_t>{1, -2, 0, 4, -5, 0, 7, -8, 0});
}

TEST_CASE("the reference takes the smallest value where thresholds fall") {
  IntegerGraph graph = one_layer();
  graph.layers.push_back(graph.layers[0]);
  Layer& layer = graph.layers[0];
  layer.name = "pooled";
  layer.pooling = {PoolKind::Monotone, PoolStage::BeforeThresholds, 2, 2, 1, 1};
  layer.threshold_bits = layer.output_bits = 1;
  layer.kernels = 2;
  layer.weights = {1, -1, 0, 1, 1, -1, 0, 1};  // 4, 5, 7, 254
  layer.convolved = {2, 2, 2};
  layer.output = {1, 1, 2};
  layer.thresholds = {{Direction::Rising, {254}}, {Direction::Falling, {4}}};
  Layer& last = graph.layers[1];
  last.source = 0;
  last.kind = LayerKind::Elementwise;
  last.input = last.convolved = last.output = {1, 1, 2};
  last.input_bits = 1;
  last.kernels = 2;
  last.kernel_height = last.kernel_width = 1;
  last.weights.clear();
  CHECK(run(graph) == std::vector<std::int32_t>{1, 1});
  graph.layers[0].thresholds = {{Direction::Rising, {255}}, {Direction::Falling, {3}}};
  CHECK(run(graph) == std::vector<std::int32_t>{0, 0});
}

TEST_CASE("the reference adds residuals in fixed point and scales scores") {
  IntegerGraph graph = one_layer();
  for (const char* name : {"joined", "last"}) {
    graph.layers.push_back(graph.layers[0]);
    graph.layers.back().name = name;
  }
  Layer& joined = graph.layers[1];  // accumulators and values 4, 5, 7, 254
  joined.residual = {0, 4, {-24}};  // 16 acc - 24 value = -8 acc
  joined.threshold_bits = joined.output_bits = 2;
  joined.thresholds = {{Direction::Rising, {-56, -40, -32}}};
  Layer& last = graph.layers[2];
  last.source = 1;
  last.kind = LayerKind::Elementwise;
  last.input = last.convolved = last.output = {2, 2, 1};
  last.input_bits = 2;
  last.kernel_height = last.kernel_width = 1;
  last.weights.clear();
  CHECK(run(graph) == std::vector<std::int32_t>{3, 2, 1, 0});
  graph.layers[2].affine = {2, {-3}, {1}};
  CHECK(run(graph) == std::vector<std::int32_t>{-2, -1, 0, 0});  // -2, -1.25, -0.5, 0.25
  graph.layers[2].affine = {0, {1 << 30}, {0}};
  CHECK(run(graph)[0] == std::numeric_limits<std::int32_t>::max());
}

TEST_CASE("the reference adds residuals in affine steps") {
  IntegerGraph graph = one_layer();
  graph.layers[0].affine = {0, {1 << 28}, {0}};  // 4, 5, 7, 254 times 2^28; the last saturates
  for (const char* name : {"joined", "last"}) {
    graph.layers.push_back(one_layer().layers[0]);
    graph.layers.back().name = name;
  }
  graph.layers[1].residual = {0, 0, {-1}};
  graph.layers[1].affine = {28, {1 << 27}, {0}};  // -2, -2.5, -3.5, 119 + 2^-28
  graph.layers[2].residual = {1, 0, {3}};
  graph.layers[2].affine = {1, {1}, {-4}};
  CHECK(run(graph) == std::vector<std::int32_t>{-3, -2, -3, 304});
  graph.layers[2].affine = {0, {1}, {std::int64_t{1} << 40}};
  CHECK(run(graph) == std::vector<std::int32_t>(4, std::numeric_limits<std::int32_t>::max()));
}

TEST_CASE("the reference adds constant maps to accumulators") {
  IntegerGraph graph = one_layer();  // 4, 5, 7, 254
  graph.constants = {{{2, 2, 1}, {10, -20, 30, -40}}};
  graph.layers[0].residual.constant = 0;
  graph.layers[0].residual.multipliers = {-1};
  graph.layers[0].affine = {0, {2}, {0}};
  CHECK(run(graph) == std::vector<std::int32_t>{-2, 30, -16, 548});
}

TEST_CASE("the lowest index wins a tie of scores") {
  CHECK(argmax({3, 7, 7, -1}) == 1);
  CHECK(argmax({-5}) == 0);
  CHECK(argmax({0}) == 0);
  CHECK(argmax({5}) == 1);
}
