// What firmware does to sub-arrays as plain memory, in the report.
#include <catch2/catch.hpp>
#include <cmath>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

json report_with(const std::string& app, std::string& table) {
  const TemporaryFolder folder;
  const CommandResult result = run_shipped(
      "digits_binary.onnx", {"--count", "3", "--firmware", firmware(app), "--report", folder.path("report.json")});
  INFO(result.err);
  REQUIRE(result.code == 0);
  table = result.out;
  return read_json(folder.path("report.json"));
}

std::int64_t femtojoules(const json& part) {
  return std::llround(part["energy_pj"].get<double>() * 1e3);
}

}  // namespace

TEST_CASE("what firmware reads and writes of sub-arrays is reported as host access and belongs to no layer") {
  std::string table;
  std::string plain_table;
  const json report = report_with("host_access", table);
  const json plain = report_with("inference", plain_table);
  const json& access = report["host_access"];
  // 16 words, each sensed with its row and driven; one read back
  CHECK(access["row_writes"] == 16);
  CHECK(access["row_reads"] == 17);
  CHECK(access["time_ns"] == 0);  // the software's
  CHECK(femtojoules(access) > 0);
  CHECK(plain["host_access"]["row_writes"] == 0);
  CHECK(femtojoules(plain["host_access"]) == 0);
  CHECK(report["layers"] == plain["layers"]);
  CHECK_THAT(table, Contains("\nhost access "));
  CHECK_THAT(plain_table, !Contains("host access"));

  std::int64_t sum = femtojoules(report["outside_layers"]) + femtojoules(access);
  for (const json& layer : report["layers"]) {
    sum += femtojoules(layer);
  }
  CHECK(sum == femtojoules(report["totals"]));
  std::int64_t blocks = 0;
  for (const json& block : report["blocks"]) {
    blocks += femtojoules(block);
  }
  CHECK(blocks == sum);
  CHECK(report["totals"]["row_writes"].get<int>() == plain["totals"]["row_writes"].get<int>() + 16);
}

TEST_CASE("host access before the first image is counted once, however many processes share the images") {
  const auto with_jobs = [](const std::string& jobs) {
    const TemporaryFolder folder;
    const CommandResult result =
        run_shipped("digits_binary.onnx", {"--quiet", "--count", "6", "--firmware", firmware("host_access"), "--jobs",
                                           jobs, "--report", folder.path("report.json")});
    INFO(result.err);
    REQUIRE(result.code == 0);
    json report = read_json(folder.path("report.json"));
    report.erase("host");
    return report;
  };
  const json alone = with_jobs("1");
  CHECK(alone["host_access"]["row_writes"] == 16);
  CHECK(with_jobs("3") == alone);
}
