#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "network/onnx/lower/fold.h"

using namespace spinvp::network;
using namespace spinvp::network::onnx;
using Kind = ScalarOp::Kind;

namespace {

constexpr std::size_t channels = 3;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Chains as exporters write them: arithmetic, then a quantiser, then what leaves one step for all channels, once or
/// twice. Numbers are small fractions, so that ties and equal values are frequent.
class RandomChain {
 public:
  explicit RandomChain(unsigned seed) : random_(seed) {}

  ScalarChain draw() {
    ScalarChain chain;
    const int stages = whole(1, 2);
    for (int stage = 0; stage < stages; ++stage) {
      arithmetic(chain);
      quantiser(chain);
      tail(chain);
    }
    return chain;
  }

  AccumulatorMeaning meaning() {
    return {each([&] { return fraction(1, 24); }), each([&] { return whole(-9, 9) * 0.5; })};
  }

  std::vector<ValueRange> ranges() {
    std::vector<ValueRange> ranges;
    for (std::size_t channel = 0; channel < channels; ++channel) {
      ranges.push_back({-whole(0, 300), whole(0, 300)});
    }
    return ranges;
  }

 private:
  void arithmetic(ScalarChain& chain) {
    const int count = whole(0, 4);
    for (int i = 0; i < count; ++i) {
      switch (whole(0, 9)) {
        case 0:
          chain.push_back(op(Kind::Multiply, each([&] { return fraction(-16, 16); })));
          break;
        case 1:
          chain.push_back(op(Kind::Divide, each([&] { return fraction(1, 40) * sign(); })));
          break;
        case 2:
          chain.push_back(op(Kind::Clip, common(0), common(infinity)));
          break;
        case 3:
          chain.push_back(op(Kind::Slope, each([&] { return fraction(0, 6); })));
          break;
        case 4:
          chain.push_back(
              op(Kind::Clip, each([&] { return fraction(-40, -1); }), each([&] { return fraction(1, 40); })));
          break;
        case 5:
          chain.push_back(op(whole(0, 1) == 0 ? Kind::Tanh : Kind::Sigmoid));
          break;
        default:
          chain.push_back(op(Kind::Add, each([&] { return fraction(-24, 24); })));
      }
    }
  }

  void quantiser(ScalarChain& chain) {
    switch (whole(0, 6)) {
      case 0:
        comparison(chain);
        break;
      case 1:
        chain.push_back(op(Kind::Sign));
        break;
      case 2:
        chain.push_back(op(Kind::Bipolar));
        break;
      case 3:
        steps(chain);
        break;
      default:
        rounded(chain);
    }
  }

  void comparison(ScalarChain& chain) {
    const Kind kinds[] = {Kind::AtLeast, Kind::Above, Kind::AtMost, Kind::Below};
    chain.push_back(op(kinds[whole(0, 3)], each([&] { return fraction(-24, 24); })));
    if (whole(0, 1) == 0) {
      const double a = fraction(-8, 8);
      chain.push_back(op(Kind::Choose, common(a), common(fraction(-8, 8))));
    }
  }

  void steps(ScalarChain& chain) {
    auto lists = std::make_shared<ThresholdLists>();
    const int count = whole(1, 15);
    const std::size_t rows = whole(0, 1) == 0 ? 1 : channels;
    for (std::size_t row = 0; row < rows; ++row) {
      std::vector<double> list;
      for (int i = 0; i < count; ++i) {
        list.push_back(fraction(-60, 60));
      }
      std::sort(list.begin(), list.end());
      lists->lists.push_back(std::move(list));
    }
    chain.push_back(op(Kind::Steps));
    chain.back().thresholds = lists;
  }

  void rounded(ScalarChain& chain) {
    const Kind kinds[] = {Kind::Round, Kind::RoundHalfAway, Kind::RoundHalfToZero, Kind::RoundAway, Kind::Truncate,
                          Kind::Floor, Kind::Ceil};
    chain.push_back(op(Kind::Divide, each([&] { return fraction(1, 8); })));
    const int bits = whole(1, 7);
    const bool is_signed = whole(0, 1) == 0;
    const double low = is_signed ? -std::ldexp(1.0, bits - 1) : 0;
    chain.push_back(op(Kind::Clip, common(low), common(low + std::ldexp(1.0, bits) - 1)));
    chain.push_back(op(kinds[whole(0, 6)]));
  }

  void tail(ScalarChain& chain) {
    if (whole(0, 1) == 0) {
      chain.push_back(op(Kind::Add, common(whole(-5, 5) * 0.5)));
    }
    if (whole(0, 1) == 0) {
      const double factor = fraction(1, 16);
      chain.push_back(op(Kind::Multiply, each([&] { return factor * sign(); })));
    }
  }

  static ScalarOp op(Kind kind, PerChannel a = {}, PerChannel b = {}) {
    return {kind, std::move(a), std::move(b), nullptr};
  }
  static PerChannel common(double value) { return PerChannel{{value}}; }
  template <typename Draw>
  PerChannel each(Draw draw) {
    PerChannel values{{}};
    for (std::size_t channel = 0; channel < channels; ++channel) {
      values.values.push_back(draw());
    }
    return values;
  }
  int whole(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  /// Eighths mostly, so that arithmetic is exact and meets ties; tenths, which it rounds, at times.
  double fraction(int low, int high) { return whole(low, high) / (whole(0, 3) == 0 ? 10.0 : 8.0); }
  double sign() { return whole(0, 1) == 0 ? -1 : 1; }

  std::mt19937 random_;
};

std::int64_t level_of(const ChannelThresholds& channel, std::int64_t accumulator) {
  const bool rising = channel.direction == ChannelThresholds::Direction::Rising;
  return std::count_if(channel.values.begin(), channel.values.end(), [&](std::int64_t threshold) {
    return rising ? accumulator >= threshold : accumulator <= threshold;
  });
}

}  // namespace

TEST_CASE("folded chains give the value of the real chain at every accumulator") {
  int folded_chains = 0;
  int signed_chains = 0;
  for (unsigned seed = 1; seed <= 1500; ++seed) {
    INFO("seed " << seed);
    RandomChain random(seed);
    const ScalarChain chain = random.draw();
    const AccumulatorMeaning meaning = random.meaning();
    const std::vector<ValueRange> ranges = random.ranges();
    FoldedActivation folded;
    try {
      folded = fold(chain, meaning, ranges);
    } catch (const Unfoldable&) {
      continue;  // levels of channels that lie beside each other
    }
    ++folded_chains;
    signed_chains += folded.base < 0 ? 1 : 0;
    REQUIRE(folded.bits <= 8);
    for (std::size_t channel = 0; channel < channels; ++channel) {
      REQUIRE(folded.thresholds[channel].values.size() == (std::size_t{1} << folded.bits) - 1);
      for (std::int64_t at = ranges[channel].low; at <= ranges[channel].high; ++at) {
        INFO("channel " << channel << ", accumulator " << at);
        const double real = evaluate(chain, channel, meaning.at(channel, at));
        const double level = static_cast<double>(level_of(folded.thresholds[channel], at));
        REQUIRE(std::fabs(folded.base + folded.step * level - real) <= 1e-6 * folded.step);
      }
    }
  }
  CHECK(folded_chains > 900);
  CHECK(signed_chains > 300);
}
