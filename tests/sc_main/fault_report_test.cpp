// How often faults struck, in the report.
#include <catch2/catch.hpp>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

constexpr const char* every_kind = R"(
faults:
  seed: 7
  sense:
    read: {value: 1e-3 probability, provenance: assumed, source: test}
    and2: {value: 1e-3 probability, provenance: assumed, source: test}
    xor2: {value: 1e-3 probability, provenance: assumed, source: test}
    maj3: {value: 1e-3 probability, provenance: assumed, source: test}
    full_add: {value: 1e-3 probability, provenance: assumed, source: test}
  write_error: {value: 1e-3 probability, provenance: assumed, source: test}
  stuck: {density: {value: 1e-4 share, provenance: assumed, source: test}}
  retention: {value: 0.1 flips/s, provenance: assumed, source: test}
)";

struct Run {
  json report;
  std::string table;
  std::string predictions;
};

Run run(const std::string& chip, const std::string& faults, const Arguments& further = {}) {
  const TemporaryFolder folder;
  const std::string text = with(read_file(config("chips/" + chip + ".yaml")), "../technologies/sot_mram_45nm.yaml",
                                config("technologies/sot_mram_45nm.yaml"));
  Arguments arguments{"--count",       "5",
                      "--chip",        folder.write("chip.yaml", text + faults),
                      "--report",      folder.path("report.json"),
                      "--predictions", folder.path("predictions.csv")};
  arguments.insert(arguments.end(), further.begin(), further.end());
  const CommandResult result = run_shipped("digits_ternary.onnx", arguments);
  INFO(result.err);
  REQUIRE(result.code == 0);
  return {read_json(folder.path("report.json")), result.out, read_file(folder.path("predictions.csv"))};
}

}  // namespace

TEST_CASE("a chip without faults reports none") {
  const Run sound = run("imce", "");
  CHECK(sound.report["faults"].is_null());
  CHECK_THAT(sound.table, !Contains("Faults"));
}

TEST_CASE("faults are counted by kind, wrong senses by the number of rows, on the engines that make such senses") {
  struct Case {
    const char* chip;
    bool two_rows;
    bool three_rows;
  };
  for (const Case& one : {Case{"imce", true, false}, Case{"parapim_a", true, true}, Case{"parapim_b", false, true}}) {
    CAPTURE(one.chip);
    const Run faulty = run(one.chip, every_kind);
    const json& faults = faulty.report["faults"];
    CHECK(faults["seed"] == 7);
    CHECK((faults["sense_errors"]["two_rows"] > 0) == one.two_rows);
    CHECK((faults["sense_errors"]["three_rows"] > 0) == one.three_rows);
    CHECK(faults["write_errors"] > 0);
    CHECK(faults["retention_flips"] > 0);
    // 32 sub-arrays of 131,072 cells: 419 expected
    CHECK(faults["stuck_cells"] > 300);
    CHECK(faults["stuck_cells"] < 540);
    CHECK_THAT(faulty.table, Contains("\nFaults (seed 7): wrong answers to senses of one, two and three rows "));
  }
}

TEST_CASE("only those kinds of faults are counted that were asked for") {
  const Run faulty =
      run("imce", "faults:\n  seed: 7\n  write_error: {value: 1e-3 probability, provenance: assumed, source: test}\n");
  const json& faults = faulty.report["faults"];
  CHECK(faults["write_errors"] > 0);
  CHECK(faults["sense_errors"] == json{{"one_row", 0}, {"two_rows", 0}, {"three_rows", 0}});
  CHECK(faults["retention_flips"] == 0);
  CHECK(faults["stuck_cells"] == 0);
}

TEST_CASE("the same seed gives the same faults and results in both details, another seed others") {
  const Run first = run("parapim_a", every_kind);
  const Run again = run("parapim_a", every_kind);
  const Run row = run("parapim_a", every_kind, {"--detail", "row"});
  const Run other = run("parapim_a", with(every_kind, "seed: 7", "seed: 8"));
  CHECK(again.report["faults"] == first.report["faults"]);
  CHECK(again.predictions == first.predictions);
  CHECK(row.report["faults"] == first.report["faults"]);
  CHECK(row.predictions == first.predictions);
  CHECK(other.report["faults"] != first.report["faults"]);
  CHECK(other.predictions != first.predictions);
  CHECK(first.predictions != run("parapim_a", "").predictions);
}
