#include <catch2/catch.hpp>

#include "network/reference.h"
#include "network/support/compare.h"
#include "network/support/model_builder.h"

using namespace spinvp::network;
using namespace spinvp::test;

namespace {

const Numbers three_by_three{1, 0, -1, 1, 1, 0, -1, 1, 0, 0, -1, 1, 1, -1, 1, 1,  0, -1,
                             1, 1, 0,  0, 1, 1, -1, 0, 1, 1, -1, 1, 0, 1,  0, -1, 1, 1};
const Attributes padded{attr("pads", Dims{1, 1, 1, 1})};

/// image -> two channels of quantised levels.
ModelBuilder stem(int bits) {
  ModelBuilder builder;
  builder.image(1, 5, 5).conv({2, 1, 3, 3}, Numbers(three_by_three.begin(), three_by_three.begin() + 18), padded,
                              "stem");
  builder.batch_norm({1.2f, -0.8f}, {0.4f, 0.5f}, {0.05f, -0.1f}, {1.5f, 2}).activation(bits);
  return builder;
}

ModelBuilder& main_path(ModelBuilder& builder, float second_gain = -0.41f) {
  builder.conv({2, 2, 3, 3}, three_by_three, padded, "main");
  return builder.batch_norm({0.53f, second_gain}, {-0.1f, 0.2f}, {0.05f, -0.1f}, {1.7f, 2.3f});
}

IntegerGraph finished(ModelBuilder& builder, int bits) {
  builder.activation(bits).conv({3, 2, 1, 1}, {1, -1, 0, 1, 1, 1}, {}, "next").activation(2);
  builder.fully_connected(2, Numbers(150, 1.0f));
  CHECK(difference_on_random_images(builder.model(), 41, 20) == "");
  return import(builder);
}

}  // namespace

TEST_CASE("an identity shortcut of levels is a residual") {
  const int bits = GENERATE(1, 2, 4, 8);
  INFO(bits);
  ModelBuilder builder = stem(bits);
  const std::string shortcut = builder.value();
  main_path(builder).add("Add", {shortcut}, {}, "join");
  const IntegerGraph graph = finished(builder, bits);
  REQUIRE(graph.layers.size() == 4);
  const Layer& layer = graph.layers[1];
  CHECK(layer.name == "main");
  CHECK(layer.residual.layer == 0);
  CHECK(layer.residual.fraction_bits > 20);
  CHECK(layer.residual.multipliers[0] > 0);
  CHECK(layer.residual.multipliers[1] < 0);
  CHECK(layer.thresholds[0].direction == ChannelThresholds::Direction::Rising);
  CHECK(layer.thresholds[1].direction == ChannelThresholds::Direction::Falling);
}

TEST_CASE("operands of a sum may stand in any order, and be subtracted") {
  for (const char* op : {"Add", "Sub"}) {
    for (const bool reversed : {false, true}) {
      INFO(op << reversed);
      ModelBuilder builder = stem(2);
      const std::string shortcut = builder.value();
      main_path(builder);
      if (reversed) {
        builder.add_reversed(op, shortcut);
      } else {
        builder.add(op, {shortcut});
      }
      CHECK(finished(builder, 2).layers[1].residual.layer == 0);
    }
  }
}

TEST_CASE("a projection without an activation is a layer of accumulators") {
  ModelBuilder builder = stem(2);
  const std::string trunk = builder.value();
  builder.conv({2, 2, 1, 1}, {1, -1, 1, 1}, {}, "projection")
      .batch_norm({0.9f, -1.1f}, {0.1f, 0.2f}, {0.3f, 0}, {1, 2});
  const std::string projected = builder.value();
  builder.set_value(trunk);
  main_path(builder).add("Add", {projected});
  const IntegerGraph graph = finished(builder, 3);
  REQUIRE(graph.layers.size() == 5);
  CHECK(graph.layers[1].name == "projection");
  CHECK(graph.layers[1].threshold_bits == 0);
  CHECK(graph.layers[2].name == "main");
  CHECK(graph.layers[2].residual.layer == 1);
  CHECK(graph.layers[2].source == 0);
}

TEST_CASE("a quantised projection and scaled levels are residuals") {
  ModelBuilder builder = stem(4);
  const std::string trunk = builder.value();
  builder.conv({2, 2, 1, 1}, {1, -1, 1, 1}, {}, "projection").activation(2).mul(0.37f);
  builder.add("Add", {builder.constant({2, 1, 1}, {-0.1f, 0.05f})});
  const std::string projected = builder.value();
  builder.set_value(trunk);
  main_path(builder).add("Add", {projected});
  const IntegerGraph graph = finished(builder, 3);
  CHECK(graph.layers[2].residual.layer == 1);
  CHECK(graph.layers[1].threshold_bits == 2);
}

TEST_CASE("a sum of two quantised streams is a layer without weights") {
  ModelBuilder builder = stem(4);
  const std::string trunk = builder.value();
  main_path(builder).activation(2).mul(0.71f).add("Add", {trunk}, {}, "join").mul(0.6f);
  const IntegerGraph graph = finished(builder, 4);
  REQUIRE(graph.layers.size() == 5);
  CHECK(graph.layers[2].name == "join");
  CHECK(graph.layers[2].kind == LayerKind::Elementwise);
}

TEST_CASE("a map can be added to itself, and the image to a layer") {
  ModelBuilder doubled = stem(2);
  doubled.add("Add", {doubled.value()}, {}, "join").mul(0.45f);
  CHECK(finished(doubled, 2).layers[1].residual.layer == 0);
  ModelBuilder image;
  image.image(2, 5, 5);
  const std::string pixels = image.value();
  main_path(image).add("Add", {pixels});
  const IntegerGraph graph = finished(image, 4);
  CHECK(graph.layers[0].kind == LayerKind::Elementwise);
  CHECK(graph.layers[0].output_bits == 8);
  CHECK(graph.layers[1].residual.layer == 0);
}

