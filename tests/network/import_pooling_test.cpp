#include <catch2/catch.hpp>

#include "network/float_reference.h"
#include "network/reference.h"
#include "network/support/compare.h"
#include "network/support/model_builder.h"

using namespace spinvp::network;
using namespace spinvp::test;

namespace {

const Attributes two_by_two{attr("kernel_shape", Dims{2, 2}), attr("strides", Dims{2, 2})};

ModelBuilder two_channels() {
  ModelBuilder builder;
  builder.image(1, 4, 4).conv({2, 1, 3, 3}, {1, 0, -1, 1, 1, 0, -1, 1, 0, 0, -1, 1, 1, -1, 1, 1, 0, -1},
                              {attr("pads", Dims{1, 1, 1, 1})});
  return builder;
}

ModelBuilder& normalise(ModelBuilder& builder, float second_gain = 0.8f) {
  return builder.batch_norm({1.2f, second_gain}, {0.3f, 0.4f}, {0.05f, -0.1f}, {0.5f, 2});
}

Layer first_layer(ModelBuilder& builder, int map_elements = 8) {
  Numbers weights;
  for (int i = 0; i < 2 * map_elements; ++i) {
    weights.push_back(i % 3 == 0 ? 1.0f : -1.0f);
  }
  builder.fully_connected(2, weights);
  CHECK(difference_on_random_images(builder.model(), 21, 20) == "");
  return import(builder).layers[0];
}

}  // namespace

TEST_CASE("maximum pooling directly after a layer works on accumulators") {
  const float second_gain = GENERATE(0.8f, -0.8f);
  ModelBuilder builder = two_channels();
  builder.add("MaxPool", {}, two_by_two);
  const Layer layer = first_layer(normalise(builder, second_gain).activation(2));
  CHECK(layer.pooling.kind == PoolKind::Max);
  CHECK(layer.pooling.stage == PoolStage::BeforeThresholds);
  CHECK(layer.pooling.kernel_height == 2);
  CHECK(layer.pooling.stride_x == 2);
  CHECK(layer.convolved == Shape{4, 4, 2});
  CHECK(layer.output == Shape{2, 2, 2});
}

TEST_CASE("maximum pooling after the activation works on levels") {
  ModelBuilder builder = two_channels();
  normalise(builder, -0.8f).activation(2).add("MaxPool", {}, two_by_two);
  const Layer layer = first_layer(builder);
  CHECK(layer.pooling.stage == PoolStage::AfterThresholds);
  CHECK(layer.output_bits == 2);
}

TEST_CASE("maximum pooling between batch norm and quantiser follows each channel's direction") {
  for (const float second_gain : {-0.8f, 0.8f}) {
    ModelBuilder builder = two_channels();
    normalise(builder, second_gain).add("MaxPool", {}, two_by_two).activation(2);
    const Layer layer = first_layer(builder);
    CHECK(layer.pooling.kind == (second_gain < 0 ? PoolKind::Monotone : PoolKind::Max));
    CHECK(layer.pooling.stage == PoolStage::BeforeThresholds);
  }
}

TEST_CASE("average pooling of activations is a sum whose division moves on") {
  ModelBuilder builder = two_channels();
  normalise(builder).activation(2).add("AveragePool", {}, two_by_two);
  const Layer layer = first_layer(builder);
  CHECK(layer.pooling.kind == PoolKind::Sum);
  CHECK(layer.pooling.stage == PoolStage::AfterThresholds);
  CHECK(layer.threshold_bits == 2);
  CHECK(layer.output_bits == 4);  // 4 * 3 = 12
}

TEST_CASE("the division of an average and a factor behind it reach the next thresholds") {
  ModelBuilder builder = two_channels();
  normalise(builder).activation(2).add("AveragePool", {}, two_by_two).mul(0.75f);
  builder.conv({2, 2, 1, 1}, {1, -1, 1, 1}).activation(4);
  CHECK(first_layer(builder).output_bits == 4);
}

TEST_CASE("average pooling of accumulators is a sum before the thresholds") {
  ModelBuilder builder = two_channels();
  builder.add("AveragePool", {}, two_by_two);
  const Layer layer = first_layer(normalise(builder, -0.8f).activation(2));
  CHECK(layer.pooling.kind == PoolKind::Sum);
  CHECK(layer.pooling.stage == PoolStage::BeforeThresholds);
}

TEST_CASE("average pooling between batch norm and quantiser moves before the batch norm") {
  ModelBuilder builder = two_channels();
  normalise(builder, -0.8f).add("AveragePool", {}, two_by_two).activation(2);
  CHECK(first_layer(builder).pooling.stage == PoolStage::BeforeThresholds);
}

