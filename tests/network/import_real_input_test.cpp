#include <catch2/catch.hpp>

#include "network/support/compare.h"
#include "network/support/model_builder.h"
#include "network/support/quantisers.h"

using namespace spinvp::network;
using namespace spinvp::test;

namespace {

/// A padded convolution on a real image of three channels, quantised, and scores.
ModelBuilder real_network() {
  ModelBuilder builder;
  builder.input({-1, 3, 4, 5}, ::onnx::TensorProto::FLOAT);
  Numbers weights;
  for (int i = 0; i < 54; ++i) {
    weights.push_back(static_cast<float>(i * 5 % 7 - 3));
  }
  builder.conv({2, 3, 3, 3}, weights, {attr("pads", Dims{1, 1, 1, 1})}, "first");
  quant(builder, 1.5f, 4, true);
  return builder.fully_connected(2, Numbers(80, 0.5f));
}

ImportedNetwork checked(const InputScaling& scaling) {
  const ModelBuilder builder = real_network();
  CHECK(difference_on_random_images(builder.model(), 81, 20, scaling) == "");
  return import(builder.model(), scaling);
}

}  // namespace

TEST_CASE("an image without an offset is padded with zeros") {
  const ImportedNetwork network = checked({1.0 / 255, {0}, {1}});
  CHECK(network.graph.layers[0].pad_level == 0);
  CHECK(network.graph.constants.empty());
  CHECK(network.notes.empty());
}

TEST_CASE("padding is the byte that stands for zero") {
  const ImportedNetwork network = checked({1.0 / 255, {0.4}, {0.5}});
  CHECK(network.graph.layers[0].pad_level == 102);
  CHECK(network.graph.constants.empty());
}

TEST_CASE("padding between two bytes is a map of constants") {
  const ImportedNetwork half = checked({1.0 / 255, {0.5}, {0.5}});
  REQUIRE(half.graph.constants.size() == 1);
  CHECK(half.graph.layers[0].residual.constant == 0);
  REQUIRE(half.notes.size() == 1);
  CHECK_THAT(half.notes[0], !Catch::Contains("rounded"));
  const ImportedNetwork means = checked({1.0 / 255, {0.49, 0.48, 0.44}, {0.25}});
  CHECK(means.graph.layers.size() == 2);
  CHECK_THAT(means.notes[0], Catch::Contains("rounded to 2^-"));
}

TEST_CASE("channels with scales of their own are layers of their own, padded with one byte or with a map") {
  const ImportedNetwork byte = checked({1.0 / 255, {0.4}, {0.7, 0.3, 0.3}});
  REQUIRE(byte.graph.layers.size() == 3);
  CHECK(byte.graph.layers[0].pad_level == 102);
  CHECK(byte.graph.layers[1].pad_level == 102);
  CHECK(byte.graph.constants.empty());
  const ImportedNetwork map = checked({1.0 / 255, {0.49, 0.48, 0.44}, {0.2023, 0.1994, 0.2010}});
  REQUIRE(map.graph.layers.size() == 4);
  CHECK(map.graph.constants.size() == 1);
}
