#include "network/onnx/fold.h"

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
  const FoldedActivation folded = fold(chain, PerChannel{{alpha}}, {{low, high}});

  const ChannelThresholds& channel = folded.thresholds.at(0);
  REQUIRE(channel.values.size() == (std::size_t{1} << folded.bits) - 1);
  CHECK(is_ordered(channel));
  if (gain != 0) {
    CHECK(folded.bits == bits);
    CHECK(channel.direction == (gain > 0 ? Direction::Rising : Direction::Falling));
  }
  for (std::int64_t accumulator = low; accumulator <= high; ++accumulator) {
    const double normal = (static_cast<double>(accumulator) * alpha - mean) / deviation * gain + bias;
    const double expected = std::nearbyint(std::min(std::max(normal, 0.0), 1.0) * levels);
    REQUIRE(level(channel, accumulator) == static_cast<std::int64_t>(expected));
  }
}

TEST_CASE("halves round to even") {
  const FoldedActivation folded = fold({op(Kind::Clip, 0, 3), op(Kind::Round)}, PerChannel{{0.5}}, {{-10, 10}});
  // 0.5 -> 0, 1.5 -> 2, 2.5 -> 2
  CHECK(folded.thresholds[0].values == std::vector<std::int64_t>{2, 3, 6});
}

TEST_CASE("a threshold that no accumulator reaches is out of range") {
  const ScalarChain rising{op(Kind::Clip, 0, 3), op(Kind::Round)};
  CHECK(
      fold(rising, PerChannel{{1.0}}, {{0, 1}}).thresholds[0].values ==
      std::vector<std::int64_t>{1, std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::max()});
  const ScalarChain falling{op(Kind::Multiply, -1), op(Kind::Clip, 0, 3), op(Kind::Round)};
  const ChannelThresholds channel = fold(falling, PerChannel{{1.0}}, {{-1, 5}}).thresholds[0];
  CHECK(channel.direction == Direction::Falling);
  CHECK(channel.values == std::vector<std::int64_t>{-1, std::numeric_limits<std::int32_t>::min(),
                                                    std::numeric_limits<std::int32_t>::min()});
}

TEST_CASE("a constant channel has its level at every accumulator") {
  ScalarOp gain = op(Kind::Multiply);
  gain.a.values = {0.0, 1.0};
  const ScalarChain chain{gain, op(Kind::Add, 2), op(Kind::Clip, 0, 3), op(Kind::Round)};
  const FoldedActivation folded = fold(chain, PerChannel{{1.0}}, {{-9, 9}, {-9, 9}});
  for (std::int64_t accumulator = -9; accumulator <= 9; ++accumulator) {
    CHECK(level(folded.thresholds[0], accumulator) == 2);
  }
}

TEST_CASE("a clip on integer accumulators needs no rounding") {
  const FoldedActivation folded = fold({op(Kind::Clip, 0, 1.5)}, PerChannel{{0.5}}, {{-4, 4}});
  CHECK(folded.bits == 2);
  CHECK(folded.step == 0.5);
  CHECK(folded.thresholds[0].values == std::vector<std::int64_t>{1, 2, 3});
}

TEST_CASE("an activation without an upper clip has the bits of what accumulators reach") {
  const FoldedActivation folded =
      fold({op(Kind::Clip, 0, std::numeric_limits<double>::infinity()), op(Kind::Round)}, PerChannel{{1.0}}, {{-9, 9}});
  CHECK(folded.bits == 4);
}

TEST_CASE("chains that give no unsigned levels of one step are refused") {
  ScalarOp gains = op(Kind::Multiply);
  gains.a.values = {1.0, 2.0};
  const std::vector<ValueRange> ranges{{-9, 9}, {-9, 9}};
  CHECK_THROWS_WITH(fold({op(Kind::Round)}, PerChannel{{1.0}}, ranges), Catch::Contains("falls to -9"));
  CHECK_THROWS_WITH(fold({op(Kind::Clip, 0, 1), gains}, PerChannel{{0.1}}, ranges), Catch::Contains("one step"));
  CHECK_THROWS_WITH(fold({op(Kind::Clip, 0, 3), op(Kind::Round), gains}, PerChannel{{1.0}}, ranges),
                    Catch::Contains("one step"));
  CHECK_THROWS_WITH(fold({op(Kind::Clip, 0, 3), op(Kind::Round), op(Kind::Add, 0.5)}, PerChannel{{1.0}}, ranges),
                    Catch::Contains("whole multiples"));
  CHECK_THROWS_WITH(fold({op(Kind::Clip, 0, 300), op(Kind::Round)}, PerChannel{{100.0}}, ranges),
                    Catch::Contains("300 levels"));
  CHECK_THROWS_WITH(fold({op(Kind::Clip, 0, 1), op(Kind::Round), op(Kind::Multiply, 0)}, PerChannel{{1.0}}, ranges),
                    Catch::Contains("zero"));
}
