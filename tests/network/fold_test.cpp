#include "network/onnx/lower/fold.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

using namespace spinvp::network;
using namespace spinvp::network::onnx;
using Kind = ScalarOp::Kind;
using Direction = ChannelThresholds::Direction;

namespace {

ScalarOp op(Kind kind, double a = 0, double b = 0) {
  return {kind, PerChannel{{a}}, PerChannel{{b}}, nullptr};
}

std::int64_t level(const ChannelThresholds& channel, std::int64_t accumulator) {
  return std::count_if(channel.values.begin(), channel.values.end(), [&](std::int64_t threshold) {
    return channel.direction == Direction::Rising ? accumulator >= threshold : accumulator <= threshold;
  });
}

bool is_ordered(const ChannelThresholds& channel) {
  return channel.direction == Direction::Rising ? std::is_sorted(channel.values.begin(), channel.values.end())
                                                : std::is_sorted(channel.values.rbegin(), channel.values.rend());
}

AccumulatorMeaning scaled(double scale, double offset = 0) {
  return {PerChannel{{scale}}, PerChannel{{offset}}};
}

}  // namespace

TEST_CASE("thresholds give the level of the real chain at every accumulator") {
  const auto seed = static_cast<unsigned>(GENERATE(range(1, 60)));
  INFO("seed " << seed);
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> unit(-1, 1);
  const int bits = std::uniform_int_distribution<int>(1, 8)(random);
  const std::int64_t low = -std::uniform_int_distribution<int>(0, 3000)(random);
  const std::int64_t high = std::uniform_int_distribution<int>(0, 3000)(random);
  const double alpha = std::fabs(unit(random)) + 1e-3;
  const double mean = unit(random) * 300;
  const double deviation = std::sqrt(std::fabs(unit(random)) * 200000 + 1e-5);
  const double gain = seed % 9 == 0 ? 0.0 : unit(random);
  const double bias = unit(random);
  const double levels = (1 << bits) - 1;
  const double back = static_cast<double>(1.0f / static_cast<float>(levels));

  const ScalarChain chain{op(Kind::Add, -mean), op(Kind::Divide, deviation), op(Kind::Multiply, gain),
                          op(Kind::Add, bias),  op(Kind::Clip, 0, 1),        op(Kind::Multiply, levels),
                          op(Kind::Round),      op(Kind::Multiply, back)};
  const FoldedActivation folded = fold(chain, scaled(alpha), {{low, high}});

  const ChannelThresholds& channel = folded.thresholds.at(0);
  REQUIRE(channel.values.size() == (std::size_t{1} << folded.bits) - 1);
  CHECK(is_ordered(channel));
  if (gain != 0) {
    CHECK(folded.bits == bits);
    CHECK(folded.base == 0);
    CHECK(channel.direction == (gain > 0 ? Direction::Rising : Direction::Falling));
  }
  for (std::int64_t accumulator = low; accumulator <= high; ++accumulator) {
    const double normal = (static_cast<double>(accumulator) * alpha - mean) / deviation * gain + bias;
    const double expected = std::nearbyint(std::min(std::max(normal, 0.0), 1.0) * levels);
    const auto value = static_cast<double>(level(channel, accumulator)) * folded.step + folded.base;
    REQUIRE(value == Approx(expected * back).margin(1e-9));
  }
}

TEST_CASE("halves round to even") {
  const FoldedActivation folded = fold({op(Kind::Clip, 0, 3), op(Kind::Round)}, scaled(0.5), {{-10, 10}});
  // 0.5 -> 0, 1.5 -> 2, 2.5 -> 2
  CHECK(folded.thresholds[0].values == std::vector<std::int64_t>{2, 3, 6});
}

TEST_CASE("a threshold that no accumulator reaches is out of range") {
  const ScalarChain rising{op(Kind::Clip, 0, 3), op(Kind::Round)};
  CHECK(
      fold(rising, scaled(1.0), {{0, 1}}).thresholds[0].values ==
      std::vector<std::int64_t>{1, std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::max()});
  const ScalarChain falling{op(Kind::Multiply, -1), op(Kind::Clip, 0, 3), op(Kind::Round)};
  const ChannelThresholds channel = fold(falling, scaled(1.0), {{-1, 5}}).thresholds[0];
  CHECK(channel.direction == Direction::Falling);
  CHECK(channel.values == std::vector<std::int64_t>{-1, std::numeric_limits<std::int32_t>::min(),
                                                    std::numeric_limits<std::int32_t>::min()});
}

