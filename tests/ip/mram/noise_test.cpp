#include "ip/mram/noise.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

using namespace spinvp;

TEST_CASE("a seed gives the same numbers again, another seed or stream others") {
  NoiseSource a(1, 5);
  NoiseSource again(1, 5);
  NoiseSource seed(2, 5);
  NoiseSource stream(1, 6);
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t word = a.word();
    CHECK(again.word() == word);
    CHECK(seed.word() != word);
    CHECK(stream.word() != word);
  }
}

TEST_CASE("normal numbers have mean 0 and deviation 1, uniform ones lie above 0 and up to 1") {
  NoiseSource noise(7);
  constexpr int count = 200000;
  double sum = 0;
  double squares = 0;
  double uniform_sum = 0;
  int beyond_two = 0;
  for (int i = 0; i < count; ++i) {
    const double normal = noise.normal();
    sum += normal;
    squares += normal * normal;
    beyond_two += std::abs(normal) > 2 ? 1 : 0;
    const double uniform = noise.uniform();
    REQUIRE(uniform > 0);
    REQUIRE(uniform <= 1);
    uniform_sum += uniform;
  }
  CHECK(sum / count == Approx(0).margin(0.01));
  CHECK(squares / count == Approx(1).margin(0.02));
  CHECK(uniform_sum / count == Approx(0.5).margin(0.005));
  CHECK(beyond_two / double{count} == Approx(0.0455).margin(0.003));
}

TEST_CASE("failures before a success are as many as the probability says") {
  NoiseSource noise(3);
  CHECK(noise.failures_before(1) == 0);
  CHECK(noise.failures_before(0) == std::numeric_limits<std::uint64_t>::max());
  for (const double probability : {0.5, 0.01, 0.0003}) {
    double sum = 0;
    for (int i = 0; i < 20000; ++i) {
      sum += static_cast<double>(noise.failures_before(probability));
    }
    CHECK(sum / 20000 == Approx(1 / probability - 1).epsilon(0.05));
  }
}