TEST_CASE("global pooling is a window of the whole map") {
  for (const char* op : {"GlobalMaxPool", "GlobalAveragePool"}) {
    ModelBuilder builder = two_channels();
    normalise(builder).activation(2).add(op);
    const Layer layer = first_layer(builder, 2);
    CHECK(layer.pooling.kernel_height == 4);
    CHECK(layer.pooling.kernel_width == 4);
    CHECK(layer.output == Shape{1, 1, 2});
  }
}

TEST_CASE("pooling windows may overlap and leave a rest") {
  ModelBuilder builder = two_channels();
  normalise(builder).activation(2).add("MaxPool", {}, {attr("kernel_shape", Dims{3, 2}), attr("strides", Dims{1, 3})});
  CHECK(first_layer(builder, 4).output == Shape{2, 1, 2});
}

TEST_CASE("maximum pooling takes padding, on accumulators, between batch norm and quantiser, and on levels") {
  const int place = GENERATE(0, 1, 2);
  ModelBuilder builder;  // accumulators are below zero, so that zeros of the padding would show
  builder.image(1, 4, 4).conv({2, 1, 3, 3}, Numbers(18, -1.0f), {attr("pads", Dims{1, 1, 1, 1})});
  const auto pool = [&] {
    builder.add("MaxPool", {},
                {attr("kernel_shape", Dims{3, 3}), attr("strides", Dims{2, 2}), attr("pads", Dims{1, 1, 1, 1})});
  };
  if (place == 0) {
    pool();
  }
  normalise(builder, -0.8f);
  if (place == 1) {
    pool();
  }
  builder.activation(2);
  if (place == 2) {
    pool();
  }
  const Layer layer = first_layer(builder);
  CHECK(layer.output == Shape{2, 2, 2});
  CHECK(layer.pooling.pad_top == 1);
  CHECK(layer.pooling.pad_left == 1);
  CHECK(layer.pooling.pad_bottom == 0);  // no window reaches it
}

TEST_CASE("padding of pooling is read from auto_pad, and ceil_mode lets a last window leave the map") {
  const auto pooled = [](Attributes attributes, int elements) {
    ModelBuilder builder = two_channels();
    normalise(builder).activation(2).add("MaxPool", {}, attributes);
    return first_layer(builder, elements);
  };
  const Layer upper = pooled({attr("kernel_shape", Dims{2, 2}), attr("auto_pad", "SAME_UPPER")}, 32);
  CHECK(upper.output == Shape{4, 4, 2});
  CHECK((upper.pooling.pad_top == 0 && upper.pooling.pad_bottom == 1));
  const Layer lower = pooled({attr("kernel_shape", Dims{2, 2}), attr("auto_pad", "SAME_LOWER")}, 32);
  CHECK((lower.pooling.pad_top == 1 && lower.pooling.pad_bottom == 0));
  const Layer ceil = pooled({attr("kernel_shape", Dims{3, 3}), attr("strides", Dims{2, 2}), attr("ceil_mode", 1)}, 8);
  CHECK(ceil.output == Shape{2, 2, 2});
  CHECK(ceil.pooling.pad_bottom == 1);
  // With padding the third window would start behind the map: there are two.
  const Layer dropped = pooled({attr("kernel_shape", Dims{2, 2}), attr("strides", Dims{3, 3}),
                                attr("pads", Dims{1, 1, 1, 1}), attr("ceil_mode", 1)},
                               8);
  CHECK(dropped.output == Shape{2, 2, 2});
  CHECK(dropped.pooling.pad_bottom == 0);
}

TEST_CASE("averages count zeros of the padding where zero means zero") {
  const Attributes padded{attr("kernel_shape", Dims{3, 3}), attr("strides", Dims{2, 2}), attr("pads", Dims{1, 1, 1, 1}),
                          attr("count_include_pad", 1)};
  ModelBuilder levels = two_channels();
  normalise(levels).activation(2).add("AveragePool", {}, padded);
  CHECK(first_layer(levels).pooling.stage == PoolStage::AfterThresholds);
  ModelBuilder sums = two_channels();
  sums.add("AveragePool", {}, padded);
  CHECK(first_layer(normalise(sums, -0.8f).activation(2)).pooling.stage == PoolStage::BeforeThresholds);
  ModelBuilder offset = two_channels();
  normalise(offset).add("AveragePool", {}, padded).activation(2).fully_connected(2, Numbers(16, 1.0f));
  CHECK_THAT(refusal(offset), Catch::Contains("a bias or an offset has moved"));
}

