#include "network/onnx/weights.h"

#include <catch2/catch.hpp>
#include <random>

using namespace spinvp::network;
using spinvp::network::onnx::quantise_weights;

namespace {

std::vector<double> as_float32(const std::vector<double>& values) {
  std::vector<double> rounded;
  for (const double value : values) {
    rounded.push_back(static_cast<float>(value));
  }
  return rounded;
}

}  // namespace

TEST_CASE("weights of one magnitude are binary") {
  const auto weights = quantise_weights({0.3, -0.3, -0.3, 0.3}, 2, true);
  REQUIRE(weights);
  CHECK(weights->kind == WeightKind::Binary);
  CHECK(weights->bits == 1);
  CHECK(weights->levels == std::vector<std::int16_t>{1, -1, -1, 1});
  CHECK(weights->scale.uniform() == 0.3);
}

TEST_CASE("weights of one magnitude and zero are ternary") {
  const auto weights = quantise_weights({0.3, 0, -0.3, 0}, 2, true);
  REQUIRE(weights);
  CHECK(weights->kind == WeightKind::Ternary);
  CHECK(weights->bits == 2);
  CHECK(weights->levels == std::vector<std::int16_t>{1, 0, -1, 0});
}

TEST_CASE("a scale per kernel is found where one scale does not do") {
  const auto weights = quantise_weights(as_float32({0.31, -0.31, 0.777, -0.777}), 2, true);
  REQUIRE(weights);
  CHECK(weights->kind == WeightKind::Binary);
  CHECK(weights->scale.values.size() == 2);
  CHECK(weights->scale[1] == static_cast<double>(0.777f));
}

TEST_CASE("a scale per kernel is preferred to more bit-planes") {
  const std::vector<double> values{0.5, -0.5, 1.0, -1.0};
  CHECK(quantise_weights(values, 2, true)->bits == 1);
  CHECK(quantise_weights(values, 2, false)->kind == WeightKind::Integer);
  CHECK(quantise_weights(values, 2, false)->bits == 3);
}

TEST_CASE("signed levels are found with the fewest bits") {
  const auto two_bits = quantise_weights({-0.2, -0.1, 0, 0.1}, 1, true);
  REQUIRE(two_bits);
  CHECK(two_bits->kind == WeightKind::Integer);
  CHECK(two_bits->bits == 2);
  CHECK(two_bits->levels == std::vector<std::int16_t>{-2, -1, 0, 1});
  const auto three_bits = quantise_weights({-0.1, 0.1, 0.2}, 1, true);
  REQUIRE(three_bits);
  CHECK(three_bits->bits == 3);
}

TEST_CASE("levels of every width come back from float32 products") {
  const auto seed = static_cast<unsigned>(GENERATE(range(1, 20)));
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int bits = 2; bits <= 8; ++bits) {
    const int highest = (1 << (bits - 1)) - 1;
    std::uniform_int_distribution<int> level(-highest - 1, highest);
    const float scale = std::uniform_real_distribution<float>(1e-4f, 3.0f)(random);
    std::vector<std::int16_t> levels{static_cast<std::int8_t>(highest), static_cast<std::int8_t>(-highest - 1), 1};
    while (levels.size() < 50) {
      levels.push_back(static_cast<std::int8_t>(level(random)));
    }
    std::vector<double> values;
    for (const std::int8_t each : levels) {
      values.push_back(scale * static_cast<float>(each));
    }
    const auto weights = quantise_weights(values, 1, false);
    REQUIRE(weights);
    CHECK(weights->bits == bits);
    CHECK(weights->levels == levels);
  }
}

TEST_CASE("the weights of a DoReFa quantiser are odd levels of one bit more") {
  std::vector<double> values;
  for (int level = 0; level < 8; ++level) {
    values.push_back(2.0f * (static_cast<float>(level) / 7.0f) - 1.0f);
  }
  const auto weights = quantise_weights(values, 1, false);
  REQUIRE(weights);
  CHECK(weights->bits == 4);
  CHECK(weights->levels == std::vector<std::int16_t>{-7, -5, -3, -1, 1, 3, 5, 7});
}

TEST_CASE("real weights are not taken for quantised ones") {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  std::vector<double> values(100);
  for (double& value : values) {
    value = normal(random);
  }
  CHECK_FALSE(quantise_weights(values, 1, false));
  CHECK_FALSE(quantise_weights(values, 4, true));
}

TEST_CASE("nine-bit weights are refused") {
  std::vector<double> values;
  for (int level = -128; level <= 128; ++level) {
    values.push_back(level * 0.25);
  }
  CHECK_FALSE(quantise_weights(values, 1, true));
}

TEST_CASE("weights that are all zero are ternary zeros") {
  const auto weights = quantise_weights({0, 0, 0}, 1, true);
  REQUIRE(weights);
  CHECK(weights->kind == WeightKind::Ternary);
  CHECK(weights->levels == std::vector<std::int16_t>{0, 0, 0});
}