TEST_CASE("pooling behind a sum stands behind its thresholds") {
  ModelBuilder builder = stem(2);
  const std::string shortcut = builder.value();
  main_path(builder).add("Add", {shortcut}).add("MaxPool", {}, {attr("kernel_shape", Dims{2, 2})}).activation(2);
  builder.fully_connected(2, Numbers(64, 1.0f));
  CHECK(difference_on_random_images(builder.model(), 42, 20) == "");
  CHECK(import(builder).layers[1].pooling.stage == PoolStage::AfterThresholds);
}

TEST_CASE("blocks follow each other, and a map may have many readers") {
  ModelBuilder builder = stem(2);
  for (int block = 0; block < 3; ++block) {
    const std::string shortcut = builder.value();
    builder.conv({2, 2, 3, 3}, three_by_three, padded).batch_norm({0.7f, 0.6f}, {0.5f, 0.4f}, {0, 0}, {2, 2});
    builder.activation(2).conv({2, 2, 3, 3}, three_by_three, padded);
    builder.batch_norm({0.4f, -0.5f}, {0.1f, 0}, {0, 0.2f}, {2, 2}).add("Add", {shortcut}).activation(2);
  }
  builder.fully_connected(2, Numbers(100, 1.0f));
  CHECK(difference_on_random_images(builder.model(), 43, 20) == "");
  CHECK(import(builder).layers.size() == 8);
}

TEST_CASE("a sum that nothing quantises may be read by an activation and by the next sum") {
  ModelBuilder builder;
  builder.image(1, 5, 5).conv({2, 1, 3, 3}, Numbers(three_by_three.begin(), three_by_three.begin() + 18), padded,
                              "stem");
  builder.mul(1.0f / 255);
  int block = 0;
  for (const float gain : {0.53f, -0.41f, 0.77f}) {
    const std::string sum = builder.value();
    builder.batch_norm({0.31f, -0.7f}, {0.4f, 0.5f}, {0.05f, -0.1f}, {1.5f, 2}).activation(4);
    ++block;
    builder.conv({2, 2, 3, 3}, three_by_three, padded, "main" + std::to_string(block));
    builder.batch_norm({0.53f, gain}, {-0.1f, 0.2f}, {0.05f, -0.1f}, {1.7f, 2.3f}).add("Add", {sum});
  }
  builder.batch_norm({0.2f, -0.23f}, {0.4f, 0.5f}, {0.05f, -0.1f}, {1.5f, 2}).activation(4);
  builder.fully_connected(2, Numbers(100, 1.0f));
  const IntegerGraph graph = import(builder);
  // The stem twice, as values and as levels; two sums and their levels; the last sum, its levels, and the scores.
  CHECK(graph.layers.size() == 9);
  CHECK(!graph.layers[0].gives_levels());
  CHECK(graph.layers[1].name == "stem'");
  CHECK(graph.layers[1].gives_levels());
  CHECK(difference_on_random_images(builder.model(), 44, 40) == "");
}

TEST_CASE("signs of sums have room for the padding of the layer behind, however far the sums reach") {
  ModelBuilder builder;
  builder.image(1, 5, 5).conv({2, 1, 3, 3}, Numbers(three_by_three.begin(), three_by_three.begin() + 18), padded);
  builder.mul(1.0f / 255);
  for (int block = 0; block < 3; ++block) {
    const std::string sum = builder.value();
    builder.batch_norm({1.1f, -0.9f}, {0, 0.05f}, {0, 0}, {1, 1});
    builder.add("GreaterOrEqual", {builder.scalar(0)});
    const std::string condition = builder.value();
    builder.set_value(condition).add("Where", {builder.scalar(1), builder.scalar(-1)});
    builder.conv({2, 2, 3, 3}, three_by_three, padded).mul(0.11f).add("Add", {sum});
  }
  builder.activation(2).fully_connected(2, Numbers(100, 1.0f));
  CHECK(difference_on_random_images(builder.model(), 45, 40) == "");
}

TEST_CASE("a sum that only activations read is not kept as well") {
  ModelBuilder builder = stem(2);
  main_path(builder);
  const std::string sum = builder.value();
  builder.activation(2);
  const std::string first = builder.value();
  builder.set_value(sum).mul(0.5f).activation(2).add("Add", {first});
  const IntegerGraph graph = finished(builder, 4);
  for (std::size_t i = 0; i + 1 < graph.layers.size(); ++i) {
    CHECK(graph.layers[i].gives_levels());
  }
}

TEST_CASE("a batch-norm gain of zero on either side of a sum gives the model's levels") {
  const bool levels = GENERATE(true, false);
  for (const float gain : {0.0f, 1e-7f, 0.6f}) {
    for (const float other : {0.0f, 0.8f}) {
      INFO(levels << ' ' << gain << ' ' << other);
      ModelBuilder builder = stem(2);
      const std::string trunk = builder.value();
      std::string shortcut = trunk;
      if (!levels) {
        builder.conv({2, 2, 1, 1}, {1, -1, 1, 1}, {}, "projection");
      }
      builder.add("Mul", {builder.constant({2, 1, 1}, {other, 0.7f})});
      shortcut = builder.value();
      builder.set_value(trunk);
      main_path(builder, gain).add("Add", {shortcut});
      finished(builder, 2);
    }
  }
}