TEST_CASE("scores may be averaged or maximised as accumulators") {
  for (const char* op : {"GlobalMaxPool", "GlobalAveragePool"}) {
    ModelBuilder builder = two_channels();
    builder.add(op).add("Flatten");
    const Layer layer = import(builder).layers[0];
    CHECK(layer.threshold_bits == 0);
    CHECK(layer.pooling.stage == PoolStage::BeforeThresholds);
    CHECK(difference_on_random_images(builder.model(), 22) == "");
  }
}

TEST_CASE("pooling that cannot be run is refused with the reason") {
  const auto refused = [](const std::string& op, Attributes attributes) {
    ModelBuilder builder = two_channels();
    normalise(builder).activation(2).add(op, {}, attributes, "pool");
    const std::string message = refusal(builder);
    CHECK_THAT(message, Catch::Contains("test.onnx: node 'pool' (" + op + ")"));
    return message;
  };
  const auto kernel = attr("kernel_shape", Dims{2, 2});
  CHECK_THAT(refused("MaxPool", {kernel, attr("pads", Dims{2, 0, 0, 0})}), Catch::Contains("pads [2, 0, 0, 0]"));
  CHECK_THAT(refused("MaxPool", {kernel, attr("pads", Dims{0, 0, 0, 2})}), Catch::Contains("expected less padding"));
  CHECK_THAT(refused("AveragePool", {kernel, attr("pads", Dims{1, 0, 0, 0})}),
             Catch::Contains("count_include_pad = 0"));
  CHECK_THAT(refused("AveragePool", {kernel, attr("auto_pad", "SAME_UPPER")}),
             Catch::Contains("count_include_pad = 0"));
  CHECK_THAT(refused("AveragePool", {attr("kernel_shape", Dims{3, 3}), attr("strides", Dims{2, 2}),
                                     attr("ceil_mode", 1), attr("count_include_pad", 1)}),
             Catch::Contains("ceil_mode"));
  CHECK_THAT(refused("MaxPool", {kernel, attr("dilations", Dims{2, 2})}), Catch::Contains("dilations"));
  CHECK_THAT(refused("MaxPool", {attr("kernel_shape", Dims{2})}), Catch::Contains("two spatial dimensions"));
  CHECK_THAT(refused("MaxPool", {attr("kernel_shape", Dims{9, 9})}), Catch::Contains("larger than"));
  CHECK_THAT(refused("MaxPool", {}), Catch::Contains("kernel_shape"));
}

TEST_CASE("sums of levels have up to twelve bits") {
  ModelBuilder builder = two_channels();
  normalise(builder).activation(8).add("GlobalAveragePool");
  const Layer layer = first_layer(builder, 2);
  CHECK(layer.threshold_bits == 8);
  CHECK(layer.output_bits == 12);
}

TEST_CASE("the mean of rows and columns is average pooling") {
  const std::int64_t keep = GENERATE(0, 1);
  ModelBuilder builder = two_channels();
  normalise(builder).activation(4).add("ReduceMean", {}, {attr("axes", Dims{2, -1}), attr("keepdims", keep)});
  if (keep == 0) {
    builder.add("Gemm", {builder.constant({2, 2}, {1, -1, 1, 1})}, {attr("transB", 1)});
  } else {
    builder.fully_connected(2, {1, -1, 1, 1});
  }
  CHECK(import(builder).layers[0].output_bits == 8);
  CHECK(difference_on_random_images(builder.model(), 23) == "");
  ModelBuilder channels = two_channels();
  channels.activation(2).add("ReduceMean", {}, {attr("axes", Dims{1})});
  CHECK_THAT(refusal(channels), Catch::Contains("takes the mean of axes [1]; expected rows and columns, [2, 3]"));
}

