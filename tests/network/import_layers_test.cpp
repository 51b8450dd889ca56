#include <catch2/catch.hpp>

#include "network/support/compare.h"
#include "network/support/model_builder.h"

using namespace spinvp::network;
using namespace spinvp::test;

namespace {

/// image [1, 2, 2] -> Flatten, ready for a fully connected layer.
ModelBuilder flat_image() {
  ModelBuilder builder;
  builder.image(1, 2, 2).add("Flatten");
  return builder;
}

}  // namespace

TEST_CASE("a convolution's weights are reordered to kernel, row, column, channel") {
  ModelBuilder builder;
  builder.image(2, 1, 2).conv({1, 2, 1, 2}, {1, 0, -1, -1}, {}, "layer");
  const IntegerGraph graph = import(builder);
  REQUIRE(graph.layers.size() == 1);
  const Layer& layer = graph.layers[0];
  CHECK(layer.name == "layer");
  CHECK(layer.kind == LayerKind::Convolution);
  CHECK(layer.weight_kind == WeightKind::Ternary);
  CHECK(layer.weights == std::vector<std::int16_t>{1, -1, 0, -1});
  CHECK(layer.input == Shape{1, 2, 2});
  CHECK(layer.output == Shape{1, 1, 1});
  CHECK(layer.input_bits == 8);
  CHECK(layer.threshold_bits == 0);
}

TEST_CASE("strides and padding shape a convolution") {
  ModelBuilder builder;
  builder.image(1, 5, 7).conv({1, 1, 3, 2}, {1, -1, 1, -1, 1, -1},
                              {attr("strides", Dims{2, 3}), attr("pads", Dims{1, 0, 2, 1})});
  const Layer layer = import(builder).layers[0];
  CHECK(layer.convolved == Shape{3, 3, 1});
  CHECK(layer.pad_top == 1);
  CHECK(layer.pad_left == 0);
  CHECK(layer.pad_bottom == 2);
  CHECK(layer.pad_right == 1);
  CHECK(layer.stride_y == 2);
  CHECK(layer.stride_x == 3);
  CHECK(difference_on_random_images(builder.model(), 1) == "");
}

TEST_CASE("auto_pad keeps ceil(size / stride) and puts the odd pixel where it says") {
  const auto layer_of = [](const char* mode) {
    ModelBuilder builder;
    builder.image(1, 6, 5).conv({1, 1, 3, 4}, Numbers(12, 1.0f), {attr("auto_pad", mode), attr("strides", Dims{2, 1})});
    CHECK(difference_on_random_images(builder.model(), 2) == "");
    return import(builder).layers[0];
  };
  const Layer upper = layer_of("SAME_UPPER");
  CHECK(upper.convolved == Shape{3, 5, 1});
  CHECK(upper.pad_top == 0);
  CHECK(upper.pad_bottom == 1);
  CHECK(upper.pad_left == 1);
  CHECK(upper.pad_right == 2);
  const Layer lower = layer_of("SAME_LOWER");
  CHECK(lower.pad_top == 1);
  CHECK(lower.pad_left == 2);
  CHECK(layer_of("VALID").convolved == Shape{2, 2, 1});
}

TEST_CASE("Gemm takes its weights either way round, and MatMul as columns") {
  const Numbers rows{1, -1, 0, 1, 0, 1, 1, -1};     // [2 outputs, 4 features]
  const Numbers columns{1, 0, -1, 1, 0, 1, 1, -1};  // [4 features, 2 outputs]
  ModelBuilder transposed = flat_image();
  transposed.add("Gemm", {transposed.constant({2, 4}, rows)}, {attr("transB", 1)});
  ModelBuilder plain = flat_image();
  plain.add("Gemm", {plain.constant({4, 2}, columns)});
  ModelBuilder product = flat_image();
  product.add("MatMul", {product.constant({4, 2}, columns)});
  for (const ModelBuilder* builder : {&transposed, &plain, &product}) {
    const Layer layer = import(*builder).layers[0];
    CHECK(layer.kind == LayerKind::FullyConnected);
    CHECK(layer.weights == std::vector<std::int16_t>{1, -1, 0, 1, 0, 1, 1, -1});
    CHECK(layer.kernel_height == 2);
    CHECK(layer.kernel_width == 2);
    CHECK(layer.output == Shape{1, 1, 2});
    CHECK(difference_on_random_images(builder->model(), 3) == "");
  }
}

TEST_CASE("a fully connected layer's weights follow the map from channels first to channels last") {
  ModelBuilder builder;
  builder.image(2, 2, 1).add("Flatten");  // features: c0y0 c0y1 c1y0 c1y1
  builder.add("Gemm", {builder.constant({1, 4}, {1, 0, -1, -1})}, {attr("transB", 1)});
  CHECK(import(builder).layers[0].weights == std::vector<std::int16_t>{1, -1, 0, -1});
  CHECK(difference_on_random_images(builder.model(), 4) == "");
}

