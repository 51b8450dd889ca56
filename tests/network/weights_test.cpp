#include "network/onnx/weights/weights.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <random>

#include "network/onnx/file/parse.h"

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

std::string explanation(const std::vector<double>& values, std::size_t kernels) {
  const Tensor tensor(ElementType::Double, {static_cast<std::int64_t>(values.size())}, values);
  return explain_misfit(tensor, order_of(values.size(), kernels));
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
  CHECK_THAT(explanation(values, 1), Catch::Contains("-128 .. 128 times one number, which takes 9 bits"));
}

TEST_CASE("weights less a zero point may take two's complement of 8 bits, not more") {
  std::vector<double> values;
  for (int level = 0; level < 256; ++level) {
    values.push_back(as_float32({(level - 128) * 0.037})[0]);
  }
  const auto centred = quantise_weights(values, 1);
  REQUIRE(centred);
  CHECK(centred->bits == 8);
  for (double& value : values) {
    value = static_cast<float>(value - 10 * 0.037);
  }
  CHECK_FALSE(quantise_weights(values, 1));
  CHECK_THAT(explanation(values, 1), Catch::Contains("9 bits"));
}

TEST_CASE("what is no level at all is said of a channel") {
  CHECK_THAT(explanation({1, -1, 1, 0.3, std::sqrt(2.0), 1}, 2),
             Catch::Contains("output channel 1 takes 3 different values"));
}

TEST_CASE("the exporter's own scale comes back from rounded products") {
  const auto seed = static_cast<unsigned>(GENERATE(range(1, 30)));
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const float scale = std::uniform_real_distribution<float>(1e-4f, 3.0f)(random);
  std::vector<double> rounded;
  std::vector<double> exact;
  for (const int level : {-100, 33, 7, 1, 0, 93}) {
    rounded.push_back(scale * static_cast<float>(level));
    exact.push_back(static_cast<double>(scale) * level);
  }
  CHECK(quantise_weights(rounded, 1)->scale.uniform() == static_cast<double>(scale));
  CHECK(quantise_weights(exact, 1)->scale.uniform() == static_cast<double>(scale));
}

TEST_CASE("weights that lie some units in the last place beside their levels keep few bits and a fitted scale") {
  const auto seed = static_cast<unsigned>(GENERATE(range(1, 30)));
  INFO("seed " << seed);
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> level(-1, 1);
  std::uniform_int_distribution<int> ulps(-2, 2);
  for (const int wide : {1, 100}) {
    const double scale = std::uniform_real_distribution<double>(1e-6, 3.0)(random);
    std::vector<double> values;
    std::vector<std::int16_t> levels;
    for (int i = 0; i < 3000; ++i) {
      levels.push_back(static_cast<std::int16_t>(level(random) * (1 + i % wide)));
      const double real = scale * levels.back();
      values.push_back(static_cast<float>(real * (1 + ulps(random) * std::ldexp(1.0, -23))));
    }
    const auto weights = quantise_weights(values, 1);
    REQUIRE(weights);
    CHECK(weights->levels == levels);
    CHECK(weights->kind == (wide == 1 ? WeightKind::Ternary : WeightKind::Integer));
    // Roundings of one and the same product do not average out.
    CHECK(std::fabs(*weights->scale.uniform() / scale - 1) < std::ldexp(1.0, wide == 1 ? -24 : -26));
  }
}

TEST_CASE("a kernel of zeros stands beside others") {
  const auto weights = quantise_weights(as_float32({0.31, -0.31, 0, 0, 0.777, 0}), 3);
  REQUIRE(weights);
  CHECK(weights->kind == WeightKind::Ternary);
  CHECK(weights->levels == std::vector<std::int16_t>{1, -1, 0, 0, 1, 0});
  CHECK(weights->scale[1] == 1);
}

TEST_CASE("convolutions that a batch norm was fused into are ternary again") {
  const std::string path = SPINVP_SOURCE_DIR "/../shared/models/residual/resnet20_wt_a4.plain.onnx";
  if (!std::filesystem::exists(path)) {
    WARN("skipped: the model is missing, expected in ../shared/models/residual beside the repository");
    return;
  }
  const Graph graph = parse(path);
  int ternary = 0;
  for (const Node& node : graph.nodes) {
    if (node.op != "Conv") {
      continue;
    }
    INFO(node.name);
    const Tensor& tensor = *graph.constant(node, 1);
    const auto kernels = static_cast<std::size_t>(tensor.dims()[0]);
    const auto weights = spinvp::network::onnx::quantise_weights(tensor, order_of(tensor.size(), kernels));
    REQUIRE(weights);
    CHECK(weights->scale.values.size() == kernels);
    if (tensor.dims()[1] == 3) {
      CHECK(weights->bits <= 8);
    } else {
      CHECK(weights->kind == WeightKind::Ternary);
      ++ternary;
    }
    for (std::size_t index = 0; index < tensor.size(); ++index) {
      const std::size_t kernel = index / (tensor.size() / kernels);
      const double given = weights->levels[index] * weights->scale[kernel];
      const double largest = 127 * weights->scale[kernel];
      REQUIRE(std::fabs(given - tensor[index]) <=
              std::ldexp(weights->bits == 2 ? weights->scale[kernel] : largest, -22));
    }
  }
  CHECK(ternary == 18);
}

TEST_CASE("weights that are all zero are ternary zeros") {
  const auto weights = quantise_weights({0, 0, 0}, 1);
  REQUIRE(weights);
  CHECK(weights->kind == WeightKind::Ternary);
  CHECK(weights->levels == std::vector<std::int16_t>{0, 0, 0});
}
