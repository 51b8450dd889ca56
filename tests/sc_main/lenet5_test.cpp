// The shipped LeNet-5 on MNIST's test images: a part of them in every test run, all of them in the soak tests. MNIST is
// not part of the repository; without it the cases say so and check nothing.
#include <catch2/catch.hpp>
#include <filesystem>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using nlohmann::json;

namespace {

struct Network {
  const char* file;
  double least_accuracy;  ///< of all test images
};

constexpr Network binary_1_bit{"lenet5_1_1.onnx", 0.989};
constexpr Network binary_2_bits{"lenet5_1_2.onnx", 0.992};
constexpr Network ternary_2_bits{"lenet5_ternary_2.onnx", 0.992};

const std::string mnist = SPINVP_SOURCE_DIR "/../shared/data/mnist/";

bool has_mnist() {
  const bool found = std::filesystem::exists(mnist + "t10k-images-idx3-ubyte.gz") &&
                     std::filesystem::exists(mnist + "t10k-labels-idx1-ubyte.gz");
  if (!found) {
    WARN("skipped: MNIST's test images are missing, expected in ../shared/data/mnist beside the repository");
  }
  return found;
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

json run_on_mnist(const std::string& network, std::size_t count) {
  const TemporaryFolder folder;
  const CommandResult result =
      command({"run", "--network", model(network), "--images", mnist + "t10k-images-idx3-ubyte.gz", "--labels",
               mnist + "t10k-labels-idx1-ubyte.gz", "--count", std::to_string(count), "--verify", "--quiet", "--report",
               folder.path("report.json")});
  INFO(result.err);
  REQUIRE(result.code == 0);
  return read_json(folder.path("report.json"));
}

void check_equal_to_reference(const json& report, std::size_t count) {
  CHECK(report["images"] == count);
  CHECK(report["verify"]["enabled"] == true);
  CHECK(report["verify"]["mismatches"] == 0);
  CHECK(report["verify"]["layers_checked"] == count * report["layers"].size());
}

void check_first_images(const Network& network) {
  if (!has_mnist()) {
    return;
  }
  const json expected = expectation(network.file)["first_images"];
  const json report = run_on_mnist(network.file, expected["test_images"]);
  check_equal_to_reference(report, expected["test_images"]);
  CHECK(report["correct"] == expected["correct"]);
  std::uint64_t macs = 0;
  for (const json& layer : report["layers"]) {
    macs += layer["macs_per_image"].get<std::uint64_t>();
  }
  CHECK(macs == 2293000);
}

void check_all_images(const Network& network) {
  if (!has_mnist()) {
    return;
  }
  const json expected = expectation(network.file);
  const json report = run_on_mnist(network.file, 10000);
  check_equal_to_reference(report, 10000);
  CHECK(expected["test_images"] == 10000);
  CHECK(report["correct"] == expected["correct"]);
  CHECK(report["accuracy"] == expected["accuracy"]);
  CHECK(report["accuracy"] >= network.least_accuracy);
}

}  // namespace

TEST_CASE("LeNet-5 with binary weights and 1-bit activations classifies MNIST's first images as its evaluation does") {
  check_first_images(binary_1_bit);
}

TEST_CASE("LeNet-5 with binary weights and 2-bit activations classifies MNIST's first images as its evaluation does") {
  check_first_images(binary_2_bits);
}

TEST_CASE("LeNet-5 with ternary weights and 2-bit activations classifies MNIST's first images as its evaluation does") {
  check_first_images(ternary_2_bits);
}

TEST_CASE("LeNet-5 with binary weights and 1-bit activations: 98.9 % of all MNIST test images", "[.soak]") {
  check_all_images(binary_1_bit);
}

TEST_CASE("LeNet-5 with binary weights and 2-bit activations: 99.2 % of all MNIST test images", "[.soak]") {
  check_all_images(binary_2_bits);
}

TEST_CASE("LeNet-5 with ternary weights and 2-bit activations: 99.2 % of all MNIST test images", "[.soak]") {
  check_all_images(ternary_2_bits);
}
