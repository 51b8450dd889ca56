#include "network/onnx/lower/fold_sum.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

using namespace spinvp::network;
using namespace spinvp::network::onnx;
using Kind = ScalarOp::Kind;
using Direction = ChannelThresholds::Direction;

namespace {

ScalarOp op(Kind kind, double a = 0, double b = 0) {
  return {kind, PerChannel{{a}}, PerChannel{{b}}, nullptr};
}

std::int64_t level_in_fixed_point(const FoldedSum& folded, std::int64_t accumulator, std::int64_t value) {
  const std::int64_t sum =
      accumulator * (std::int64_t{1} << folded.fraction_bits) + std::int64_t{folded.multipliers[0]} * value;
  const ChannelThresholds& channel = folded.activation.thresholds[0];
  return std::count_if(channel.values.begin(), channel.values.end(), [&](std::int64_t threshold) {
    return channel.direction == Direction::Rising ? sum >= threshold : sum <= threshold;
  });
}

/// The real sum before the quantiser, in levels.
double real_level(const QuantisedSum& sum, std::int64_t accumulator, std::int64_t value) {
  return evaluate(sum.main, 0, sum.meaning.at(0, accumulator)) +
         evaluate(sum.other, 0, static_cast<double>(value) * sum.other_scale[0]);
}

class RandomSum {
 public:
  explicit RandomSum(unsigned seed) : random_(seed) {}

  QuantisedSum draw(int bits, std::int64_t highest_value, std::int64_t lowest_value) {
    QuantisedSum sum;
    const double spread = std::pow(2.0, real(0, 10));
    sum.accumulators = {
        {-static_cast<std::int64_t>(spread * real(1, 3)), static_cast<std::int64_t>(spread * real(1, 3))}};
    sum.values = {{lowest_value, highest_value}};
    sum.adds_levels = lowest_value == 0;
    sum.meaning.scale.values = {real(0.001, 0.5)};
    sum.other_scale.values = {1.0 / static_cast<double>(highest_value)};
    const double deviation = spread * sum.meaning.scale[0] * real(0.3, 1);
    sum.main = {op(Kind::Add, -deviation * real(-0.2, 0.2)), op(Kind::Divide, deviation),
                op(Kind::Multiply, real(0.1, 0.7) * sign()), op(Kind::Add, real(-0.2, 0.4))};
    sum.other = {op(Kind::Multiply, real(0.05, 1.2) * sign()), op(Kind::Add, real(-0.1, 0.3))};
    const double levels = (1 << bits) - 1;
    if (sign() < 0) {
      sum.post = {op(Kind::Multiply, -1), op(Kind::Add, 0.9)};
    }
    sum.post.push_back(op(Kind::Clip, 0, 1));
    sum.post.push_back(op(Kind::Multiply, levels));
    sum.post.push_back(op(Kind::Round));
    sum.post.push_back(op(Kind::Multiply, static_cast<double>(1.0f / static_cast<float>(levels))));
    return sum;
  }

