// Both shipped networks over all images, every way of running them: accuracy and bits never change.
#include <catch2/catch.hpp>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

constexpr std::size_t images = 360;

struct Way {
  const char* detail;
  const char* driver;
  const char* weights;
};

json run_and_report(const std::string& network, const Way& way) {
  const TemporaryFolder folder;
  const CommandResult result =
      run_shipped(network, {"--verify", "--quiet", "--detail", way.detail, "--driver", way.driver, "--weights",
                            way.weights, "--report", folder.path("report.json")});
  INFO(result.err);
  REQUIRE(result.code == 0);
  return read_json(folder.path("report.json"));
}

json expectation(const std::string& network) {
  const json accuracy = read_json(model("accuracy.json"));
  for (const json& entry : accuracy["networks"]) {
    if (entry["file"] == network) {
      return entry;
    }
  }
  FAIL("accuracy.json knows no " << network);
  return {};
}

void check_results(const std::string& network, const json& report) {
  const json expected = expectation(network);
  CHECK(report["images"] == images);
  CHECK(report["correct"] == expected["correct"]);
  CHECK(report["accuracy"] == expected["accuracy"]);
  CHECK(report["verify"]["enabled"] == true);
  CHECK(report["verify"]["mismatches"] == 0);
  CHECK(report["verify"]["first_mismatch"] == "");
  CHECK(report["verify"]["layers_checked"] == images * report["layers"].size());
  std::uint64_t macs = 0;
  for (const json& layer : report["layers"]) {
    macs += layer["macs_per_image"].get<std::uint64_t>();
    CHECK(layer[layer["engine"] == "digital" ? "multiplies" : "row_ops"] > 0);
  }
  CHECK(macs == expected["macs_per_image"]);
}

/// Everything that a report says about the modelled system.
json modelled(json report) {
  report.erase("host");
  report.erase("detail");
  return report;
}

void check_both_details(const std::string& network, const char* driver, const char* weights) {
  const json fast = run_and_report(network, {"fast", driver, weights});
  const json row = run_and_report(network, {"row", driver, weights});
  check_results(network, fast);
  check_results(network, row);
  CHECK(fast["detail"] == "fast");
  CHECK(row["detail"] == "row");
  CHECK(fast["driver"] == driver);
  CHECK(fast["weights"] == weights);
  CHECK(modelled(fast) == modelled(row));
  CHECK((fast["host"]["instructions"] > 0) == (std::string(driver) == "firmware"));
  CHECK(fast["host"]["instructions"] == row["host"]["instructions"]);
}

}  // namespace

TEST_CASE("the binary network, firmware, stationary weights: all images, both details alike") {
  check_both_details("digits_binary.onnx", "firmware", "stationary");
}

TEST_CASE("the binary network, firmware, streamed weights: all images, both details alike") {
  check_both_details("digits_binary.onnx", "firmware", "streamed");
}

TEST_CASE("the binary network, native driver, stationary weights: all images, both details alike") {
  check_both_details("digits_binary.onnx", "native", "stationary");
}

TEST_CASE("the binary network, native driver, streamed weights: all images, both details alike") {
  check_both_details("digits_binary.onnx", "native", "streamed");
}

TEST_CASE("the ternary network, firmware, stationary weights: all images, both details alike") {
  check_both_details("digits_ternary.onnx", "firmware", "stationary");
}

TEST_CASE("the ternary network, firmware, streamed weights: all images, both details alike") {
  check_both_details("digits_ternary.onnx", "firmware", "streamed");
}

TEST_CASE("the ternary network, native driver, stationary weights: all images, both details alike") {
  check_both_details("digits_ternary.onnx", "native", "stationary");
}

TEST_CASE("the ternary network, native driver, streamed weights: all images, both details alike") {
  check_both_details("digits_ternary.onnx", "native", "streamed");
}

TEST_CASE("who runs the driver changes the time outside the chip, not the chip's work") {
  for (const char* network : {"digits_binary.onnx", "digits_ternary.onnx"}) {
    const json firmware = run_and_report(network, {"fast", "firmware", "stationary"});
    const json native = run_and_report(network, {"fast", "native", "stationary"});
    REQUIRE(firmware["layers"].size() == native["layers"].size());
    for (std::size_t i = 0; i < firmware["layers"].size(); ++i) {
      for (const char* count : {"row_ops", "row_reads", "row_writes", "dma_bytes"}) {
        CHECK(firmware["layers"][i][count] == native["layers"][i][count]);
      }
    }
  }
}

TEST_CASE("streamed weights are written for every image, stationary ones once") {
  const json stationary = run_and_report("digits_ternary.onnx", {"fast", "native", "stationary"});
  const json streamed = run_and_report("digits_ternary.onnx", {"fast", "native", "streamed"});
  CHECK(streamed["totals"]["row_writes"] > stationary["totals"]["row_writes"]);
  CHECK(streamed["totals"]["dma_bytes"] > stationary["totals"]["dma_bytes"]);
  CHECK(streamed["totals"]["row_ops"] == stationary["totals"]["row_ops"]);
  for (const json& layer : streamed["layers"]) {
    CHECK(layer["load_once"]["row_writes"] == 0);
  }
  for (const json& layer : stationary["layers"]) {
    CHECK((layer["load_once"]["row_writes"] > 0) == (layer["engine"] != "digital"));
  }
}

TEST_CASE("two runs of the same thing are equal to the last unit") {
  const Way way{"fast", "firmware", "stationary"};
  CHECK(modelled(run_and_report("digits_binary.onnx", way)) == modelled(run_and_report("digits_binary.onnx", way)));
}
