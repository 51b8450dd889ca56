#include <catch2/catch.hpp>
#include <functional>
#include <limits>

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
  return import(builder);
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
        "network 'network', layer 'first': there are 17 weights, expected 18");
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
  CHECK(broken_layer([](Layer& layer) { layer.weight_bits = 9; }) != "");
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

namespace {

/// Two convolutions on the image; the second adds the first one's levels or values, a last one gives scores.
IntegerGraph with_residual(bool values = false) {
  IntegerGraph graph;
  graph.name = "test";
  graph.input = {2, 2, 2};
  graph.input_bits = 2;
  for (const char* name : {"first", "second", "last"}) {
    Layer layer;
    layer.name = name;
    layer.input = layer.convolved = layer.output = {2, 2, 2};
    layer.input_bits = 2;
    layer.kernels = 2;
    layer.weights = {1, -1, 0, 1};
    graph.layers.push_back(layer);
  }
  const ChannelThresholds thresholds{ChannelThresholds::Direction::Rising, {-1, 0, std::int64_t{1} << 40}};
  Layer& second = graph.layers[1];
  second.residual = {0, 10, {300, -300}};
  if (!values) {
    second.source = 0;
    graph.layers[0].threshold_bits = graph.layers[0].output_bits = 2;
    graph.layers[0].thresholds.assign(2, {ChannelThresholds::Direction::Rising, {-1, 0, 1}});
  }
  second.threshold_bits = second.output_bits = 2;
  second.thresholds.assign(2, thresholds);
  graph.layers[2].source = 1;
  return graph;
}

std::string broken_residual(const std::function<void(IntegerGraph&)>& change, bool values = false) {
  IntegerGraph graph = with_residual(values);
  change(graph);
  try {
    validate(graph);
    return "";
  } catch (const spinvp::InputError& error) {
    return error.what();
  }
}

std::string broken_second(const std::function<void(Layer&)>& change) {
  return broken_residual([&](IntegerGraph& graph) { change(graph.layers[1]); });
}

}  // namespace

TEST_CASE("residuals of levels and of values are valid") {
  CHECK(broken_residual([](IntegerGraph&) {}) == "");
  CHECK(broken_residual([](IntegerGraph&) {}, true) == "");
}

TEST_CASE("every rule of residuals and sources is checked") {
  using Catch::Contains;
  CHECK_THAT(broken_second([](Layer& layer) { layer.residual.layer = 1; }), Contains("expected a layer before it"));
  CHECK_THAT(broken_second([](Layer& layer) { layer.residual.layer = -2; }), Contains("expected a layer before it"));
  CHECK_THAT(broken_residual([](IntegerGraph& graph) {
               graph.layers[2].residual.multipliers = {1, 1};
             }),
             Contains("without a residual"));
  CHECK_THAT(broken_second([](Layer& layer) { layer.residual.fraction_bits = 32; }), Contains("expected 0 to 31"));
  CHECK_THAT(broken_second([](Layer& layer) { layer.residual.multipliers.pop_back(); }), Contains("1 residual mult"));
  CHECK_THAT(broken_second([](Layer& layer) { layer.source = 1; }), Contains("a layer before it"));
  CHECK_THAT(broken_second([](Layer& layer) { layer.source = -2; }), Contains("a layer before it"));
  CHECK_THAT(broken_second([](Layer& layer) { layer.residual = {}; }), Contains("more than 32 bits"));
  CHECK_THAT(
      broken_second([](Layer& layer) { layer.pooling = {PoolKind::Max, PoolStage::BeforeThresholds, 1, 1, 1, 1}; }),
      Contains("behind the thresholds"));
  CHECK_THAT(broken_residual([](IntegerGraph& graph) { graph.layers[1].source = 0; }, true), Contains("no levels"));
  CHECK_THAT(broken_residual([](IntegerGraph& graph) {
               graph.layers[2].residual = {0, 0, {1, 1}};
             }),
             Contains("it has neither"));
  CHECK_THAT(broken_residual([](IntegerGraph& graph) { graph.layers[2].source = 0; }), Contains("no layer reads"));
  CHECK_THAT(broken_residual([](IntegerGraph& graph) {
               graph.layers[0].pooling = {PoolKind::Max, PoolStage::AfterThresholds, 2, 2, 1, 1};
               graph.layers[0].output = {1, 1, 2};
               graph.layers[1].source = image_input;
             }),
             Contains("its residual 'first' is 1 x 1 x 2, expected 2 x 2 x 2"));
}

