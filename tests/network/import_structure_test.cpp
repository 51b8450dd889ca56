#include <catch2/catch.hpp>

#include "network/support/compare.h"
#include "network/support/model_builder.h"
#include "network/support/quantisers.h"

using namespace spinvp::network;
using namespace spinvp::test;

namespace {

const Attributes padded{attr("pads", Dims{1, 1, 1, 1})};

Numbers ternary(std::size_t count, int turn = 0) {
  Numbers weights;
  for (std::size_t i = 0; i < count; ++i) {
    weights.push_back(static_cast<float>((static_cast<int>(i * i) + turn) % 3 - 1));
  }
  return weights;
}

std::string checked(const ModelBuilder& builder) {
  return difference_on_random_images(builder.model(), 61, 15);
}

}  // namespace

TEST_CASE("a map may be flattened by its shape, computed in the graph") {
  ModelBuilder builder(11);
  builder.image(1, 4, 4).conv({2, 1, 3, 3}, ternary(18), padded).activation(2);
  const std::string map = builder.value();
  builder.add("Shape").add("Gather", {builder.integers({0})}, {attr("axis", 0)});
  builder.add("Concat", {builder.integers({-1})}, {attr("axis", 0)});
  const std::string shape = builder.value();
  builder.set_value(map).add("Reshape", {shape}).add("MatMul", {builder.constant({32, 2}, ternary(64, 1))});
  CHECK(checked(builder) == "");
}

TEST_CASE("a map may lose and regain dimensions of one") {
  ModelBuilder builder;
  builder.image(1, 3, 3).conv({4, 1, 3, 3}, ternary(36)).activation(2);
  builder.add("Squeeze", {builder.integers({2, 3})}).add("Unsqueeze", {builder.integers({2, 3})});
  builder.conv({2, 4, 1, 1}, ternary(8, 1)).add("Reshape", {builder.integers({1, 2})});
  CHECK(checked(builder) == "");
}

TEST_CASE("features may have one position while a batch norm works on them") {
  const auto behind_layer = [] {
    ModelBuilder builder;
    builder.image(1, 3, 3).conv({4, 1, 3, 3}, ternary(36)).add("Flatten").add("Unsqueeze", {builder.integers({2})});
    return builder;
  };
  ModelBuilder builder = behind_layer();
  builder.batch_norm({1.2f, -0.8f, 0.7f, 1}, {0.3f, 0.4f, 0, 0.1f}, {5, 3, 1, 0}, {90000, 80000, 70000, 90000});
  builder.add("Mul", {builder.constant({4, 1}, {0.9f, 0.8f, 1.1f, 1})}).activation(2);
  builder.add("Squeeze", {builder.integers({2})}).add("MatMul", {builder.constant({4, 2}, ternary(8, 1))});
  CHECK(checked(builder) == "");
  ModelBuilder product = behind_layer();
  product.activation(2).add("MatMul", {product.constant({1, 2}, {1, -1})}, {}, "product");
  CHECK_THAT(refusal(product), Catch::Contains("'product' (MatMul): stands on features with a dimension behind them"));
}

TEST_CASE("channels may come last, as tf2onnx writes Keras networks") {
  ModelBuilder builder;
  builder.input({-1, 6, 5, 2}).add("Cast", {}, {attr("to", 1)}).mul(1.0f / 255);
  builder.add("Transpose", {}, {attr("perm", Dims{0, 3, 1, 2})}).conv({3, 2, 3, 3}, ternary(54), padded, "first");
  builder.add("Transpose", {}, {attr("perm", Dims{0, 2, 3, 1})});
  builder.add("Mul", {builder.constant({3}, {0.5f, -0.25f, 1})})
      .add("Sub", {builder.constant({1, 1, 1, 3}, {0, 1, -1})});
  builder.activation(2).add("Flatten").add("MatMul", {builder.constant({90, 2}, ternary(180, 1))});
  const IntegerGraph graph = import(builder);
  CHECK(graph.input == Shape{6, 5, 2});
  CHECK(checked(builder) == "");
}

TEST_CASE("a mean of rows and columns may stand on channels last") {
  ModelBuilder builder;
  builder.image(1, 4, 4).conv({3, 1, 3, 3}, ternary(27), padded).activation(2);
  builder.add("Transpose", {}, {attr("perm", Dims{0, 2, 3, 1})});
  builder.add("ReduceMean", {}, {attr("axes", Dims{1, 2}), attr("keepdims", 0)});
  builder.add("MatMul", {builder.constant({3, 2}, ternary(6, 1))});
  CHECK(checked(builder) == "");
}

TEST_CASE("a convolution on channels last is refused") {
  ModelBuilder builder;
  builder.image(2, 4, 4).add("Transpose", {}, {attr("perm", Dims{0, 2, 3, 1})}).conv({1, 2, 1, 1}, {1, 1});
  CHECK_THAT(refusal(builder), Catch::Contains("channels last"));
}

