// --quantize, --calibration and --calibration-count.
#include <catch2/catch.hpp>

#include "network/support/float_networks.h"
#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;

namespace {

std::string big_endian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

/// IDX, a pixel's channels side by side.
std::string idx(std::uint32_t count, std::uint64_t seed) {
  const std::vector<std::uint8_t> bytes = random_images(count, seed);
  return big_endian(0x804) + big_endian(count) + big_endian(8) + big_endian(8) + big_endian(2) +
         std::string(bytes.begin(), bytes.end());
}

/// A float network and images beside it.
struct Files {
  TemporaryFolder folder;
  std::string network = folder.write("net.onnx", float_network(FloatNetwork::Convolutional, 1).SerializeAsString());
  std::string calibration = folder.write("calibration-images", idx(40, 1));
  std::string images = folder.write("images", idx(3, 2));

  CommandResult run(Arguments further) const {
    further.insert(further.begin(), {"run", "--network", network, "--images", images});
    return command(further);
  }
};

}  // namespace

TEST_CASE("a float network is quantised on the way, and the report says how") {
  const Files files;
  const std::string report = files.folder.path("report.json");
  const CommandResult result = files.run({"--quantize", "4:3", "--calibration", files.calibration,
                                          "--calibration-count", "5", "--verify", "--report", report});
  REQUIRE(result.code == 0);
  CHECK_THAT(result.err, Contains("spinvp: calibrating: 5 of 5 images\n"));
  CHECK_THAT(result.out, Contains("note: quantised after training to 4:3 bits (W:A) with 5 calibration images: the "
                                  "weights of 4 layers and 3 values"));
  CHECK_THAT(result.out, Contains("note: quantised the weights of node"));
  CHECK_THAT(result.out, Contains(" 0 differ from the reference"));
  const nlohmann::json json = read_json(report);
  CHECK(json["notes"].size() >= 8);
  CHECK_THAT(json["notes"][0].get<std::string>(), Contains("4:3"));
  CHECK(json["options"]["quantize"]["weight_bits"] == 4);
  CHECK(json["options"]["quantize"]["activation_bits"] == 3);
  CHECK(json["options"]["quantize"]["calibration"] == files.calibration);
  CHECK(json["options"]["quantize"]["calibration_count"] == 5);
}

TEST_CASE("the first 32 images calibrate, or all where there are fewer") {
  const Files files;
  CHECK_THAT(command({"inspect", files.network, "--quantise", "8:8", "--calibration", files.calibration}).out,
             Contains("with 32 calibration images"));
  CHECK_THAT(command({"inspect", files.network, "--quantise", "8:8", "--calibration", files.images}).out,
             Contains("with 3 calibration images"));
}

TEST_CASE("compile quantises too, and the image runs as the network does") {
  const Files files;
  const std::string image = files.folder.path("net.pimnet");
  const Arguments quantise{"--quantize", "2:2", "--calibration", files.calibration};
  Arguments compile{"compile", files.network, "-o", image};
  compile.insert(compile.end(), quantise.begin(), quantise.end());
  const CommandResult compiled = command(compile);
  REQUIRE(compiled.code == 0);
  CHECK_THAT(compiled.out, Contains("note: quantised after training to 2:2 bits"));
  const std::string one = files.folder.path("one.csv");
  const std::string other = files.folder.path("other.csv");
  CHECK(command({"run", "--network", image, "--images", files.images, "--predictions", one}).code == 0);
  Arguments run = quantise;
  run.insert(run.end(), {"--predictions", other, "--quiet"});
  const CommandResult quiet = files.run(run);
  CHECK(quiet.code == 0);
  CHECK(quiet.err.empty());
  CHECK(read_file(one) == read_file(other));
}

TEST_CASE("classes that differ from the float model's are no error of the chip") {
  const Files files;
  const std::string report = files.folder.path("report.json");
  const CommandResult result = files.run(
      {"--quantize", "1:1", "--calibration", files.calibration, "--verify-model", "--jobs", "2", "--report", report});
  CHECK(result.code == 0);
  CHECK_THAT(result.out, Contains("of 3 images; the reference is the model before --quantize, so that other classes "
                                  "are no error\n"));
  CHECK(read_json(report)["options"]["quantize"]["calibration_count"] == 32);
  const nlohmann::json check = read_json(report)["verify_model"];
  CHECK(check["before_quantising"] == true);
  CHECK(check["unexplained"] == 0);
  for (const nlohmann::json& one : check["differences"]) {
    CHECK(one["reason"] == "quantised");
  }
}

TEST_CASE("a float layer is refused without --quantize, which the message names") {
  const Files files;
  check_refused(files.run({}), "or quantise the model on the way: --quantize");
}

TEST_CASE("bits that are none, and options without each other, are wrong usage") {
  const Files files;
  for (const char* const bits : {"9:1", "0:4", "4", "4:", "4:4:4", "a:b", "", "-1:2"}) {
    INFO(bits);
    const CommandResult result = files.run({"--quantize", bits, "--calibration", files.calibration});
    CHECK(result.code == 2);
    CHECK_THAT(result.err, Contains("--quantize"));
  }
  CHECK_THAT(files.run({"--quantize", "4:4"}).err, Contains("--calibration"));
  CHECK_THAT(files.run({"--calibration", files.calibration}).err, Contains("--quantize"));
  CHECK(files.run({"--quantize", "4:4", "--calibration", files.calibration, "--calibration-count", "0"}).code == 2);
}

TEST_CASE("calibration images that are missing, too few or of another shape are refused") {
  const Files files;
  const auto with = [&](const std::string& calibration, Arguments further = {}) {
    further.insert(further.begin(), {"--quantize", "4:4", "--calibration", calibration});
    return files.run(further);
  };
  check_refused(with(files.folder.path("none")), "none");
  check_refused(with(files.images, {"--calibration-count", "4"}),
                "--calibration-count asks for 4 images, the file has 3");
  check_refused(with(files.folder.write("small", idx_images(2, 3, 3))),
                "its images are 3 x 3 x 1, network '" + files.network + "' takes 8 x 8 x 2");
  const CommandResult black = with(files.folder.write("black", idx(1, 1).substr(0, 20) + std::string(128, '\0')));
  CHECK(black.code == 2);
  CHECK_THAT(black.err, Contains("every byte of the calibration images is 0"));
}

TEST_CASE("in a network image bits are decided already") {
  const Files files;
  const std::string image = files.folder.path("net.pimnet");
  const Arguments quantise{"--quantize", "2:2", "--calibration", files.calibration};
  Arguments compile{"compile", files.network, "-o", image};
  compile.insert(compile.end(), quantise.begin(), quantise.end());
  REQUIRE(command(compile).code == 0);
  check_refused(command({"run", "--network", image, "--images", files.images, "--quantize", "2:2", "--calibration",
                         files.calibration}),
                "--quantize is for ONNX files; in a network image bits are decided already");
  check_refused(command({"inspect", image, "--quantize", "2:2", "--calibration", files.calibration}),
                "--quantize is for ONNX files");
}
