// Published QONNX models on all of MNIST's test images: the accuracy that a public runtime measures on the same files,
// and every class that of the model's own float64 arithmetic.
#include <catch2/catch.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;

namespace {

const std::string shared = SPINVP_SOURCE_DIR "/../shared/";

/// Runs a network with every check; the report, or nothing (and a warning) when a file is missing.
std::optional<nlohmann::json> checked_run(const std::string& network, const std::string& images,
                                          std::vector<std::string> options) {
  for (const std::string& needed : {network, images}) {
    if (!std::filesystem::exists(needed)) {
      WARN("skipped: " << needed << " is missing");
      return std::nullopt;
    }
  }
  const TemporaryFolder folder;
  const std::string report = folder.path("report.json");
  std::vector<std::string> arguments{"run",      "--network",      network,    "--images", images,
                                     "--verify", "--verify-model", "--driver", "native",   "--jobs",
                                     "auto",     "--quiet",        "--report", report};
  arguments.insert(arguments.end(), options.begin(), options.end());
  const CommandResult result = command(arguments);
  INFO(result.out << result.err);
  REQUIRE(result.code == 0);
  const nlohmann::json json = read_json(report);
  CHECK(json["verify"]["mismatches"] == 0);
  return json;
}

void check_on_mnist(const std::string& file, std::size_t correct) {
  const auto json =
      checked_run(shared + "models/qonnx/" + file, shared + "data/mnist/t10k-images-idx3-ubyte.gz",
                  {"--input-scale", "1/255", "--labels", shared + "data/mnist/t10k-labels-idx1-ubyte.gz"});
  if (json) {
    CHECK((*json)["correct"] == correct);
    CHECK((*json)["verify"]["layers_checked"] == 50000);
    CHECK((*json)["verify_model"]["equal"] == 10000);
  }
}

/// Every layer bit by bit, and at least 99.5 % of the classes those of float64.
void check_on_cifar10(std::size_t images) {
  const auto json =
      checked_run(shared + "models/residual/resnet20_wt_a4.plain.onnx", shared + "data/cifar10/test_batch_1000.bin.gz",
                  {"--input-scale", "1/255", "--input-mean", "0.4914,0.4822,0.4465", "--input-std",
                   "0.2023,0.1994,0.2010", "--count", std::to_string(images)});
  if (json) {
    CHECK((*json)["verify"]["layers_checked"] == 24 * images);
    CHECK((*json)["verify_model"]["equal"].get<double>() >= 0.995 * static_cast<double>(images));
  }
}

}  // namespace

TEST_CASE("TFC 1W1A has its accuracy and the model's classes on MNIST") {
  check_on_mnist("TFC_1W1A.onnx", 9296);
}

TEST_CASE("TFC 1W2A has its accuracy and the model's classes on MNIST") {
  check_on_mnist("TFC_1W2A.onnx", 9474);
}

TEST_CASE("TFC 2W2A has its accuracy and the model's classes on MNIST") {
  check_on_mnist("TFC_2W2A.onnx", 9660);
}

TEST_CASE("ResNet-20 with ternary weights has the model's classes on CIFAR-10") {
  check_on_cifar10(50);
}

TEST_CASE("ResNet-20 with ternary weights has the model's classes on 1,000 images of CIFAR-10", "[.soak]") {
  check_on_cifar10(1000);
}
