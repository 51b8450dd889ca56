#include <catch2/catch.hpp>

#include "network/support/compare.h"
#include "network/support/model_builder.h"

using namespace spinvp::network;
using namespace spinvp::test;

namespace {

using Type = ::onnx::TensorProto;

std::string integers_of(ModelBuilder& builder, Type::DataType type, const Dims& dims, const std::vector<int>& values) {
  static int count = 0;
  auto* tensor = builder.proto().mutable_graph()->add_initializer();
  tensor->set_name("integers" + std::to_string(++count));
  tensor->set_data_type(type);
  for (const std::int64_t dim : dims) {
    tensor->add_dims(dim);
  }
  for (const int value : values) {
    tensor->add_int32_data(value);
  }
  return tensor->name();
}

std::string byte(ModelBuilder& builder, int value) {
  return integers_of(builder, Type::UINT8, {}, {value});
}

std::vector<int> weights_of(std::size_t count, int low, int high) {
  std::vector<int> weights;
  for (std::size_t i = 0; i < count; ++i) {
    weights.push_back(low + static_cast<int>(i * 37 % static_cast<std::size_t>(high - low + 1)));
  }
  return weights;
}

/// A real image that QuantizeLinear makes bytes again.
ModelBuilder quantised_image(int channels, int size) {
  ModelBuilder builder;
  builder.image(channels, size, size).add("QuantizeLinear", {builder.scalar(1.0f / 255), byte(builder, 0)});
  return builder;
}

ModelBuilder& qlinear_conv(ModelBuilder& builder, const Dims& dims, int input_zero, int output_zero, bool per_channel,
                           Type::DataType weight_type, int weight_zero, const std::string& name) {
  const auto kernels = static_cast<std::size_t>(dims[0]);
  const auto count = static_cast<std::size_t>(dims[0] * dims[1] * dims[2] * dims[3]);
  const bool is_signed = weight_type == Type::INT8;
  const std::string weights =
      integers_of(builder, weight_type, dims, weights_of(count, is_signed ? -100 : 28, is_signed ? 100 : 228));
  const Numbers scales = per_channel ? Numbers{0.011f, 0.02f, 0.007f} : Numbers{0.01f};
  const std::string scale = builder.constant(per_channel ? Dims{static_cast<std::int64_t>(kernels)} : Dims{}, scales);
  const std::string zero = integers_of(builder, weight_type, per_channel ? Dims{dims[0]} : Dims{},
                                       std::vector<int>(per_channel ? kernels : 1, weight_zero));
  const std::string bias = integers_of(builder, Type::INT32, {dims[0]}, weights_of(kernels, -900, 900));
  return builder.add("QLinearConv",
                     {builder.scalar(0.02f), byte(builder, input_zero), weights, scale, zero, builder.scalar(0.35f),
                      byte(builder, output_zero), bias},
                     {attr("pads", Dims{1, 1, 1, 1})}, name);
}

}  // namespace

TEST_CASE("QLinearConv is a layer of integers with zero points") {
  const bool per_channel = GENERATE(false, true);
  for (const int zero : {0, 128, 77}) {
    INFO(per_channel << zero);
    ModelBuilder builder = quantised_image(2, 5);
    qlinear_conv(builder, {3, 2, 3, 3}, 0, zero, per_channel, Type::INT8, 0, "first");
    qlinear_conv(builder, {3, 3, 3, 3}, zero, 100, per_channel, Type::UINT8, 128, "second");
    builder.add("DequantizeLinear", {builder.scalar(0.35f), byte(builder, 100)}).fully_connected(2, Numbers(150, 0.5f));
    const IntegerGraph graph = import(builder);
    REQUIRE(graph.layers.size() == 3);
    CHECK(graph.layers[0].name == "first");
    CHECK(graph.layers[1].pad_level == zero);
    CHECK(graph.layers[1].weight_bits == 8);
    CHECK(difference_on_random_images(builder.model(), 71, 10) == "");
  }
}

