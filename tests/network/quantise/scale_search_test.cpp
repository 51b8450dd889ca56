#include "network/onnx/quantise/scale_search.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "network/generate/random.h"

using namespace spinvp::network;
using namespace spinvp::network::onnx;

namespace {

std::vector<double> uniform(std::size_t count, double low, double high) {
  Random random(1);
  std::vector<double> numbers(count);
  std::generate(numbers.begin(), numbers.end(), [&] { return random.uniform(low, high); });
  return numbers;
}

Histogram histogram(const std::vector<double>& numbers) {
  Histogram result;
  std::for_each(numbers.begin(), numbers.end(), [&](double number) { result.add(number); });
  return result;
}

}  // namespace

TEST_CASE("a quantiser's range follows its bits and signs") {
  const auto is = [](const QuantiserRange& range, int lowest, int highest, bool two_levels) {
    return range.lowest == lowest && range.highest == highest && range.two_levels == two_levels;
  };
  CHECK(is(quantiser_range(8, false, false), 0, 255, false));
  CHECK(is(quantiser_range(8, true, false), -128, 127, false));
  CHECK(is(quantiser_range(4, true, true), -7, 7, false));
  CHECK(is(quantiser_range(2, true, true), -1, 1, false));
  CHECK(is(quantiser_range(1, false, false), 0, 1, false));
  CHECK(is(quantiser_range(1, true, true), -1, 1, true));
}

TEST_CASE("levels are rounded half to even, kept in range, or two by the sign") {
  const QuantiserRange range{-4, 3};
  CHECK(range.level(0.5) == 0);
  CHECK(range.level(1.5) == 2);
  CHECK(range.level(-2.5) == -2);
  CHECK(range.level(1e300) == 3);
  CHECK(range.level(-1e300) == -4);
  const QuantiserRange signs = quantiser_range(1, true, false);
  CHECK(signs.level(0) == 1);
  CHECK(signs.level(-0.01) == -1);
  CHECK(signs.level(0.01) == 1);
}

TEST_CASE("uniform numbers fill the steps, half a step beyond the last level among them") {
  const std::vector<double> numbers = uniform(20000, 0, 1);
  for (const int bits : {1, 2, 4, 8}) {
    INFO(bits);
    const QuantiserRange range = quantiser_range(bits, false, false);
    const double expected = 1 / (range.highest + 0.5);  // least squares: all errors up to half a step
    CHECK(best_scale(numbers, range) == Approx(expected).epsilon(0.03));
    CHECK(best_scale(histogram(numbers), range) == Approx(expected).epsilon(0.03));
    CHECK(squared_error(numbers, best_scale(numbers, range), range) == Approx(expected * expected / 12).epsilon(0.05));
  }
}

TEST_CASE("numbers that are levels already keep their scale to the last bit") {
  const double value = 0.3;
  CHECK(best_scale({0, value, value, 0}, quantiser_range(1, false, false)) == value);
  CHECK(best_scale({-value, value, -value}, quantiser_range(1, true, true)) == value);
  CHECK(best_scale({-value, 0, value}, quantiser_range(2, true, true)) == value);
  CHECK(best_scale({-value * 7, value * 3, value}, quantiser_range(4, true, true)) == Approx(value).epsilon(1e-15));
  CHECK(best_scale(histogram({0, value, 0}), quantiser_range(1, false, false)) == value);
}

TEST_CASE("two levels lie at the mean magnitude") {
  const std::vector<double> numbers{-1, 2, -3, 6};
  const QuantiserRange signs = quantiser_range(1, true, true);
  CHECK(best_scale(numbers, signs) == 3);
  CHECK(best_scale(histogram(numbers), signs) == Approx(3).epsilon(1e-3));
  CHECK(squared_error(numbers, 3, signs) == (4 + 1 + 0 + 9) / 4.0);
}

TEST_CASE("a few outliers are cut off for the many") {
  std::vector<double> numbers = uniform(20000, -1, 1);
  numbers.push_back(20);
  const QuantiserRange range = quantiser_range(4, true, false);
  const Histogram seen = histogram(numbers);
  CHECK(seen.high() == 20);
  const double scale = best_scale(seen, range);
  CHECK(scale * range.highest < 5);
  CHECK(seen.clipped(scale, range) == Approx(1.0 / 20001));
  CHECK(seen.error(scale, range) < seen.error(20.0 / range.highest, range) / 2);
}

TEST_CASE("a histogram does not depend on the order of its numbers, and hardly on its bins") {
  std::vector<double> numbers = uniform(5000, -0.5, 3);
  numbers.insert(numbers.end(), 1000, 0.0);
  numbers.push_back(1e-12);
  numbers.push_back(37.5);
  std::sort(numbers.begin(), numbers.end());
  const Histogram rising = histogram(numbers);
  std::reverse(numbers.begin(), numbers.end());
  const Histogram falling = histogram(numbers);
  CHECK(rising.count() == 6002);
  CHECK(rising.low() == numbers.back());
  CHECK(rising.high() == 37.5);
  const QuantiserRange range = quantiser_range(6, true, false);
  for (const double scale : {0.01, 0.1, 1.0}) {
    CHECK(rising.error(scale, range) == falling.error(scale, range));
    CHECK(rising.error(scale, range) == Approx(squared_error(numbers, scale, range)).epsilon(0.02));
    CHECK(rising.clipped(scale, range) == falling.clipped(scale, range));
  }
  CHECK(best_scale(rising, range) == best_scale(falling, range));
}

TEST_CASE("tiny, huge and no numbers have a positive scale") {
  const QuantiserRange range = quantiser_range(4, true, false);
  for (const std::vector<double>& numbers :
       {std::vector<double>{}, {0, 0}, {5e-324}, {-1e-300, 1e300}, {1.7e308, 1}, {-3}}) {
    CHECK(best_scale(histogram(numbers), range) > 0);
    CHECK(best_scale(numbers, range) > 0);
  }
  CHECK(best_scale(histogram({-3}), quantiser_range(2, true, false)) == 1.5);
}