TEST_CASE("a constant channel has its level at every accumulator") {
  ScalarOp gain = op(Kind::Multiply);
  gain.a.values = {0.0, 1.0};
  const ScalarChain chain{gain, op(Kind::Add, 2), op(Kind::Clip, 0, 3), op(Kind::Round)};
  const FoldedActivation folded = fold(chain, scaled(1.0), {{-9, 9}, {-9, 9}});
  for (std::int64_t accumulator = -9; accumulator <= 9; ++accumulator) {
    CHECK(level(folded.thresholds[0], accumulator) == 2);
  }
}

TEST_CASE("a clip on integer accumulators needs no rounding") {
  const FoldedActivation folded = fold({op(Kind::Clip, 0, 1.5)}, scaled(0.5), {{-4, 4}});
  CHECK(folded.bits == 2);
  CHECK(folded.step == 0.5);
  CHECK(folded.thresholds[0].values == std::vector<std::int64_t>{1, 2, 3});
}

TEST_CASE("an activation without an upper clip has the bits of what accumulators reach") {
  const FoldedActivation folded =
      fold({op(Kind::Clip, 0, std::numeric_limits<double>::infinity()), op(Kind::Round)}, scaled(1.0), {{-9, 9}});
  CHECK(folded.bits == 4);
}

TEST_CASE("signed levels count from the lowest value by construction") {
  const ScalarChain quant{op(Kind::Divide, 0.25), op(Kind::Clip, -2, 1), op(Kind::Round), op(Kind::Multiply, 0.25)};
  const FoldedActivation folded = fold(quant, scaled(0.25), {{-9, 9}});
  CHECK(folded.bits == 2);
  CHECK(folded.step == 0.25);
  CHECK(folded.base == -0.5);
  CHECK(folded.base_in_steps() == -2);
  CHECK(folded.thresholds[0].values == std::vector<std::int64_t>{-1, 0, 1});
}

TEST_CASE("levels of a channel that only reaches the upper ones count from the same lowest value") {
  const ScalarChain quant{op(Kind::Clip, -4, 3), op(Kind::Round)};
  const FoldedActivation folded = fold(quant, scaled(1), {{0, 9}});
  CHECK(folded.bits == 3);
  CHECK(folded.base == -4);
  CHECK(level(folded.thresholds[0], 0) == 4);
}

TEST_CASE("rounding without bounds takes the range that is reached") {
  const FoldedActivation folded = fold({op(Kind::Round)}, scaled(1.0), {{-9, 9}, {-3, 20}});
  CHECK(folded.base == -9);
  CHECK(folded.bits == 5);
  CHECK_THROWS_WITH(fold({op(Kind::Round)}, scaled(1.0), {{-200, 200}}),
                    Catch::Contains("400 levels above the lowest"));
}

TEST_CASE("values that do not stand on whole multiples of their distance have a base between them") {
  const ScalarChain chain{op(Kind::Clip, 0, 3), op(Kind::Round), op(Kind::Add, -1.5), op(Kind::Multiply, 2)};
  const FoldedActivation folded = fold(chain, scaled(1), {{-9, 9}});
  CHECK(folded.step == 2);
  CHECK(folded.base == -3);
  CHECK(folded.base_in_steps() == -1.5);
}

TEST_CASE("two values are one bit, whatever their distance") {
  const ScalarChain bipolar{op(Kind::Divide, 0.1), op(Kind::Bipolar), op(Kind::Multiply, 0.1)};
  const FoldedActivation folded = fold(bipolar, scaled(1, 0.5), {{-9, 9}});
  CHECK(folded.bits == 1);
  CHECK(folded.base == -0.1);
  CHECK(folded.step == Approx(0.2));
  CHECK(folded.base_in_steps() == -0.5);
  CHECK(folded.thresholds[0].values == std::vector<std::int64_t>{0});

  const ScalarChain twice{op(Kind::Sign), op(Kind::Add, 0.1), op(Kind::Sign)};
  CHECK(fold(twice, scaled(1), {{-9, 9}}).bits == 1);
  CHECK(fold(twice, scaled(1), {{-9, 9}}).thresholds[0].values == std::vector<std::int64_t>{0});
}