TEST_CASE("a residual without thresholds needs an affine step, and no pooling") {
  using Catch::Contains;
  const auto sums = [](const std::function<void(IntegerGraph&)>& change) {
    return broken_residual([&](IntegerGraph& graph) {
      Layer& second = graph.layers[1];  // int32 values: read as a residual and by nobody else
      second.threshold_bits = second.output_bits = 0;
      second.thresholds.clear();
      second.residual.fraction_bits = 0;
      second.affine = {8, {100, -7}, {3, -3}};
      Layer& last = graph.layers[2];  // scores that are a sum
      last.source = 0;
      last.residual = {1, 0, {5, 6}};
      last.affine = {62, {1, 1}, {0, 0}};
      change(graph);
    });
  };
  CHECK(sums([](IntegerGraph&) {}) == "");
  CHECK_THAT(sums([](IntegerGraph& graph) { graph.layers[2].affine = {}; }), Contains("it has neither"));
  CHECK_THAT(sums([](IntegerGraph& graph) { graph.layers[1].residual.fraction_bits = 1; }),
             Contains("expected 0 to 0"));
  CHECK_THAT(sums([](IntegerGraph& graph) { graph.layers[2].residual.multipliers = {1}; }),
             Contains("1 residual mult"));
  for (const PoolStage stage : {PoolStage::BeforeThresholds, PoolStage::AfterThresholds}) {
    CHECK_THAT(sums([&](IntegerGraph& graph) { graph.layers[2].pooling = {PoolKind::Max, stage, 1, 1, 1, 1}; }),
               Contains("values with a residual cannot be pooled"));
  }
}

TEST_CASE("every rule of constant maps is checked") {
  using Catch::Contains;
  const auto broken = [](const std::function<void(IntegerGraph&)>& change) {
    return broken_residual([&](IntegerGraph& graph) {
      graph.constants = {{{2, 2, 2}, {1, -2, 3, -4, 5, -6, 7, -8}}};
      graph.layers[1].residual.layer = -1;
      graph.layers[1].residual.constant = 0;
      change(graph);
    });
  };
  CHECK(broken([](IntegerGraph&) {}) == "");
  CHECK_THAT(broken([](IntegerGraph& graph) { graph.layers[1].residual.constant = 1; }),
             Contains("constant map 1, of 1"));
  CHECK_THAT(broken([](IntegerGraph& graph) { graph.layers[1].residual.constant = -2; }), Contains("constant map -2"));
  CHECK_THAT(broken([](IntegerGraph& graph) { graph.layers[1].residual.layer = 0; }), Contains("both a layer and"));
  CHECK_THAT(broken([](IntegerGraph& graph) { graph.constants[0].values.pop_back(); }),
             Contains("7 values, expected 8"));
  CHECK_THAT(broken([](IntegerGraph& graph) { graph.constants[0].shape.height = 0; }),
             Contains("shape is out of range"));
  CHECK_THAT(broken([](IntegerGraph& graph) {
               graph.constants[0].shape = {1, 2, 4};
             }),
             Contains("its residual constant map 0 is 1 x 2 x 4, expected 2 x 2 x 2"));
  CHECK_THAT(broken([](IntegerGraph& graph) { graph.constants.push_back(graph.constants[0]); }),
             Contains("constant map 1: no layer adds it"));
}

