#include <catch2/catch.hpp>
#include <random>

#include "network/support/compare.h"
#include "network/support/model_builder.h"

using namespace spinvp::network;
using namespace spinvp::test;

namespace {

/// Networks of two convolutions and a fully connected layer; the activation behind the first one is the test's.
class QuantiserNetwork {
 public:
  explicit QuantiserNetwork(unsigned seed = 1) : random_(seed) {
    builder.image(1, 5, 5).conv({4, 1, 2, 2}, weights(16), {}, "first");
    builder.batch_norm({0.9f, -1.2f, 0.7f, 0.5f}, {0.1f, -0.2f, 0.3f, 0}, {0.1f, 0.05f, -0.1f, 0},
                       {0.3f, 0.2f, 0.4f, 0.5f});
  }

  /// A node of QONNX or FINN.
  QuantiserNetwork& custom(const std::string& op, const std::vector<std::string>& further,
                           const Attributes& attributes = {}) {
    builder.add(op, further, attributes);
    auto* graph = builder.proto().mutable_graph();
    graph->mutable_node(graph->node_size() - 1)->set_domain("qonnx.custom_op.general");
    return *this;
  }

  QuantiserNetwork& quant(float scale, float zero, float bits, const Attributes& attributes = {}) {
    return custom("Quant", {builder.scalar(scale), builder.scalar(zero), builder.scalar(bits)}, attributes);
  }

  /// Closes the network and holds all layers against the model; gives the first.
  Layer first_layer() {
    builder.conv({3, 4, 2, 2}, weights(48), {}, "second").activation(2).fully_connected(2, weights(54));
    CHECK(difference_on_random_images(builder.model(), 17, 12) == "");
    return import(builder).layers[0];
  }

  ModelBuilder builder;

 private:
  Numbers weights(std::size_t count) {
    Numbers values;
    for (std::size_t i = 0; i < count; ++i) {
      values.push_back(0.25f * static_cast<float>(std::uniform_int_distribution<int>(-1, 1)(random_)));
    }
    return values;
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("Sign gives levels of -1 and +1") {
  QuantiserNetwork network;
  network.builder.add("Sign");
  const Layer layer = network.first_layer();
  CHECK(layer.base == -1);
}

TEST_CASE("a comparison and a choice are a binary activation") {
  QuantiserNetwork network;
  network.builder.add("GreaterOrEqual", {network.builder.scalar(0.1f)});
  network.builder.add("Where", {network.builder.scalar(1), network.builder.scalar(-1)});
  const Layer layer = network.first_layer();
  CHECK(layer.threshold_bits == 1);
  CHECK(layer.base == -1);
  CHECK(layer.step == 2);
}

TEST_CASE("a comparison cast to numbers is an activation of 0 and 1") {
  QuantiserNetwork network;
  network.builder.add_reversed("Greater", network.builder.constant({4, 1, 1}, {0.1f, -0.1f, 0, 0.2f}));
  network.builder.add("Cast", {}, {attr("to", 1)});
  const Layer layer = network.first_layer();
  CHECK(layer.threshold_bits == 1);
  CHECK(layer.base == 0);
}

TEST_CASE("Quant of every signedness and width is read") {
  for (int bits = 1; bits <= 8; ++bits) {
    for (const int is_signed : {0, 1}) {
      for (const int narrow : {0, 1}) {
        if (bits - narrow < 1) {
          continue;
        }
        INFO(bits << " bits, signed " << is_signed << ", narrow " << narrow);
        QuantiserNetwork network(static_cast<unsigned>(bits));
        network.quant(2.0f / static_cast<float>(1 << bits), 0, static_cast<float>(bits),
                      {attr("signed", is_signed), attr("narrow", narrow), attr("rounding_mode", "ROUND")});
        const Layer layer = network.first_layer();
        CHECK(layer.threshold_bits == bits);
        CHECK((layer.base < 0) == (is_signed == 1));
      }
    }
  }
}

TEST_CASE("Quant may have a zero point and any rounding mode") {
  for (const char* mode : {"ROUND", "FLOOR", "CEIL", "HALF_UP", "HALF_DOWN", "UP", "DOWN"}) {
    INFO(mode);
    QuantiserNetwork network;
    network.quant(0.25f, 3, 4, {attr("signed", 0), attr("rounding_mode", mode)});
    const Layer layer = network.first_layer();
    CHECK(layer.base == Approx(-0.75));
    CHECK(layer.threshold_bits == 4);
  }
}

TEST_CASE("padding around signed levels is the level of zero") {
  QuantiserNetwork network;
  network.quant(0.25f, 0, 3);
  network.builder.conv({1, 4, 2, 2}, Numbers(16, 1), {attr("pads", Dims{1, 1, 1, 1})});
  CHECK(import(network.builder).layers[1].pad_level == 4);
}

TEST_CASE("MultiThreshold is read with its scale and bias") {
  QuantiserNetwork network;
  network.custom("MultiThreshold",
                 {network.builder.constant({4, 3}, {-0.5f, 0, 0.5f, -1, 0.1f, 0.2f, 0, 1, 2, -2, -1, 0})},
                 {attr("out_scale", 2.0f), attr("out_bias", -3.0f)});
  const Layer layer = network.first_layer();
  CHECK(layer.threshold_bits == 2);
  CHECK(layer.base == -3);
  CHECK(layer.step == 2);
}

TEST_CASE("QuantizeLinear and DequantizeLinear are an activation") {
  QuantiserNetwork network;
  ModelBuilder& builder = network.builder;
  const std::string scale = builder.scalar(0.0625f);
  builder.add("QuantizeLinear", {scale}).add("DequantizeLinear", {scale});
  CHECK(network.first_layer().threshold_bits == 8);
}

TEST_CASE("Trunc takes bits off a quantised map") {
  QuantiserNetwork network;
  ModelBuilder& builder = network.builder;
  network.quant(0.125f, 0, 5, {attr("signed", 0)});
  network.custom("Trunc", {builder.scalar(0.125f), builder.scalar(0), builder.scalar(5), builder.scalar(3)});
  CHECK(network.first_layer().threshold_bits == 3);
}

TEST_CASE("curves may stand before a quantiser") {
  for (const char* curve : {"Tanh", "Sigmoid", "LeakyRelu", "HardSigmoid"}) {
    INFO(curve);
    QuantiserNetwork network;
    network.builder.add(curve);
    network.quant(0.125f, 0, 4);
    network.first_layer();
  }
  QuantiserNetwork parametric;
  parametric.builder.add("PRelu", {parametric.builder.constant({4, 1, 1}, {0.1f, 0.5f, 0, 1})});
  parametric.quant(0.125f, 0, 4);
  parametric.first_layer();
}

TEST_CASE("bounds may be written as Min and Max") {
  QuantiserNetwork network;
  ModelBuilder& builder = network.builder;
  builder.add("Min", {builder.scalar(1)}).add_reversed("Max", builder.scalar(-1));
  builder.mul(4).add("Round").mul(0.25f);
  const Layer layer = network.first_layer();
  CHECK(layer.threshold_bits == 4);
  CHECK(layer.base == -1);
}

TEST_CASE("a scale for each channel behind the rounding is refused") {
  QuantiserNetwork network;
  ModelBuilder& builder = network.builder;
  network.custom("Quant",
                 {builder.constant({1, 4, 1, 1}, {0.25f, 0.5f, 0.25f, 0.125f}), builder.scalar(0), builder.scalar(3)});
  builder.conv({1, 4, 1, 1}, {1, 1, -1, 1});
  CHECK_THAT(refusal(builder), Catch::Contains("a scale for each channel; expected one for all"));
}