TEST_CASE("values that channels swap are one bit as well") {
  ScalarOp choice = op(Kind::Choose);
  choice.a.values = {0.3, 0.7};
  choice.b.values = {0.7, 0.3};
  const FoldedActivation folded = fold({op(Kind::Above, 2), choice}, scaled(1), {{-9, 9}, {-9, 9}});
  CHECK(folded.bits == 1);
  CHECK(folded.base == 0.3);
  CHECK(folded.thresholds[0].direction == Direction::Falling);
  CHECK(folded.thresholds[0].values == std::vector<std::int64_t>{2});
  CHECK(folded.thresholds[1].values == std::vector<std::int64_t>{3});
}

TEST_CASE("Sign has three levels where an accumulator means zero, else two") {
  const FoldedActivation three = fold({op(Kind::Sign)}, scaled(1), {{-9, 9}});
  CHECK(three.bits == 2);
  CHECK(three.base == -1);
  CHECK(three.thresholds[0].values == std::vector<std::int64_t>{0, 1, std::numeric_limits<std::int32_t>::max()});
  const FoldedActivation two = fold({op(Kind::Sign)}, scaled(1, 0.5), {{-9, 9}});
  CHECK(two.bits == 1);
  CHECK(two.step == 2);
  CHECK(two.thresholds[0].values == std::vector<std::int64_t>{0});
}

TEST_CASE("an activation that is constant in all channels is one bit, one level of which is zero") {
  for (const double constant : {0.75, -0.5, 0.0}) {
    INFO(constant);
    const ScalarChain chain{op(Kind::Multiply, 0), op(Kind::Add, constant), op(Kind::Clip, -1, 1)};
    const FoldedActivation folded = fold(chain, scaled(1), {{-9, 9}});
    CHECK(folded.bits == 1);
    CHECK(folded.base + folded.step * static_cast<double>(level(folded.thresholds[0], 3)) == constant);
    CHECK((folded.base == 0 || folded.base + folded.step == 0));
  }
}

TEST_CASE("an accumulator's offset is added before its scale") {
  const ScalarChain chain{op(Kind::Clip, 0, 3), op(Kind::Floor)};
  CHECK(fold(chain, scaled(0.5, -2.5), {{-20, 20}}).thresholds[0].values == std::vector<std::int64_t>{5, 7, 9});
}

TEST_CASE("a choice is refused on numbers that fall below zero") {
  CHECK_THROWS_WITH(fold({op(Kind::Choose, 1, 0)}, scaled(1), {{-3, 3}}), Catch::Contains("fall to -3"));
  const FoldedActivation folded = fold({op(Kind::Choose, 0.7, 0.3)}, scaled(1), {{0, 3}});
  CHECK(folded.base == 0.3);
  CHECK(folded.thresholds[0].values == std::vector<std::int64_t>{1});
}

TEST_CASE("chains that give no levels of one step are refused") {
  ScalarOp gains = op(Kind::Multiply);
  gains.a.values = {1.0, 2.0};
  const std::vector<ValueRange> ranges{{-9, 9}, {-9, 9}};
  CHECK_THROWS_WITH(fold({op(Kind::Clip, 0, 1), gains}, scaled(0.1), ranges), Catch::Contains("one step"));
  CHECK_THROWS_WITH(fold({op(Kind::Clip, 0, 3), op(Kind::Round), gains}, scaled(1.0), ranges),
                    Catch::Contains("one step"));
  ScalarOp offsets = op(Kind::Add);
  offsets.a.values = {0.0, 0.5};
  CHECK_THROWS_WITH(fold({op(Kind::Clip, 0, 3), op(Kind::Round), offsets}, scaled(1.0), ranges),
                    Catch::Contains("whole multiples"));
  CHECK_THROWS_WITH(fold({op(Kind::Clip, 0, 300), op(Kind::Round)}, scaled(100.0), ranges),
                    Catch::Contains("300 levels"));
}