TEST_CASE("a sum of accumulator and residual must fit 64 bits") {
  IntegerGraph graph = with_residual(true);
  graph.input_bits = 8;
  for (std::size_t i = 0; i < 2; ++i) {
    Layer& layer = graph.layers[i];
    layer.input_bits = 8;
    layer.weight_kind = WeightKind::Integer;
    layer.weight_bits = 8;
    layer.weights.assign(4, 127);
  }
  graph.layers[1].residual.fraction_bits = 31;
  graph.layers[1].residual.multipliers.assign(2, std::numeric_limits<std::int32_t>::max());
  CHECK_NOTHROW(validate(graph));  // 2 * 65,000 * 2^31
  for (std::size_t i = 0; i < 2; ++i) {
    Layer& layer = graph.layers[i];
    layer.pooling.kind = PoolKind::None;
    layer.input = {1, 1, 65535};
    layer.convolved = layer.output = {1, 1, 2};
    layer.weights.assign(2 * 65535, 127);
  }
  graph.input = {1, 1, 65535};
  graph.layers[2].input = graph.layers[2].convolved = graph.layers[2].output = {1, 1, 2};
  CHECK_NOTHROW(validate(graph));  // 2 * 2,122,379,025 * 2^31 < 2^63
  graph.layers[1].residual.multipliers.assign(2, std::numeric_limits<std::int32_t>::min());
  CHECK_NOTHROW(validate(graph));

  // Behind an affine step any int32 may come, and the offset wants its part of the 64 bits.
  Layer& sum = graph.layers[1];
  sum.threshold_bits = sum.output_bits = sum.residual.fraction_bits = 0;
  sum.thresholds.clear();
  graph.layers[0].affine = {0, {1, 1}, {0, 0}};
  graph.layers[2] = sum;
  graph.layers[2].name = "last";
  sum.affine = {0, {1, 1}, {0, 0}};
  graph.layers[2].residual.layer = 1;
  graph.layers[2].affine = {62, {1 << 29, 1}, {0, 0}};
  CHECK_NOTHROW(validate(graph));  // 2^60 + 2^62 + 2^61
  graph.layers[2].affine.offsets[0] = std::int64_t{1} << 60;
  CHECK_NOTHROW(validate(graph));
  graph.layers[2].affine.offsets[0] = (std::int64_t{1} << 61) - 1;
  CHECK_THROWS_WITH(validate(graph), Catch::Contains("accumulator and residual of channel 0 leave 64 bits"));
  // A constant map counts with the values that it has.
  graph.constants = {{{1, 1, 2}, {1000, std::numeric_limits<std::int32_t>::min()}}};
  graph.layers = {graph.layers[2]};
  graph.layers[0].residual.layer = -1;
  graph.layers[0].residual.constant = 0;
  CHECK_NOTHROW(validate(graph));
  graph.constants[0].values[0] = std::numeric_limits<std::int32_t>::min();
  CHECK_THROWS_WITH(validate(graph), Catch::Contains("accumulator and residual of channel 0 leave 64 bits"));
}

TEST_CASE("groups must divide channels and kernels") {
  const auto grouped = [](int groups, std::size_t weights) {
    return broken_second([&](Layer& layer) {
      layer.groups = groups;
      layer.weights.assign(weights, 1);
    });
  };
  CHECK(grouped(2, 2) == "");
  CHECK_THAT(grouped(2, 4), Catch::Contains("4 weights, expected 2"));
  CHECK_THAT(grouped(3, 4), Catch::Contains("3 groups do not divide"));
  CHECK_THAT(grouped(0, 4), Catch::Contains("0 groups"));
}

