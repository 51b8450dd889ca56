// Faults of the chip and what they do to a network's accuracy.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;

namespace {

std::string quantity(const std::string& value) {
  return "{value: " + value + ", provenance: assumed, source: test}";
}

/// The shipped network on 120 images, on the shipped chip with these faults.
std::string predictions(const std::string& faults, const std::string& detail, int& correct) {
  const TemporaryFolder folder;
  const std::string chip =
      with(read_file(config("chips/imce.yaml")), "../technologies/sot_mram_45nm.yaml", "cell.yaml");
  folder.write("cell.yaml", read_file(config("technologies/sot_mram_45nm.yaml")));
  const CommandResult result = run_shipped(
      "digits_binary.onnx", {"--quiet", "--count", "120", "--mapping", "and", "--detail", detail, "--chip",
                             folder.write("chip.yaml", chip + faults), "--predictions", folder.path("predictions")});
  INFO(result.err);
  REQUIRE(result.code == 0);
  const std::size_t at = result.out.find('(');
  REQUIRE(at != std::string::npos);
  correct = std::atoi(result.out.c_str() + at + 1);
  return read_file(folder.path("predictions"));
}

int correct_with(const std::string& faults) {
  int correct = 0;
  predictions(faults, "fast", correct);
  return correct;
}

}  // namespace

TEST_CASE("more stuck cells cost more accuracy, and none cost none") {
  const int sound = correct_with("");
  const auto stuck = [](const std::string& share) {
    return correct_with("faults:\n  seed: 1\n  stuck: {density: " + quantity(share + " share") + "}\n");
  };
  CHECK(sound > 114);
  CHECK(stuck("0") == sound);
  const int few = stuck("1e-5");
  const int many = stuck("0.05");
  CHECK(few >= sound - 12);
  CHECK(many < sound / 2);
  CHECK(many < few);
}

TEST_CASE("write errors and forgetting cost accuracy by degrees") {
  const auto write_errors = [](const std::string& chance) {
    return correct_with("faults:\n  seed: 1\n  write_error: " + quantity(chance + " probability") + "\n");
  };
  CHECK(write_errors("1e-5") > 108);
  CHECK(write_errors("0.3") < write_errors("1e-5") - 20);
}

TEST_CASE("faults are the same in both details and at every repetition") {
  const std::string faults = "faults:\n  seed: 3\n  sense: {and2: " + quantity("3e-4 probability") +
                             "}\n  write_error: " + quantity("0.002 probability") + "\n";
  int fast = 0;
  int again = 0;
  int row = 0;
  const std::string first = predictions(faults, "fast", fast);
  CHECK(predictions(faults, "fast", again) == first);
  CHECK(predictions(faults, "row", row) == first);
  CHECK(fast == again);
  CHECK(fast == row);
}

TEST_CASE("the technology's own sense errors are too rare to be seen") {
  CHECK(correct_with("faults:\n  seed: 1\n  sense: {monte_carlo_runs: 2000}\n") == correct_with(""));
}