TEST_CASE("every second row and column with channels of zeros is a shortcut without weights of its own") {
  const std::int64_t top = GENERATE(0, 1);
  ModelBuilder builder;
  builder.image(2, 6, 6).conv({2, 2, 3, 3}, ternary(36), padded, "stem").activation(4);
  const std::string trunk = builder.value();
  builder.add("Slice", {builder.integers({top}), builder.integers({std::int64_t{1} << 62}), builder.integers({2}),
                        builder.integers({2})});
  builder.add("Slice", {builder.integers({0}), builder.integers({99}), builder.integers({3}), builder.integers({2})});
  builder.add("Pad", {builder.integers({0, 1, 0, 0, 0, 1, 0, 0})}, {}, "widen");
  const std::string shortcut = builder.value();
  builder.set_value(trunk).conv({4, 2, 3, 3}, ternary(72, 1),
                                {attr("pads", Dims{1, 1, 1, 1}), attr("strides", Dims{2, 2})}, "main");
  builder.add("Add", {shortcut}).activation(4).add("GlobalAveragePool").fully_connected(2, ternary(8, 2));
  const IntegerGraph graph = import(builder);
  REQUIRE(graph.layers.size() == 4);
  CHECK(graph.layers[1].name == "widen");
  CHECK(graph.layers[1].stride_y == 2);
  CHECK(graph.layers[1].weight_kind == WeightKind::Ternary);
  CHECK(graph.layers[2].residual.layer == 1);
  CHECK(checked(builder) == "");
}

TEST_CASE("a slice that cuts rows off the end is refused") {
  ModelBuilder builder;
  builder.image(1, 6, 6).conv({1, 1, 1, 1}, {1}).activation(2);
  builder.add("Slice", {builder.integers({0}), builder.integers({4}), builder.integers({2})}, {}, "cut");
  builder.conv({1, 1, 1, 1}, {1});
  CHECK_THAT(refusal(builder), Catch::Contains("node 'cut' (Slice): cuts rows or columns off the end"));
}

TEST_CASE("padding before a window becomes the window's own") {
  ModelBuilder builder;
  builder.image(1, 5, 5).add("Pad", {builder.integers({0, 0, 1, 0, 0, 0, 2, 1})});
  builder.conv({2, 1, 3, 3}, ternary(18), {}, "first").activation(2);
  builder.add("Pad", {builder.integers({0, 0, 0, 1, 0, 0, 1, 0})});
  builder.add("MaxPool", {}, {attr("kernel_shape", Dims{2, 2}), attr("strides", Dims{2, 2})});
  const IntegerGraph graph = import(builder.fully_connected(2, ternary(24, 1)));
  CHECK(graph.layers[0].pad_top == 1);
  CHECK(graph.layers[0].pad_bottom == 2);
  CHECK(graph.layers[0].pad_left == 0);
  CHECK(graph.layers[0].pad_right == 1);
  CHECK(graph.layers[0].pooling.pad_left == 1);
  CHECK(graph.layers[0].output == Shape{3, 2, 2});  // the last row is beyond the last window
  CHECK(checked(builder) == "");
}

TEST_CASE("padding that could be the largest of a maximum is refused") {
  ModelBuilder builder;
  builder.image(1, 5, 5).conv({2, 1, 3, 3}, ternary(18)).activation(2);
  builder.add("Pad", {builder.integers({0, 0, 1, 1, 0, 0, 0, 0}), builder.scalar(0.5f)});
  builder.add("MaxPool", {}, {attr("kernel_shape", Dims{2, 2})}, "pool").fully_connected(1, Numbers(18, 1));
  CHECK_THAT(refusal(builder), Catch::Contains("node 'pool' (MaxPool)") && Catch::Contains("can be the largest"));
}

TEST_CASE("padding that several nodes read is padding for each") {
  ModelBuilder builder;
  builder.image(1, 4, 4).conv({2, 1, 1, 1}, {1, -1}).add("Add", {builder.scalar(0.4f)}).activation(2);
  builder.add("Pad", {builder.integers({0, 0, 1, 1, 0, 0, 1, 1})});
  const std::string around = builder.value();
  builder.conv({2, 2, 3, 3}, ternary(36)).activation(2);
  const std::string one = builder.value();
  builder.set_value(around).conv({2, 2, 3, 3}, ternary(36, 1)).add("Add", {one}).activation(2);
  builder.fully_connected(2, ternary(64, 2));
  CHECK(checked(builder) == "");
}

TEST_CASE("Softmax at the end is left out, and said to be") {
  ModelBuilder builder;
  builder.image(1, 2, 2).fully_connected(3, ternary(12));
  builder.add("Softmax", {}, {}, "probabilities");
  const ImportedNetwork network = import(builder.model(), std::nullopt);
  REQUIRE(network.notes.size() == 1);
  CHECK(network.notes[0] ==
        "node 'probabilities' (Softmax) at the end is left out: it does not change the order of scores");
  ModelBuilder inside;
  inside.image(1, 2, 2).add("Softmax").fully_connected(3, ternary(12));
  CHECK_THAT(refusal(inside), Catch::Contains("(Softmax): this operator cannot be run"));
}

TEST_CASE("a quantiser of what is quantised already costs no layer") {
  ModelBuilder builder;
  builder.image(1, 3, 3);
  quant(builder, 1.0f / 255, 8, false);
  builder.conv({2, 1, 3, 3}, ternary(18), {}, "only").add("Flatten");
  const IntegerGraph graph = import(builder);
  REQUIRE(graph.layers.size() == 1);
  CHECK(graph.layers[0].source == image_input);
  CHECK(checked(builder) == "");
}