TEST_CASE("a network of fully connected layers on features is read") {
  ModelBuilder builder;
  builder.input({-1, 6}).add("Cast", {}, {attr("to", 1)}).add("Div", {builder.scalar(255)});
  builder.add("MatMul", {builder.constant({6, 2}, {1, -1, 1, 1, -1, -1, 1, 1, -1, 1, 1, 1})});
  builder.batch_norm({1, -1}, {0.5f, 0.2f}, {0.1f, 0.3f}, {4, 9}).activation(3);
  builder.add("MatMul", {builder.constant({2, 3}, {1, -1, 0, 0, 1, 1})});
  const IntegerGraph graph = import(builder);
  CHECK(graph.input == Shape{1, 1, 6});
  CHECK(graph.layers[0].weight_kind == WeightKind::Binary);
  CHECK(graph.layers[1].input_bits == 3);
  CHECK(difference_on_random_images(builder.model(), 5) == "");
}

TEST_CASE("Reshape, Identity and Dropout pass a map on") {
  ModelBuilder builder;
  builder.image(2, 2, 2).add("Identity").conv({2, 2, 1, 1}, {1, -1, -1, -1}).activation(1).add("Dropout");
  builder.add("Reshape", {builder.integers({0, -1})});
  builder.add("Gemm", {builder.constant({1, 8}, {1, -1, 1, -1, 1, -1, 1, 1})}, {attr("transB", 1)}).add("Identity");
  CHECK(import(builder).layers.size() == 2);
  CHECK(difference_on_random_images(builder.model(), 6) == "");
}

TEST_CASE("binary, ternary and few-bit weights are recognised") {
  const auto layer_of = [](const Numbers& weights) {
    ModelBuilder builder;
    builder.image(1, 2, 2).conv({1, 1, 2, 2}, weights);
    return import(builder).layers[0];
  };
  CHECK(layer_of({0.7f, -0.7f, 0.7f, 0.7f}).weight_kind == WeightKind::Binary);
  CHECK(layer_of({0.7f, -0.7f, 0, 0.7f}).weight_kind == WeightKind::Ternary);
  const Layer integer = layer_of({0.25f, -0.5f, 0.75f, 0});
  CHECK(integer.weight_kind == WeightKind::Integer);
  CHECK(integer.weight_bits == 3);
  CHECK(integer.weights == std::vector<std::int16_t>{1, -2, 3, 0});
}

TEST_CASE("a positive factor on the scores, and Gemm's alpha, leave the accumulators as they are") {
  ModelBuilder builder = flat_image();
  builder.add("Gemm", {builder.constant({1, 4}, {1, -1, 1, -1})}, {attr("transB", 1), attr("alpha", 0.5f)}).mul(0.25f);
  CHECK(difference_on_random_images(builder.model(), 7) == "");
}

TEST_CASE("constants may come from Constant nodes and from raw bytes") {
  ModelBuilder builder;
  builder.image(1, 1, 2).conv({1, 1, 1, 2}, {2, -2});
  ::onnx::ModelProto model = builder.model();
  auto* tensor = model.mutable_graph()->mutable_initializer(1);
  const float raw[2] = {3.0f, 0.0f};
  tensor->clear_float_data();
  tensor->set_raw_data(raw, sizeof raw);
  auto* node = model.mutable_graph()->add_node();
  node->set_op_type("Constant");
  node->add_output(tensor->name());
  auto* value = node->add_attribute();
  value->set_name("value");
  value->set_type(::onnx::AttributeProto::TENSOR);
  *value->mutable_t() = *tensor;
  model.mutable_graph()->mutable_initializer()->DeleteSubrange(1, 1);
  CHECK(import(model).layers[0].weights == std::vector<std::int16_t>{1, 0});
}

TEST_CASE("nodes without names, or with one name, give layers of unique names") {
  ModelBuilder builder;
  builder.image(1, 1, 2)
      .conv({1, 1, 1, 1}, {1})
      .activation(2)
      .conv({1, 1, 1, 1}, {1})
      .activation(2)
      .conv({1, 1, 1, 2}, {1, 1});
  ::onnx::ModelProto model = builder.model();
  int conv = 0;
  for (auto& node : *model.mutable_graph()->mutable_node()) {
    if (node.op_type() == "Conv") {
      node.set_name(conv++ < 2 ? "same" : "");
    }
  }
  const IntegerGraph graph = import(model);
  CHECK(graph.layers[0].name == "same");
  CHECK(graph.layers[1].name != "same");
  CHECK(graph.layers[2].name.rfind("Conv", 0) == 0);
}

TEST_CASE("nodes may stand in any order in the file") {
  ModelBuilder builder;
  builder.image(1, 1, 2).conv({1, 1, 1, 2}, {1, -1});
  ::onnx::ModelProto model = builder.model();
  model.mutable_graph()->mutable_node()->SwapElements(0, 2);
  CHECK(import(model).layers.size() == 1);
}