TEST_CASE("padding has a level of the input, and none where nothing is padded") {
  const auto padded = [](int level, int padding) {
    return broken_second([&](Layer& layer) {
      layer.pad_level = level;
      layer.pad_left = layer.pad_right = layer.pad_top = layer.pad_bottom = padding;
      if (padding > 0) {
        layer.residual = {};
        layer.thresholds.assign(2, {ChannelThresholds::Direction::Rising, {-1, 0, 1}});
        layer.kernel_height = layer.kernel_width = 2;  // spread, so that the map keeps its size
        layer.dilation_x = layer.dilation_y = 2;
        layer.weights.assign(16, 1);
        layer.pooling = {};
      }
    });
  };
  CHECK(padded(0, 0) == "");
  CHECK_THAT(padded(1, 0), Catch::Contains("pad_level is 1, expected 0 to 0 without padding"));
  CHECK(padded(3, 1) == "");
  CHECK_THAT(padded(4, 1), Catch::Contains("pad_level is 4, expected 0 to 3"));
  CHECK_THAT(padded(-1, 1), Catch::Contains("pad_level is -1, expected 0 to 3"));
}

TEST_CASE("pooling pads less than its window and gives as many outputs as windows fit") {
  // The first layer's map is 2 x 2 and pooled to 1 x 1.
  const auto padded = [](int first, int last, int kernel, int stride) {
    return broken_layer([&](Layer& layer) {
      layer.pooling.kernel_height = layer.pooling.kernel_width = kernel;
      layer.pooling.stride_y = layer.pooling.stride_x = stride;
      layer.pooling.pad_top = layer.pooling.pad_left = first;
      layer.pooling.pad_bottom = layer.pooling.pad_right = last;
    });
  };
  CHECK(padded(0, 0, 2, 2) == "");
  CHECK(padded(1, 0, 2, 2) == "");
  CHECK(padded(1, 1, 3, 2) == "");
  CHECK(padded(0, 2, 4, 1) == "");
  CHECK_THAT(padded(1, 1, 2, 2), Catch::Contains("the output shape is 1 x 1 x 2, expected 2 x 2 x 2"));
  CHECK_THAT(padded(2, 0, 2, 3), Catch::Contains("pooling pads 2 x 2 and 0 x 0 positions"));
  CHECK_THAT(padded(0, 3, 3, 5), Catch::Contains("expected fewer than its window's 3 x 3"));
  CHECK_THAT(padded(-1, 1, 2, 2), Catch::Contains("pooling pads -1 x -1"));
  CHECK_THAT(padded(0, 0, 3, 1), Catch::Contains("larger than the map"));
}

TEST_CASE("dilation spreads a kernel") {
  const auto dilated = [](int dilation, int side) {
    return broken_second([&](Layer& layer) {
      layer.residual = {};
      layer.thresholds.assign(2, {ChannelThresholds::Direction::Rising, {-1, 0, 1}});
      layer.kernel_height = layer.kernel_width = 2;
      layer.weights.assign(16, 1);
      layer.pad_left = layer.pad_right = layer.pad_top = layer.pad_bottom = 1;
      layer.dilation_x = layer.dilation_y = dilation;
      layer.convolved = layer.output = {side, side, 2};
      layer.pooling = {};
    });
  };
  CHECK(dilated(2, 2) == "");
  CHECK_THAT(dilated(2, 3), Catch::Contains("expected 2 x 2 x 2"));
  CHECK_THAT(dilated(4, 1), Catch::Contains("larger than the padded input"));
  CHECK_THAT(dilated(0, 3), Catch::Contains("dilation is out of range"));
}

TEST_CASE("binary weights of several bits are odd") {
  const auto weights = [](std::vector<std::int16_t> values, int bits) {
    return broken_second([&](Layer& layer) {
      layer.weight_kind = WeightKind::Binary;
      layer.weight_bits = bits;
      layer.weights = std::move(values);
    });
  };
  CHECK(weights({-3, -1, 1, 3}, 2) == "");
  CHECK(weights({-255, 255, 1, 1}, 8) == "");
  CHECK_THAT(weights({-3, -1, 1, 2}, 2), Catch::Contains("weight 2"));
  CHECK_THAT(weights({-3, -1, 1, 5}, 2), Catch::Contains("weight 5"));
  CHECK_THAT(weights({-3, -1, 1, 3}, 9), Catch::Contains("expected 1 to 8"));
}

