// Published QONNX models on all of MNIST's test images: the accuracy that a public runtime measures on the same files,
// and every class that of the model's own float64 arithmetic.
#include <catch2/catch.hpp>
#include <filesystem>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;

namespace {

const std::string shared = SPINVP_SOURCE_DIR "/../shared/";

void check_on_mnist(const std::string& file, std::size_t correct) {
  const std::string network = shared + "models/qonnx/" + file;
  const std::string images = shared + "data/mnist/t10k-images-idx3-ubyte.gz";
  const std::string labels = shared + "data/mnist/t10k-labels-idx1-ubyte.gz";
  for (const std::string& needed : {network, images, labels}) {
    if (!std::filesystem::exists(needed)) {
      WARN("skipped: " << needed << " is missing");
      return;
    }
  }
  const TemporaryFolder folder;
  const std::string report = folder.path("report.json");
  const CommandResult result =
      command({"run", "--network", network, "--input-scale", "1/255", "--images", images, "--labels", labels,
               "--verify", "--verify-model", "--driver", "native", "--jobs", "auto", "--quiet", "--report", report});
  INFO(result.out << result.err);
  REQUIRE(result.code == 0);
  const nlohmann::json json = read_json(report);
  CHECK(json["correct"] == correct);
  CHECK(json["verify"]["mismatches"] == 0);
  CHECK(json["verify"]["layers_checked"] == 50000);
  CHECK(json["verify_model"]["equal"] == 10000);
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