TEST_CASE("QLinearMatMul is a fully connected layer") {
  ModelBuilder builder = quantised_image(1, 4);
  builder.add("Flatten");
  const std::string weights = integers_of(builder, Type::INT8, {16, 3}, weights_of(48, -8, 7));
  builder.add("QLinearMatMul", {builder.scalar(1.0f / 255), byte(builder, 0), weights, builder.scalar(0.25f),
                                integers_of(builder, Type::INT8, {}, {0}), builder.scalar(0.1f), byte(builder, 120)});
  CHECK(import(builder).layers[0].weight_bits == 4);
  CHECK(difference_on_random_images(builder.model(), 72, 10) == "");
}

TEST_CASE("ConvInteger and MatMulInteger give sums that the graph scales") {
  ModelBuilder builder = quantised_image(1, 4);
  const std::string kernels = integers_of(builder, Type::UINT8, {2, 1, 3, 3}, weights_of(18, 120, 135));
  builder.add("ConvInteger", {kernels, byte(builder, 0), byte(builder, 128)}, {attr("pads", Dims{1, 1, 1, 1})}, "conv");
  builder.add("Cast", {}, {attr("to", 1)}).mul(0.003f).add("Relu");
  builder.add("QuantizeLinear", {builder.scalar(0.05f), byte(builder, 0)}).add("Flatten");
  const std::string matrix = integers_of(builder, Type::INT8, {32, 2}, weights_of(64, -1, 1));
  builder.add("MatMulInteger", {matrix, byte(builder, 0)}, {}, "matmul").add("Cast", {}, {attr("to", 1)}).mul(0.02f);
  const IntegerGraph graph = import(builder);
  REQUIRE(graph.layers.size() == 2);
  CHECK(graph.layers[0].weight_bits == 4);
  CHECK(graph.layers[1].weight_kind == WeightKind::Ternary);
  CHECK(difference_on_random_images(builder.model(), 73, 10) == "");
}

TEST_CASE("pairs of QuantizeLinear and DequantizeLinear are quantisers") {
  ModelBuilder builder = quantised_image(1, 4);
  builder.add("DequantizeLinear", {builder.scalar(1.0f / 255), byte(builder, 0)});
  const std::string stored = integers_of(builder, Type::INT8, {2, 1, 3, 3}, weights_of(18, -50, 50));
  const std::string map = builder.value();
  builder.set_value(stored).add("DequantizeLinear",
                                {builder.constant({2}, {0.01f, 0.02f}), integers_of(builder, Type::INT8, {2}, {0, 0})},
                                {attr("axis", 0)});
  const std::string weights = builder.value();
  builder.set_value(map).add("Conv", {weights}, {attr("pads", Dims{1, 1, 1, 1})}, "conv");
  const std::string zero = integers_of(builder, Type::INT8, {}, {-3});
  builder.add("QuantizeLinear", {builder.scalar(0.04f), zero}).add("DequantizeLinear", {builder.scalar(0.04f), zero});
  builder.conv({2, 2, 3, 3}, Numbers(36, 0.5f), {attr("pads", Dims{1, 1, 1, 1})}, "second")
      .add("GlobalMaxPool")
      .add("Flatten");
  const IntegerGraph graph = import(builder);
  REQUIRE(graph.layers.size() == 2);
  CHECK(graph.layers[1].pad_level == 125);
  CHECK(difference_on_random_images(builder.model(), 74, 10) == "");
}

TEST_CASE("a scale that the graph computes is refused") {
  ModelBuilder builder = quantised_image(1, 4);
  const std::string bytes = builder.value();
  const std::string kernels = integers_of(builder, Type::INT8, {1, 1, 1, 1}, {1});
  builder.add("QLinearConv",
              {"image", byte(builder, 0), kernels, builder.scalar(1), integers_of(builder, Type::INT8, {}, {0}),
               builder.scalar(1), byte(builder, 0)},
              {}, "conv");
  CHECK_THAT(refusal(builder), Catch::Contains("node 'conv' (QLinearConv): its scale 'image' is no constant"));
}