 private:
  double real(double low, double high) { return std::uniform_real_distribution<double>(low, high)(random_); }
  double sign() { return std::uniform_int_distribution<int>(0, 1)(random_) == 0 ? -1 : 1; }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("a sum with few levels gives the model's level for every accumulator and level") {
  const auto seed = static_cast<unsigned>(GENERATE(range(1, 41)));
  INFO("seed " << seed);
  const int bits = 1 + static_cast<int>(seed % 8);
  const std::int64_t highest = (1 << (1 + seed / 8 % 8)) - 1;
  const QuantisedSum sum = RandomSum(seed).draw(bits, highest, 0);
  const FoldedSum folded = fold_sum(sum);
  REQUIRE(folded.activation.bits == bits);
  CHECK(folded.fraction_bits > 8);
  for (std::int64_t value = 0; value <= highest; ++value) {
    for (std::int64_t at = sum.accumulators[0].low; at <= sum.accumulators[0].high; ++at) {
      const double expected = evaluate(sum.post, 0, real_level(sum, at, value)) / folded.activation.step;
      REQUIRE(level_in_fixed_point(folded, at, value) == static_cast<std::int64_t>(std::nearbyint(expected)));
    }
  }
}

TEST_CASE("a sum may have accumulators with an offset and levels that are signed") {
  const auto seed = static_cast<unsigned>(GENERATE(range(1, 31)));
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const int bits = 1 + static_cast<int>(seed % 5);
  const std::int64_t highest = (1 << (1 + seed / 5 % 6)) - 1;
  QuantisedSum sum = RandomSum(seed).draw(bits, highest, 0);
  sum.meaning.offset.values = {std::uniform_int_distribution<int>(-40, 40)(random) * 0.5};
  sum.other.insert(sum.other.begin(), op(Kind::Add, -0.5));
  const double half = std::ldexp(1.0, bits - 1);
  if (seed % 3 == 0) {
    sum.post = {op(Kind::Bipolar), op(Kind::Multiply, 0.3)};
  } else {
    sum.post = {op(Kind::Divide, seed % 2 == 0 ? 0.11 : -0.11), op(Kind::Clip, -half, half - 1), op(Kind::Round),
                op(Kind::Multiply, 0.11)};
  }
  const FoldedSum folded = fold_sum(sum);
  CHECK(folded.activation.base < 0);
  CHECK(folded.activation.bits == (seed % 3 == 0 ? 1 : bits));
  for (std::int64_t value = 0; value <= highest; ++value) {
    for (std::int64_t at = sum.accumulators[0].low; at <= sum.accumulators[0].high; ++at) {
      const double expected = evaluate(sum.post, 0, real_level(sum, at, value));
      const auto level = static_cast<double>(level_in_fixed_point(folded, at, value));
      REQUIRE(folded.activation.base + folded.activation.step * level == Approx(expected).margin(1e-9));
    }
  }
}

TEST_CASE("a sum with accumulators gives the model's level but for the stated rounding") {
  const auto seed = static_cast<unsigned>(GENERATE(range(1, 41)));
  INFO("seed " << seed);
  const int bits = 1 + static_cast<int>(seed % 8);
  const QuantisedSum sum = RandomSum(seed).draw(bits, 70000, -50000);
  const FoldedSum folded = fold_sum(sum);
  const double gain = gain_of(sum.main, 0) * sum.meaning.scale[0];
  std::mt19937 random(seed);
  std::uniform_int_distribution<std::int64_t> accumulator(sum.accumulators[0].low, sum.accumulators[0].high);
  std::uniform_int_distribution<std::int64_t> value(-50000, 70000);
  for (int trial = 0; trial < 2000; ++trial) {
    const std::int64_t at = accumulator(random);
    const std::int64_t other = value(random);
    const double real = real_level(sum, at, other);
    const double bound =
        std::fabs(gain) * (std::fabs(static_cast<double>(other)) + 2) / std::ldexp(1.0, folded.fraction_bits + 1);
    const auto level_of = [&](double x) { return std::nearbyint(evaluate(sum.post, 0, x) / folded.activation.step); };
    const double least = std::min(level_of(real - bound), level_of(real + bound));
    const double most = std::max(level_of(real - bound), level_of(real + bound));
    const auto level = static_cast<double>(level_in_fixed_point(folded, at, other));
    REQUIRE(level >= least);
    REQUIRE(level <= most);
  }
}

TEST_CASE("a channel that hardly depends on its accumulators does not cost the others their precision") {
  QuantisedSum sum = RandomSum(5).draw(4, 15, 0);
  sum.accumulators.push_back(sum.accumulators[0]);
  sum.values.push_back(sum.values[0]);
  const double gain = sum.main[2].a[0];
  sum.main[2].a.values = {gain, 1e-13};
  const FoldedSum folded = fold_sum(sum);
  CHECK(folded.fraction_bits > 8);
  for (std::int64_t value = 0; value <= 15; ++value) {
    const double expected = evaluate(sum.post, 0, real_level(sum, 3, value)) / folded.activation.step;
    CHECK(level_in_fixed_point(folded, 3, value) == static_cast<std::int64_t>(std::nearbyint(expected)));
  }
}

TEST_CASE("a sum whose ties the model's roundings decide both ways is refused") {
  QuantisedSum sum;
  sum.main = {op(Kind::Multiply, 0.1), op(Kind::Multiply, 0.3)};
  sum.other = {op(Kind::Multiply, 0.3), op(Kind::Multiply, 0.1)};
  sum.post = {op(Kind::Divide, 0.1), op(Kind::Divide, 0.3), op(Kind::Clip, 0, 255), op(Kind::Floor)};
  sum.other_scale.values = {1.0};
  sum.accumulators = {{-300, 300}};
  sum.values = {{0, 255}};
  sum.adds_levels = true;
  CHECK_THROWS_WITH(fold_sum(sum), Catch::Contains("fixed point"));
}

TEST_CASE("a curve of the C library behind a sum is refused") {
  QuantisedSum sum = RandomSum(3).draw(2, 3, 0);
  sum.post.insert(sum.post.begin(), op(Kind::Tanh));
  CHECK_THROWS_WITH(fold_sum(sum), Catch::Contains("Tanh"));
}
