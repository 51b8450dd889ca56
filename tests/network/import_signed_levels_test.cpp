#include <catch2/catch.hpp>

#include "network/support/compare.h"
#include "network/support/model_builder.h"
#include "network/support/quantisers.h"

using namespace spinvp::network;
using namespace spinvp::test;

namespace {

const Attributes padded{attr("pads", Dims{1, 1, 1, 1})};
const Numbers eighteen{1, 0, -1, 1, 1, 0, -1, 1, 0, 0, -1, 1, 1, -1, 1, 1, 0, -1};
const Numbers thirty_six{1, 0, -1, 1, 1, 0, -1, 1, 0, 0, -1, 1, 1, -1, 1, 1,  0, -1,
                         1, 1, 0,  0, 1, 1, -1, 0, 1, 1, -1, 1, 0, 1,  0, -1, 1, 1};

ModelBuilder stem() {
  ModelBuilder builder;
  builder.image(1, 5, 5).conv({2, 1, 3, 3}, eighteen, padded, "stem");
  builder.batch_norm({1.2f, -0.8f}, {0.4f, 0.5f}, {0.05f, -0.1f}, {0.2f, 0.3f});
  return builder;
}

/// A second convolution with padding, then scores; holds all layers against the model.
IntegerGraph finished(ModelBuilder& builder, const Attributes& window = padded, int features = 50) {
  builder.conv({2, 2, 3, 3}, thirty_six, window, "second");
  builder.batch_norm({0.53f, -0.41f}, {-0.1f, 0.2f}, {0.05f, -0.1f}, {1.7f, 2.3f}).activation(2);
  Numbers weights;
  for (int i = 0; i < 2 * features; ++i) {
    weights.push_back(i % 3 == 0 ? 1.0f : -1.0f);
  }
  builder.fully_connected(2, weights);
  CHECK(difference_on_random_images(builder.model(), 51, 20) == "");
  return import(builder);
}

}  // namespace

TEST_CASE("signed levels count from the lowest, and padding is the level that stands for zero") {
  ModelBuilder builder = stem();
  quant(builder, 0.25f, 4, true);
  const IntegerGraph graph = finished(builder);
  CHECK(graph.layers[0].output_bits == 4);
  CHECK(graph.layers[0].step == 0.25);
  CHECK(graph.layers[0].base == -2);
  CHECK(graph.layers[1].pad_level == 8);
}

TEST_CASE("a narrow quantiser of two bits has three levels") {
  ModelBuilder builder = stem();
  quant(builder, 0.5f, 2, true, true);
  const IntegerGraph graph = finished(builder);
  CHECK(graph.layers[0].output_bits == 2);
  CHECK(graph.layers[1].pad_level == 1);
}

TEST_CASE("a zero point moves the levels") {
  for (const float zero : {3.0f, 0.5f}) {
    INFO(zero);
    ModelBuilder builder = stem();
    quant(builder, 0.125f, 4, false, false, zero);
    const IntegerGraph graph = finished(builder);
    CHECK(graph.layers[0].base == -zero * 0.125);
    CHECK(graph.layers[1].pad_level == (zero == 3 ? 3 : 1));
    CHECK(graph.layers[0].output_bits == (zero == 3 ? 4 : 5));  // a level between the model's
  }
}

TEST_CASE("bipolar activations are one bit, or two where padding needs a level between them") {
  ModelBuilder valid = stem();
  bipolar(valid, 0.7f);
  const IntegerGraph without = finished(valid, {}, 18);
  CHECK(without.layers[0].output_bits == 1);
  CHECK(without.layers[0].step == Approx(1.4));
  ModelBuilder same = stem();
  bipolar(same, 0.7f);
  const IntegerGraph with = finished(same);
  CHECK(with.layers[0].output_bits == 2);
  CHECK(with.layers[1].pad_level == 1);
}

TEST_CASE("padding below all levels makes room for one") {
  ModelBuilder builder = stem();
  builder.activation(2).add("Add", {builder.scalar(1)});  // 1, 4/3, 5/3, 2
  const IntegerGraph graph = finished(builder);
  CHECK(graph.layers[0].output_bits == 3);
  CHECK(graph.layers[1].pad_level == 0);
}

TEST_CASE("a Pad node may fill with a level that is not zero") {
  ModelBuilder builder = stem();
  bipolar(builder, 1);
  builder.add("Pad", {builder.integers({0, 0, 1, 0, 0, 0, 1, 2}), builder.scalar(1)});
  const IntegerGraph graph = finished(builder, {}, 50);
  CHECK(graph.layers[0].output_bits == 1);
  CHECK(graph.layers[1].pad_level == 1);
  CHECK(graph.layers[1].pad_left == 0);
  CHECK(graph.layers[1].pad_right == 2);
}

TEST_CASE("signed levels can be added, pooled and averaged") {
  for (const char* pool : {"MaxPool", "AveragePool"}) {
    INFO(pool);
    ModelBuilder builder = stem();
    quant(builder, 0.25f, 3, true);
    const std::string shortcut = builder.value();
    builder.conv({2, 2, 3, 3}, thirty_six, padded, "main").add("Add", {shortcut});
    quant(builder, 0.5f, 4, true);
    builder.add(pool, {}, {attr("kernel_shape", Dims{2, 2})});
    finished(builder, padded, 32);
  }
}

TEST_CASE("a signed activation at the end gives scores") {
  ModelBuilder builder = stem();
  quant(builder, 0.25f, 3, true);
  builder.add("GlobalMaxPool").add("Flatten");
  CHECK(difference_on_random_images(builder.model(), 52, 20) == "");
}

TEST_CASE("weights are quantised inside the graph") {
  ModelBuilder builder = stem();
  quant(builder, 0.25f, 4, false);
  const std::string value = builder.value();
  builder.set_value(builder.constant({2, 2, 1, 1}, {0.3f, -0.7f, 0.05f, 1.4f}));
  quant(builder, 0.1f, 4, true, true);
  const std::string weights = builder.value();
  builder.set_value(value).add("Conv", {weights}, {}, "quantised").activation(2).fully_connected(2, Numbers(100, 1.0f));
  const IntegerGraph graph = import(builder);
  CHECK(graph.layers[1].weights == std::vector<std::int16_t>{3, -7, 0, 7});  // 0.05 is half a step: to even
  CHECK(difference_on_random_images(builder.model(), 53, 20) == "");
}
