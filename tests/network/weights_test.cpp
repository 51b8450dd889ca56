#include "network/onnx/weights.h"

#include <catch2/catch.hpp>
#include <random>

using namespace spinvp::network;
using namespace spinvp::network::onnx;

namespace {

KernelOrder order_of(std::size_t elements, std::size_t kernels) {
  KernelOrder order;
  order.kernels = kernels;
  order.kernel_stride = elements / kernels;
  order.kernel = Shape{1, 1, static_cast<int>(order.kernel_stride)};
  return order;
}

std::optional<QuantisedWeights> quantise_weights(const std::vector<double>& values, std::size_t kernels) {
  const Tensor tensor(ElementType::Double, {static_cast<std::int64_t>(values.size())}, values);
  return spinvp::network::onnx::quantise_weights(tensor, order_of(values.size(), kernels));
}

/// int8 weights of `kernels` kernels, times a factor for each or for all.
std::optional<QuantisedWeights> quantise_bytes(const std::string& bytes, std::size_t kernels,
                                               const std::vector<double>& factors) {
  const auto rows = static_cast<std::int64_t>(kernels);
  Tensor tensor(ElementType::Int8, {rows, static_cast<std::int64_t>(bytes.size()) / rows}, bytes);
  REQUIRE(tensor.scale(factors, 0));
  return spinvp::network::onnx::quantise_weights(tensor, order_of(bytes.size(), kernels));
}

std::vector<double> as_float32(const std::vector<double>& values) {
  std::vector<double> rounded;
  for (const double value : values) {
    rounded.push_back(static_cast<float>(value));
  }
  return rounded;
}

}  // namespace

TEST_CASE("weights of one magnitude are binary") {
  const auto weights = quantise_weights({0.3, -0.3, -0.3, 0.3}, 2);
  REQUIRE(weights);
  CHECK(weights->kind == WeightKind::Binary);
  CHECK(weights->bits == 1);
  CHECK(weights->levels == std::vector<std::int16_t>{1, -1, -1, 1});
  CHECK(weights->scale.uniform() == 0.3);
}

TEST_CASE("weights of one magnitude and zero are ternary") {
  const auto weights = quantise_weights({0.3, 0, -0.3, 0}, 2);
  REQUIRE(weights);
  CHECK(weights->kind == WeightKind::Ternary);
  CHECK(weights->bits == 2);
  CHECK(weights->levels == std::vector<std::int16_t>{1, 0, -1, 0});
}

TEST_CASE("a scale per kernel is found where one scale does not do") {
  const auto weights = quantise_weights(as_float32({0.31, -0.31, 0.777, -0.777}), 2);
  REQUIRE(weights);
  CHECK(weights->kind == WeightKind::Binary);
  CHECK(weights->scale.values.size() == 2);
  CHECK(weights->scale[1] == static_cast<double>(0.777f));
}

TEST_CASE("a scale per kernel is preferred to more bit-planes") {
  const std::vector<double> values{0.5, -0.5, 1.0, -1.0};
  CHECK(quantise_weights(values, 2)->bits == 1);
  CHECK(quantise_weights(values, 1)->kind == WeightKind::Integer);
  CHECK(quantise_weights(values, 1)->bits == 3);
}

TEST_CASE("signed levels are found with the fewest bits") {
  const auto two_bits = quantise_weights({-0.2, -0.1, 0, 0.1}, 1);
  REQUIRE(two_bits);
  CHECK(two_bits->kind == WeightKind::Integer);
  CHECK(two_bits->bits == 2);
  CHECK(two_bits->levels == std::vector<std::int16_t>{-2, -1, 0, 1});
  const auto three_bits = quantise_weights({-0.1, 0.1, 0.2}, 1);
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
    const auto weights = quantise_weights(values, 1);
    REQUIRE(weights);
    CHECK(weights->bits == bits);
    CHECK(weights->levels == levels);
  }
}

TEST_CASE("the weights of a DoReFa quantiser are binary weights of its bits") {
  for (int bits = 1; bits <= 8; ++bits) {
    INFO(bits);
    const int highest = (1 << bits) - 1;
    std::vector<double> values;
    std::vector<std::int16_t> levels;
    for (int level = 0; level <= highest; ++level) {
      values.push_back(2.0f * (static_cast<float>(level) / static_cast<float>(highest)) - 1.0f);
      levels.push_back(static_cast<std::int16_t>(2 * level - highest));
    }
    const auto weights = quantise_weights(values, 1);
    REQUIRE(weights);
    CHECK(weights->kind == WeightKind::Binary);
    CHECK(weights->bits == bits);
    CHECK(weights->levels == levels);
    CHECK(*weights->scale.uniform() == Approx(1.0 / highest));
  }
}

TEST_CASE("integers times a factor keep both exactly") {
  const double third = static_cast<double>(1.0f / 3.0f);
  const auto odd = quantise_bytes({3, -1, 1, -3}, 2, {third});
  REQUIRE(odd);
  CHECK(odd->kind == WeightKind::Binary);
  CHECK(odd->bits == 2);
  CHECK(odd->levels == std::vector<std::int16_t>{3, -1, 1, -3});
  CHECK(odd->scale.uniform() == third);
  const auto even = quantise_bytes({6, -2, 0, -4}, 1, {third});
  REQUIRE(even);
  CHECK(even->kind == WeightKind::Integer);
  CHECK(even->levels == std::vector<std::int16_t>{3, -1, 0, -2});
  CHECK(even->scale.uniform() == 2 * third);
}

TEST_CASE("integers may have a factor for each kernel, of either sign or zero") {
  const auto weights = quantise_bytes({1, -1, 1, 1, 1, -1}, 3, {0.3, -0.7, 0});
  REQUIRE(weights);
  CHECK(weights->kind == WeightKind::Ternary);
  CHECK(weights->levels == std::vector<std::int16_t>{1, -1, -1, -1, 0, 0});
  CHECK(weights->scale.values == std::vector<double>{0.3, 0.7, 1.0});
}

TEST_CASE("real weights are not taken for quantised ones") {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  std::vector<double> values(100);
  for (double& value : values) {
    value = normal(random);
  }
  CHECK_FALSE(quantise_weights(values, 1));
  CHECK_FALSE(quantise_weights(values, 4));
}

TEST_CASE("nine-bit weights are refused") {
  std::vector<double> values;
  for (int level = -128; level <= 128; ++level) {
    values.push_back(level * 0.25);
  }
  CHECK_FALSE(quantise_weights(values, 1));
}

TEST_CASE("weights that are all zero are ternary zeros") {
  const auto weights = quantise_weights({0, 0, 0}, 1);
  REQUIRE(weights);
  CHECK(weights->kind == WeightKind::Ternary);
  CHECK(weights->levels == std::vector<std::int16_t>{0, 0, 0});
}
