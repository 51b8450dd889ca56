// A small network on every chip that ships.
#include <catch2/catch.hpp>

#include "sc_main/support/command.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;

namespace {

void check_runs(const std::string& chip) {
  CAPTURE(chip);
  const CommandResult result = run_shipped(
      "digits_ternary.onnx", {"--quiet", "--verify", "--count", "3", "--chip", config("chips/" + chip + ".yaml")});
  INFO(result.err);
  CHECK(result.code == 0);
  CHECK_THAT(result.out, Contains("0 differ from the reference"));
}

}  // namespace

TEST_CASE("the chips with AND-accumulation run a network bit by bit") {
  for (const char* chip : {"imce", "isqed", "pim_512mb"}) {
    check_runs(chip);
  }
}

TEST_CASE("the chips with in-memory addition run a network bit by bit") {
  for (const char* chip : {"parapim_a", "parapim_b"}) {
    check_runs(chip);
  }
}