TEST_CASE("a mean of more than twelve bits becomes the mean of the layer behind it") {
  ModelBuilder builder;
  builder.image(1, 5, 5).conv({2, 1, 1, 1}, {1, -1});
  builder.batch_norm({1.2f, -0.8f}, {0.3f, 0.4f}, {0.05f, -0.1f}, {0.5f, 2}).activation(8).add("GlobalAveragePool");
  builder.fully_connected(3, {1, -1, 0, 1, 1, 1});
  const IntegerGraph graph = import(builder);
  CHECK(graph.layers[0].pooling.kind == PoolKind::None);
  CHECK(graph.layers[0].output_bits == 8);
  CHECK(graph.layers[1].kind == LayerKind::Convolution);
  CHECK(graph.layers[1].convolved == Shape{5, 5, 3});
  CHECK(graph.layers[1].pooling.kind == PoolKind::Sum);
  CHECK(graph.layers[1].output == Shape{1, 1, 3});
  const std::vector<std::uint8_t> image(25, 77);
  const auto values = FloatReference(builder.bytes(), "test.onnx", std::nullopt).run(image.data(), graph.input).scores;
  const auto scores = run_reference(graph, image.data()).back().values;
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(scores[i] / 255.0 / 25.0 == Approx(values[i]).margin(1e-6));
  }
  ModelBuilder wide;
  wide.image(1, 6, 6).conv({1, 1, 1, 1}, {1}, {}, "layer").activation(8);
  wide.add("AveragePool", {}, {attr("kernel_shape", Dims{5, 5})}, "mean").conv({1, 1, 2, 2}, {1, 1, -1, 1});
  CHECK_THAT(refusal(wide), Catch::Contains("node 'mean' (AveragePool): sums 25 activations of 8 bits, 13 bits"));
}

TEST_CASE("a second pooling is a layer of its own") {
  ModelBuilder builder = two_channels();
  normalise(builder, -0.8f).activation(2).add("MaxPool", {}, two_by_two).add("GlobalAveragePool", {}, {}, "mean");
  builder.fully_connected(2, {1, -1, 1, 1});
  const IntegerGraph graph = import(builder);
  REQUIRE(graph.layers.size() == 3);
  CHECK(graph.layers[1].name == "mean");
  CHECK(graph.layers[1].kind == LayerKind::Elementwise);
  CHECK(difference_on_random_images(builder.model(), 24, 20) == "");
}

TEST_CASE("a mean of more than twelve bits may be quantised again") {
  ModelBuilder builder;
  builder.image(1, 7, 7).conv({2, 1, 1, 1}, {1, -1});
  builder.batch_norm({1.2f, -0.8f}, {0.3f, 0.4f}, {0.05f, -0.1f}, {0.5f, 2}).activation(8).add("GlobalAveragePool");
  builder.activation(8).fully_connected(3, {1, -1, 0, 1, 1, 1});
  const IntegerGraph graph = import(builder);
  REQUIRE(graph.layers.size() == 3);
  CHECK(graph.layers[1].kind == LayerKind::Elementwise);
  CHECK(graph.layers[1].pooling.stage == PoolStage::BeforeThresholds);
  CHECK(difference_on_random_images(builder.model(), 26, 20) == "");
}

TEST_CASE("a mean behind another pooling may have twelve bits, too") {
  ModelBuilder builder = two_channels();
  normalise(builder).activation(8).add("MaxPool", {}, {attr("kernel_shape", Dims{2, 2})});
  builder.add("GlobalAveragePool", {}, {}, "mean").fully_connected(2, {1, -1, 1, 1});
  const IntegerGraph graph = import(builder);
  REQUIRE(graph.layers.size() == 3);
  CHECK(graph.layers[1].threshold_bits == 8);
  CHECK(graph.layers[1].output_bits > 8);
  CHECK(difference_on_random_images(builder.model(), 25, 20) == "");
}

TEST_CASE("the image itself can be pooled") {
  ModelBuilder builder;
  builder.image(1, 4, 4).add("MaxPool", {}, two_by_two, "pool").fully_connected(2, {1, -1, 1, 1, 1, 1, -1, 1});
  const IntegerGraph graph = import(builder);
  CHECK(graph.layers[0].kind == LayerKind::Elementwise);
  CHECK(graph.layers[0].output_bits == 8);
  CHECK(difference_on_random_images(builder.model(), 25, 20) == "");
}

TEST_CASE("an average that is rounded once more is a layer of its own") {
  ModelBuilder builder = two_channels();
  builder.activation(2).add("AveragePool", {}, two_by_two).activation(2).fully_connected(1, Numbers(8, 1.0f));
  const IntegerGraph graph = import(builder);
  REQUIRE(graph.layers.size() == 3);
  CHECK(graph.layers[1].kind == LayerKind::Elementwise);
  CHECK(graph.layers[1].input_bits == 4);
  CHECK(graph.layers[1].threshold_bits == 2);
  CHECK(difference_on_random_images(builder.model(), 25, 20) == "");
}

TEST_CASE("a maximum between two changes of sign is refused") {
  ModelBuilder builder = two_channels();
  builder.mul(-1).add("MaxPool", {}, two_by_two).mul(-1).activation(2).fully_connected(1, Numbers(8, 1.0f));
  CHECK_THAT(refusal(builder), Catch::Contains("(MaxPool): stands between"));
}
