#include <catch2/catch.hpp>

#include "network/support/compare.h"
#include "network/support/model_builder.h"

using namespace spinvp::network;
using namespace spinvp::test;
using Direction = ChannelThresholds::Direction;

namespace {

/// A layer of two channels; what follows is the test's.
ModelBuilder two_channels(std::int64_t opset = 13) {
  ModelBuilder builder(opset);
  builder.image(1, 3, 3).conv({2, 1, 2, 2}, {0.5f, -0.5f, 0, 0.5f, -0.5f, -0.5f, 0.5f, 0.5f});
  return builder;
}

/// Closes the network and holds it against the float evaluation.
Layer first_layer(ModelBuilder& builder) {
  builder.fully_connected(2, {1, -1, 1, -1, 1, -1, 1, -1, 1, 1, 1, 1, -1, -1, -1, -1});
  CHECK(difference_on_random_images(builder.model(), 11, 20) == "");
  return import(builder).layers[0];
}

}  // namespace

TEST_CASE("batch norm and a quantiser become thresholds") {
  ModelBuilder builder = two_channels();
  builder.batch_norm({1.5f, 0.8f}, {0.3f, 0.4f}, {0.05f, -0.1f}, {0.5f, 2}).activation(2);
  const Layer layer = first_layer(builder);
  CHECK(layer.threshold_bits == 2);
  CHECK(layer.output_bits == 2);
  CHECK(layer.thresholds.size() == 2);
  CHECK(layer.thresholds[0].direction == Direction::Rising);
}

TEST_CASE("a negative batch-norm gain turns the comparison") {
  ModelBuilder builder = two_channels();
  builder.batch_norm({1.5f, -0.8f}, {0.3f, 0.4f}, {0.05f, -0.1f}, {0.5f, 2}).activation(3);
  const Layer layer = first_layer(builder);
  CHECK(layer.thresholds[0].direction == Direction::Rising);
  CHECK(layer.thresholds[1].direction == Direction::Falling);
}

TEST_CASE("a batch-norm gain of zero gives a constant channel") {
  ModelBuilder builder = two_channels();
  builder.batch_norm({0, 1}, {0.6f, 0.4f}, {0.05f, -0.1f}, {0.5f, 2}).activation(2);
  const Layer layer = first_layer(builder);
  CHECK(layer.thresholds[0].values.size() == 3);
}

TEST_CASE("a bias of the convolution is folded") {
  ModelBuilder builder;
  builder.image(1, 3, 3);
  builder.add("Conv",
              {builder.constant({2, 1, 2, 2}, {1, -1, 1, 1, 1, 1, -1, -1}), builder.constant({2}, {0.25f, -0.5f})});
  builder.activation(3);
  first_layer(builder);
}

TEST_CASE("a bias of Gemm is folded with its beta") {
  ModelBuilder builder;
  builder.image(1, 1, 4).add("Flatten");
  builder.add("Gemm", {builder.constant({2, 4}, {1, -1, 1, 1, 0, 1, 1, -1}), builder.constant({2}, {0.25f, 0.5f})},
              {attr("transB", 1), attr("beta", 0.5f)});
  builder.activation(2).add("Gemm", {builder.constant({2, 2}, {1, -1, -1, 1})});
  CHECK(difference_on_random_images(builder.model(), 12, 20) == "");
}

TEST_CASE("weights with a scale per channel are folded into the thresholds") {
  ModelBuilder builder;
  builder.image(1, 3, 3).conv({2, 1, 2, 2}, {0.5f, -0.5f, 0, 0.5f, -0.3f, -0.3f, 0.3f, 0.3f}).activation(3);
  const Layer layer = first_layer(builder);
  CHECK(layer.weight_kind == WeightKind::Ternary);
}

TEST_CASE("per-channel and scalar arithmetic may stand in any order") {
  ModelBuilder builder = two_channels();
  builder.add("Mul", {builder.constant({2, 1, 1}, {1.5f, -0.7f})})
      .add("Add", {builder.constant({1, 2, 1, 1}, {0.1f, 0.9f})});
  builder.add("Sub", {builder.scalar(0.05f)}).add("Div", {builder.constant({1}, {0.9f})}).add("Relu");
  builder.activation(4);
  first_layer(builder);
}

TEST_CASE("a constant minus the map, and constants on the left, are read") {
  ModelBuilder builder = two_channels();
  builder.add_reversed("Sub", builder.scalar(0.5f));
  builder.add_reversed("Mul", builder.scalar(0.8f));
  builder.add_reversed("Add", builder.scalar(0.1f));
  builder.activation(2);
  const Layer layer = first_layer(builder);
  CHECK(layer.thresholds[0].direction == Direction::Falling);
}

TEST_CASE("a quantiser may floor, ceil or cast to integers") {
  for (const char* rounding : {"Floor", "Ceil", "Cast"}) {
    INFO(rounding);
    ModelBuilder builder = two_channels();
    builder.clip(0, 1).mul(7);
    builder.add(rounding, {}, std::string(rounding) == "Cast" ? Attributes{attr("to", 6)} : Attributes{});
    builder.add("Cast", {}, {attr("to", 1)}).add("Div", {builder.scalar(7)});
    CHECK(first_layer(builder).threshold_bits == 3);
  }
}

TEST_CASE("the bounds of Clip are attributes before operator set 11 and may be left out") {
  ModelBuilder old = two_channels(10);
  old.add("Clip", {}, {attr("min", 0.0f), attr("max", 1.0f)}).mul(3).add("Round");
  old.fully_connected(1, {1, -1, 1, -1, 1, -1, 1, -1});
  CHECK(import(old).layers[0].threshold_bits == 2);
  ModelBuilder open = two_channels();
  open.add("Clip", {open.scalar(0)}).add("Clip", {"", open.scalar(1)}).mul(3).add("Round");
  CHECK(first_layer(open).threshold_bits == 2);
}

TEST_CASE("activations of one to eight bits are read") {
  for (int bits = 1; bits <= 8; ++bits) {
    INFO(bits);
    ModelBuilder builder = two_channels();
    builder.batch_norm({1.3f, 0.8f}, {0.3f, 0.4f}, {0.05f, -0.1f}, {0.5f, 2}).activation(bits);
    CHECK(first_layer(builder).threshold_bits == bits);
  }
}

TEST_CASE("the scale of the image moves the thresholds") {
  ModelBuilder builder;
  builder.input({1, 1, 3, 3}).add("Cast", {}, {attr("to", 1)}).add("Div", {builder.scalar(100)});
  builder.conv({2, 1, 2, 2}, {1, -1, 1, 1, -1, -1, 1, 1}).activation(2);
  first_layer(builder);
}
