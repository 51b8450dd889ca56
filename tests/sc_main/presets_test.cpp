// A small network on every chip that ships.
#include <catch2/catch.hpp>
#include <set>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

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

TEST_CASE("every shipped technology runs a network bit by bit, each at its own energy") {
  std::set<double> energies;
  for (const char* technology :
       {"sot_mram_45nm", "sot_mram_45nm_hp", "sot_mram_45nm_lstp", "stt_mram_45nm", "reram_45nm", "sram_45nm"}) {
    CAPTURE(technology);
    const TemporaryFolder folder;
    const std::string chip = with(read_file(config("chips/imce.yaml")), "../technologies/sot_mram_45nm.yaml",
                                  config(std::string("technologies/") + technology + ".yaml"));
    const CommandResult result =
        run_shipped("digits_ternary.onnx", {"--quiet", "--verify", "--count", "2", "--chip",
                                            folder.write("chip.yaml", chip), "--report", folder.path("report.json")});
    INFO(result.err);
    REQUIRE(result.code == 0);
    CHECK_THAT(result.out, Contains("0 differ from the reference"));
    energies.insert(read_json(folder.path("report.json"))["totals"]["energy_per_image_pj"].get<double>());
  }
  CHECK(energies.size() == 6);
}
