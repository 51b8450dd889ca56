#include "network/onnx/quantise/unquantised.h"

#include <catch2/catch.hpp>

#include "network/onnx/file/parse.h"
#include "network/support/model_builder.h"
#include "network/support/quantisers.h"

using namespace spinvp::network::onnx;
using namespace spinvp::test;
using Values = std::vector<std::string>;

namespace {

Graph graph_of(const ModelBuilder& builder) {
  return parse_bytes(builder.bytes(), "test.onnx");
}

Values missing(const ModelBuilder& builder) {
  return unquantised_values(graph_of(builder));
}

/// A 1 x 1 convolution of two channels.
ModelBuilder& layer(ModelBuilder& builder, const std::string& name) {
  return builder.conv({2, 2, 1, 1}, {0.1f, 0.2f, 0.3f, 0.4f}, {}, name);
}

ModelBuilder image() {
  ModelBuilder builder;
  builder.image(2, 4, 4);
  return builder;
}

ModelBuilder& norm(ModelBuilder& builder) {
  return builder.batch_norm({1, 2}, {0, 1}, {0, 0}, {1, 1});
}

}  // namespace

TEST_CASE("what a layer reads from another needs a quantiser, the image and scores do not") {
  ModelBuilder builder = image();
  layer(builder, "a").add("Relu", {}, {}, "relu");
  layer(builder, "b").add("Softmax");
  CHECK(missing(builder) == Values{"relu_out"});
}

TEST_CASE("the quantiser stands behind all that bends, and before pooling and reshaping") {
  ModelBuilder builder = image();
  norm(layer(builder, "a")).add("Clip", {builder.scalar(0), builder.scalar(6)}, {}, "relu6");
  builder.add("MaxPool", {}, {attr("kernel_shape", Dims{2, 2})}).add("GlobalAveragePool").mul(2);
  builder.fully_connected(2, {1.5f, 2, 3, 4.5f});
  CHECK(missing(builder) == Values{"relu6_out"});
}

TEST_CASE("sums of a layer that pools straight away are rounded first") {
  ModelBuilder builder = image();
  norm(layer(builder, "a"));
  const std::string normed = builder.value();
  builder.add("GlobalAveragePool").fully_connected(2, {1, 2, 3, 4.5f});
  CHECK(missing(builder) == Values{normed});
}

TEST_CASE("an image that channels scale of their own needs no quantiser") {
  ModelBuilder builder = image();
  norm(builder).add("Sub", {builder.constant({1, 2, 1, 1}, {0.4f, 0.5f})});
  layer(builder, "a");
  CHECK(missing(builder).empty());
}

TEST_CASE("what is quantised already stays, behind bounds, pooling and equal factors too") {
  ModelBuilder builder = image();
  quant(layer(builder, "a"), 0.5f, 4, true).add("Relu").add("MaxPool", {}, {attr("kernel_shape", Dims{2, 2})});
  builder.add("Mul", {builder.constant({1, 2, 1, 1}, {0.5f, 0.5f})});
  layer(builder, "b").activation(2);
  layer(builder, "c");
  CHECK(missing(builder).empty());
}

TEST_CASE("levels that channels scale differently, or that a curve bends, are rounded again") {
  ModelBuilder scaled = image();
  norm(quant(layer(scaled, "a"), 0.5f, 4, true));
  const std::string normed = scaled.value();
  layer(scaled, "b");
  CHECK(missing(scaled) == Values{normed});
  ModelBuilder bent = image();
  quant(layer(bent, "a"), 0.5f, 4, true).add("Tanh", {}, {}, "tanh");
  layer(bent, "b");
  CHECK(missing(bent) == Values{"tanh_out"});
}

TEST_CASE("a sum takes a layer's sums as they are, and needs levels of the other operand") {
  ModelBuilder builder = image();
  layer(builder, "a").add("Relu", {}, {}, "stream");
  const std::string stream = builder.value();
  norm(layer(builder, "b")).add("Add", {stream}).add("Relu", {}, {}, "out");
  layer(builder, "c");
  CHECK(missing(builder) == Values{"stream_out", "out_out"});
}

TEST_CASE("a 1 x 1 shortcut is added as sums, and a sum of three is rounded between") {
  ModelBuilder builder = image();
  const std::string start = builder.value();
  norm(layer(builder, "a"));
  const std::string first = builder.value();
  norm(layer(builder.set_value(start), "b")).add("Add", {first}, {}, "two");
  const std::string two = builder.value();
  layer(builder.set_value(start), "c").add("Add", {two}, {}, "three");
  CHECK(missing(builder) == Values{"two_out"});
}

TEST_CASE("a layer's sums that are read twice are rounded unless sums alone read them") {
  ModelBuilder builder = image();
  layer(builder, "a");
  const std::string stream = builder.value();
  norm(builder).add("Relu", {}, {}, "relu");
  layer(builder, "b").add("Add", {stream}, {}, "sum");
  CHECK(missing(builder) == Values{"a_out", "relu_out"});
}

TEST_CASE("two sums that have both other readers leave room where one is rounded") {
  ModelBuilder builder = image();
  const std::string start = builder.value();
  const std::string a = layer(builder, "a").value();
  const std::string b = layer(builder.set_value(start), "b").value();
  const std::string sum = builder.set_value(a).add("Add", {b}, {}, "sum").value();
  builder.set_value(a).add("Sub", {b}, {}, "difference").add("Add", {sum});
  CHECK(missing(builder) == Values{"a_out", "sum_out", "difference_out"});
}

TEST_CASE("a reshape by the map's own shape keeps levels") {
  ModelBuilder builder = image();
  quant(layer(builder, "a"), 0.5f, 4, false);
  const std::string map = builder.value();
  const std::string shape = builder.add("Shape").value();
  builder.set_value(map).add("Reshape", {shape});
  layer(builder, "b");
  CHECK(missing(builder).empty());
}

TEST_CASE("weights that are computed are no map") {
  ModelBuilder builder = image();
  layer(builder, "a").add("Relu", {}, {}, "relu");
  const std::string map = builder.value();
  builder.set_value(builder.constant({2, 2, 1, 1}, {1, 2, 3, 4}));
  const std::string weights = quant(builder, 0.5f, 4, true).value();
  builder.set_value(map).add("Conv", {weights});
  CHECK(missing(builder) == Values{"relu_out"});
}

TEST_CASE("values that padding is added to are known through pooling") {
  ModelBuilder builder = image();
  const std::string first = layer(builder, "a").value();
  const std::string pooled = builder.add("MaxPool", {}, {attr("kernel_shape", Dims{2, 2})}).value();
  const std::string second =
      builder.conv({2, 2, 1, 1}, {1, 2, 3, 4}, {attr("pads", Dims{0, 1, 0, 1})}).add("Relu").value();
  builder.add("MaxPool", {}, {attr("kernel_shape", Dims{3, 3}), attr("pads", Dims{1, 1, 1, 1})});
  layer(builder, "b");
  const std::set<std::string> padded = padded_values(graph_of(builder));
  CHECK(padded.count(first) == 1);
  CHECK(padded.count(pooled) == 1);
  CHECK(padded.count(second) == 0);
}
