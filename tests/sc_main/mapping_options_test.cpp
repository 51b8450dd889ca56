// Options that choose what runs a layer.
#include <catch2/catch.hpp>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;

namespace {

void check_wrong_usage(const Arguments& further, const std::string& message) {
  const CommandResult result = run_shipped("digits_binary.onnx", further);
  INFO(result.err);
  CHECK(result.code == 2);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, Contains(message));
}

}  // namespace

TEST_CASE("a mapping or an objective that is none is wrong usage") {
  check_wrong_usage({"--mapping", "magic"}, "adder,and,array,auto,digital");
  check_wrong_usage({"--objective", "beauty"}, "edp,energy,latency");
}

TEST_CASE("a density below one, which no network could keep to, is wrong usage") {
  check_wrong_usage({"--density", "0.5"}, "--density");
}

TEST_CASE("a layer's mapping to an engine that is none names the layer and the engines") {
  check_wrong_usage({"--layer-mapping", "conv1=magic"},
                    "layer 'conv1': there is no engine 'magic'; engines: and, adder, digital");
  check_wrong_usage({"--layer-mapping", "conv1"}, "'conv1' is not NAME=ENGINE");
  check_wrong_usage({"--layer-mapping", "=and"}, "'=and' is not NAME=ENGINE");
  check_wrong_usage({"--layer-mapping", "fc=and", "--layer-mapping", "fc=adder"}, "layer 'fc' is given twice");
}

TEST_CASE("a mapping of a layer that the network has not is refused with the layers it has") {
  const std::string message =
      "--layer-mapping conv9=and: network 'digits_binary' has no layer 'conv9'; layers: conv1, ";
  check_refused(run_shipped("digits_binary.onnx", {"--layer-mapping", "conv9=and"}), message);
  const TemporaryFolder folder;
  check_refused(command({"compile", model("digits_binary.onnx"), "-o", folder.path("net.pimnet"), "--layer-mapping",
                         "conv9=and"}),
                message);
}

TEST_CASE("every layer and the whole network may be mapped by name") {
  const CommandResult result =
      run_shipped("digits_binary.onnx", {"--quiet", "--count", "2", "--verify", "--mapping", "and", "--layer-mapping",
                                         "conv1=and", "--layer-mapping", "fc=and", "--objective", "energy"});
  INFO(result.err);
  CHECK(result.code == 0);
}

TEST_CASE("compile reckons every layer on every engine and marks the one it chose") {
  const TemporaryFolder folder;
  const auto compile = [&](const std::string& mapping) {
    const CommandResult result = command(
        {"compile", model("digits_binary.onnx"), "-o", folder.path("net.pimnet"), "--layer-mapping", "fc=" + mapping});
    INFO(result.err);
    REQUIRE(result.code == 0);
    return result.out;
  };
  CHECK_THAT(compile("and"), Contains("\nfc               * and      ") && Contains("\nfc                 digital  ") &&
                                 Contains("\nfc                 adder    cannot: "));
  CHECK_THAT(compile("digital"), Contains("\nfc               * digital  "));
}

TEST_CASE("a layer runs on the engine that it was mapped to") {
  for (const char* engine : {"and", "digital"}) {
    const TemporaryFolder folder;
    const std::string report = folder.path("report.json");
    CHECK(run_shipped("digits_binary.onnx", {"--quiet", "--count", "2", "--verify", "--layer-mapping",
                                             std::string("conv2=") + engine, "--report", report})
              .code == 0);
    CHECK(read_json(report)["layers"][1]["engine"] == engine);
  }
}

TEST_CASE("a layer mapped to an engine that the chip has not is refused by name") {
  check_refused(run_shipped("digits_binary.onnx", {"--layer-mapping", "conv2=adder"}),
                "layer 'conv2': it cannot run on engine 'adder': the chip has no in-memory adder");
}

TEST_CASE("a mapping to an engine that the chip has not is refused with those that it has") {
  const TemporaryFolder folder;
  const std::string message = "--mapping adder: chip 'imce' has no such engine; it has: and, digital";
  check_refused(run_shipped("digits_binary.onnx", {"--mapping", "adder"}), message);
  check_refused(
      command({"compile", model("digits_binary.onnx"), "-o", folder.path("net.pimnet"), "--mapping", "adder"}),
      message);
  check_refused(run_shipped("digits_binary.onnx", {"--mapping", "and", "--chip", config("chips/parapim_a.yaml")}),
                "--mapping and: chip 'parapim_a' has no such engine; it has: adder, digital");
}

TEST_CASE("additions of the adder, and those that zero weights or levels save, are reported") {
  const TemporaryFolder folder;
  const std::string report = folder.path("report.json");
  const CommandResult result = run_shipped(
      "digits_ternary.onnx",
      {"--count", "2", "--verify", "--mapping", "adder", "--chip", config("chips/parapim_b.yaml"), "--report", report});
  INFO(result.err);
  REQUIRE(result.code == 0);
  CHECK_THAT(result.out, Contains("\nAdditions: ") && Contains(" saved by zero weights or levels ("));
  bool adder = false;
  const nlohmann::json json = read_json(report);
  for (const nlohmann::json& layer : json["layers"]) {
    if (layer["engine"] == "adder") {
      adder = true;
      const double done = layer["run"]["additions"].get<double>();
      const double skipped = layer["run"]["additions_skipped"].get<double>();
      CHECK(done > 0);
      CHECK(skipped > 0);
      CHECK(layer["additions_saved"].get<double>() == Approx(skipped / (done + skipped)));
      CHECK(layer["operations_per_image"]["real"].get<double>() == Approx((done + skipped) / 2));
      CHECK(layer["operations_per_image"]["loss"].get<double>() >= 0);
    }
  }
  CHECK(adder);
}

TEST_CASE("compile and run have the same options of the mapping") {
  for (const char* option : {"--weights", "--mapping", "--objective", "--density", "--layer-mapping"}) {
    CHECK_THAT(command({"run", "--help"}).out, Contains(option));
    CHECK_THAT(command({"compile", "--help"}).out, Contains(option));
  }
}
