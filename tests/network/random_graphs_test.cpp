#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "core/errors.h"
#include "network/support/compare.h"
#include "network/support/random_graph.h"

using namespace spinvp;
using namespace spinvp::test;

namespace {

/// What a random graph may be refused for.
bool is_known(const std::string& refusal) {
  const auto reasons = {"averages padding with values",
                        "averages levels of which the lowest is not 0",
                        "averages the sums of",
                        "averages the sum '",
                        "pools a sum that is not quantised",
                        "turn the sign of some channels",
                        "pads with",
                        "levels above the lowest; at most 255",
                        "a Tanh or Sigmoid stands between the sum and its quantiser",
                        "and padding; at most 12 bits together",
                        "12 can be run, or more where layers of one pixel",
                        "cannot be written in fixed point",
                        "joins two maps of which neither is quantised",
                        "whose channels have scales of their own, and a sum",
                        "puts the rounded levels at distances that differ",
                        "so that a window of"};
  return refusal.find("node '") != std::string::npos &&
         std::any_of(reasons.begin(), reasons.end(),
                     [&](const char* reason) { return refusal.find(reason) != std::string::npos; });
}

void hold_against_the_model(unsigned first, unsigned count) {
  unsigned accepted = 0;
  int images_on_boundaries = 0;
  for (unsigned seed = first; seed < first + count; ++seed) {
    const RandomGraph graph = draw_random_graph(seed);
    INFO("seed " << seed << ": " << graph.forms);
    Comparison found;
    try {
      found = compare_on_random_images(graph.model, seed, 4, graph.scaling);
    } catch (const InputError& error) {
      INFO(error.what());
      CHECK(is_known(error.what()));
      continue;
    }
    ++accepted;
    images_on_boundaries += found.on_boundaries;
    CHECK(found.difference == "");
  }
  CHECK(accepted > count * 8 / 10);
  CHECK(images_on_boundaries < static_cast<int>(count) / 20);
}

}  // namespace

TEST_CASE("random quantised graphs give the model's levels and scores") {
  hold_against_the_model(1, 300);
}

TEST_CASE("random quantised graphs with constant scores keep the scores' unit") {
  const RandomGraph graph = draw_random_graph(3191);  // one kernel is zero, its gain the largest
  CHECK(difference_on_random_images(graph.model, 3191, 4, graph.scaling) == "");
}

TEST_CASE("four thousand random quantised graphs give the model's levels and scores", "[.soak]") {
  hold_against_the_model(1001, 4000);
}