TEST_CASE("levels have up to twelve bits when they are summed") {
  const auto summed = [](int bits, int output_bits) {
    return broken_residual([&](IntegerGraph& graph) {
      Layer& layer = graph.layers[1];
      layer.threshold_bits = bits;
      layer.thresholds.assign(2, {ChannelThresholds::Direction::Rising, {}});
      for (ChannelThresholds& channel : layer.thresholds) {
        channel.values.assign((std::size_t{1} << bits) - 1, 5);
      }
      layer.pooling = {PoolKind::Sum, PoolStage::AfterThresholds, 2, 2, 1, 1};
      layer.output = {1, 1, 2};
      layer.output_bits = output_bits;
      Layer& last = graph.layers[2];
      last.input = last.convolved = last.output = {1, 1, 2};
      last.input_bits = output_bits;
    });
  };
  CHECK(summed(8, 10) == "");
  CHECK_THAT(summed(8, 9), Catch::Contains("expected 10"));
}

TEST_CASE("elementwise layers have no weights, windows or groups") {
  const auto elementwise = [](const std::function<void(Layer&)>& change) {
    return broken_second([&](Layer& layer) {
      layer.kind = LayerKind::Elementwise;
      layer.weights.clear();
      change(layer);
    });
  };
  CHECK(elementwise([](Layer&) {}) == "");
  CHECK_THAT(elementwise([](Layer& layer) { layer.weights = {1}; }), Catch::Contains("no weights"));
  CHECK_THAT(elementwise([](Layer& layer) { layer.groups = 2; }), Catch::Contains("one group"));
  CHECK_THAT(elementwise([](Layer& layer) { layer.kernels = 4; }), Catch::Contains("expected 2 x 2 x 4"));
  CHECK_THAT(elementwise([](Layer& layer) { layer.kernel_width = 2, layer.pad_left = 1; }),
             Catch::Contains("elementwise layer"));
  CHECK_THAT(elementwise([](Layer& layer) { layer.dilation_x = 2; }), Catch::Contains("no stride, dilation"));
}

TEST_CASE("an affine step stands on values alone") {
  const auto affine = [](const std::function<void(Layer&)>& change) {
    return broken_residual([&](IntegerGraph& graph) {
      graph.layers[2].affine = {4, {3, -3}, {100, -100}};
      change(graph.layers[2]);
    });
  };
  CHECK(affine([](Layer&) {}) == "");
  CHECK_THAT(affine([](Layer& layer) { layer.affine.gains.pop_back(); }), Catch::Contains("1 gains"));
  CHECK_THAT(affine([](Layer& layer) { layer.affine.gains.clear(); }), Catch::Contains("without gains"));
  CHECK_THAT(affine([](Layer& layer) { layer.affine.shift = 63; }), Catch::Contains("shift is 63"));
  CHECK_THAT(affine([](Layer& layer) { layer.affine.offsets[0] = std::numeric_limits<std::int64_t>::max(); }),
             Catch::Contains("leave 64 bits"));
  CHECK_THAT(broken_second([](Layer& layer) {
               layer.affine = {0, {1, 1}, {0, 0}};
             }),
             Catch::Contains("does not go with thresholds"));
}

TEST_CASE("monotone pooling stands before thresholds") {
  const Pooling before{PoolKind::Monotone, PoolStage::BeforeThresholds, 2, 2, 1, 1};
  const Pooling after{PoolKind::Monotone, PoolStage::AfterThresholds, 2, 2, 1, 1};
  CHECK(broken_layer([&](Layer& layer) { layer.pooling = before; }) == "");
  CHECK_THAT(broken_layer([&](Layer& layer) { layer.pooling = after; }), Catch::Contains("before thresholds"));
}
