#include <catch2/catch.hpp>

#include "network/support/compare.h"
#include "network/support/model_builder.h"

using namespace spinvp::network;
using namespace spinvp::test;
using Catch::Contains;

namespace {

/// Applies an operator to the constant `name`, whatever the builder stands on.
std::string on_constant(ModelBuilder& builder, const std::string& name, const std::string& op,
                        const std::vector<std::string>& further) {
  const std::string data = builder.value();
  builder.set_value(name).add(op, further);
  const std::string result = builder.value();
  builder.set_value(data);
  return result;
}

ModelBuilder image() {
  ModelBuilder builder;
  builder.image(1, 2, 2);
  return builder;
}

}  // namespace

TEST_CASE("weights stored as INT8 reach their layer through Cast and Mul") {
  ModelBuilder builder = image();
  builder.add("Conv", {builder.scaled_bytes({2, 1, 1, 2}, {1, -1, 0, 1}, 0.3f)});
  builder.activation(2).fully_connected(1, {1, 1, -1, 1});
  const Layer layer = import(builder).layers[0];
  CHECK(layer.weight_kind == WeightKind::Ternary);
  CHECK(layer.weights == std::vector<std::int16_t>{1, -1, 0, 1});
  CHECK(difference_on_random_images(builder.model(), 51) == "");
}

TEST_CASE("stored integers may have a scale per kernel, written either way round") {
  ModelBuilder builder = image();
  const std::string bytes = builder.scaled_bytes({2, 1, 1, 2}, {1, -1, -1, -1}, 1.0f);
  const std::string scales = builder.constant({2, 1, 1, 1}, {0.3f, -0.7f});
  builder.add("Conv", {on_constant(builder, scales, "Mul", {bytes})});
  builder.activation(2).fully_connected(1, {1, 1, -1, 1});
  const Layer layer = import(builder).layers[0];
  CHECK(layer.weight_kind == WeightKind::Binary);
  CHECK(layer.weights == std::vector<std::int16_t>{1, -1, 1, 1});
  CHECK(difference_on_random_images(builder.model(), 52) == "");
}

TEST_CASE("a scale per output of MatMul is a scale per kernel") {
  ModelBuilder builder;
  builder.image(1, 1, 3).add("Flatten");
  const std::string bytes = builder.scaled_bytes({3, 2}, {1, -1, -1, 1, 1, 1}, 1.0f);
  builder.add("MatMul", {on_constant(builder, bytes, "Mul", {builder.constant({2}, {0.31f, 0.77f})})});
  builder.activation(3).add("MatMul", {builder.constant({2, 1}, {1, -1})});
  CHECK(import(builder).layers[0].weight_kind == WeightKind::Binary);
  CHECK(difference_on_random_images(builder.model(), 53) == "");
}

TEST_CASE("arithmetic on constants is computed as it is written") {
  // DoReFa-Net's weights: 2 q / 3 - 1.
  ModelBuilder builder = image();
  const std::string q = builder.scaled_bytes({1, 1, 2, 2}, {0, 1, 2, 3}, 2.0f);
  const std::string thirds = on_constant(builder, q, "Div", {builder.scalar(3)});
  builder.add("Conv", {on_constant(builder, thirds, "Sub", {builder.scalar(1)})});
  const Layer layer = import(builder).layers[0];
  CHECK(layer.weight_kind == WeightKind::Binary);
  CHECK(layer.weight_bits == 2);
  CHECK(layer.weights == std::vector<std::int16_t>{-3, -1, 1, 3});
}

TEST_CASE("layers may share weights") {
  ModelBuilder builder = image();
  const std::string weights = builder.scaled_bytes({1, 1, 1, 1}, {1}, 0.5f);
  builder.add("Conv", {weights}).activation(2).add("Conv", {weights}).activation(2).add("Conv", {weights});
  const IntegerGraph graph = import(builder);
  REQUIRE(graph.layers.size() == 3);
  CHECK(graph.layers[2].weights == graph.layers[0].weights);
  CHECK(difference_on_random_images(builder.model(), 54) == "");
}

TEST_CASE("constants that do not fit each other, and operators that are not known, are refused") {
  ModelBuilder shapes = image();
  const std::string three = shapes.constant({3}, {1, 2, 3});
  shapes.add("Conv", {on_constant(shapes, three, "Add", {shapes.constant({2}, {1, 2})})});
  CHECK_THAT(refusal(shapes), Contains("(Add): its inputs have the shapes [3] and [2]"));
  ModelBuilder other = image();
  other.add("Conv", {on_constant(other, other.constant({1, 1, 1, 1}, {1}), "Det", {})});
  CHECK_THAT(refusal(other), Contains("(Det): works on constants only"));
}
