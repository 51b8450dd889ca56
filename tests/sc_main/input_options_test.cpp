// --input-scale, --input-mean, --input-std and the YAML beside a model.
#include <catch2/catch.hpp>

#include "network/support/model_builder.h"
#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;

namespace {

/// A 2 x 2 image of real numbers and two scores: the sum of all pixels, and of the first row less the second.
std::string real_model(int channels = 1) {
  ModelBuilder builder;
  builder.input({1, channels, 2, 2}, onnx::TensorProto::FLOAT);
  Numbers weights(static_cast<std::size_t>(8 * channels), 1.0f);
  for (std::size_t i = weights.size() / 2; i < weights.size(); ++i) {
    weights[i] = i % 4 < 2 ? 1.0f : -1.0f;
  }
  builder.fully_connected(2, weights);
  return builder.bytes();
}

CommandResult inspect(const std::string& network, Arguments further = {}) {
  Arguments arguments{"inspect", network};
  arguments.insert(arguments.end(), further.begin(), further.end());
  return command(arguments);
}

}  // namespace

TEST_CASE("options say what a byte of an image is") {
  const TemporaryFolder folder;
  const std::string network = folder.write("net.onnx", real_model());
  const CommandResult result =
      inspect(network, {"--input-scale", "1/255", "--input-mean", "-0.5", "--input-std", "0.25"});
  CHECK(result.code == 0);
  CHECK_THAT(result.out, Contains("note: an input is (byte * 0.00392156862745098 - -0.5) / 0.25\n"));
}

TEST_CASE("a YAML beside the model says it too, and options come before it") {
  const TemporaryFolder folder;
  const std::string network = folder.write("net.onnx", real_model());
  const std::string yaml = folder.write("net.yaml", "input: {scale: 1/4, mean: [0.5], std: 2}\n");
  CHECK_THAT(inspect(network).out, Contains("note: an input is (byte * 0.25 - 0.5) / 2, from " + yaml + "\n"));
  CHECK_THAT(inspect(network, {"--input-mean", "1"}).out,
             Contains("note: an input is (byte * 0.25 - 1) / 2, from " + yaml +
                      "; --input-mean given instead of what "
                      "it says\n"));
}

TEST_CASE("a note names the YAML as a source only of what is taken from it") {
  const TemporaryFolder folder;
  const std::string network = folder.write("net.onnx", real_model());
  const std::string yaml = folder.write("net.yaml", "input: {scale: 1/4}\n");
  CHECK_THAT(
      inspect(network, {"--input-scale", "1/2"}).out,
      Contains("note: an input is (byte * 0.5 - 0) / 1; --input-scale given instead of what " + yaml + " says\n"));
}

TEST_CASE("the YAML beside a model may have the model's whole name, and stands there once") {
  for (const char* const name : {"net.yml", "net.onnx.yaml", "net.onnx.yml"}) {
    const TemporaryFolder folder;
    const std::string network = folder.write("net.onnx", real_model());
    const std::string yaml = folder.write(name, "input: {scale: 1/4}\n");
    CHECK_THAT(inspect(network).out, Contains("note: an input is (byte * 0.25 - 0) / 1, from " + yaml + "\n"));
    folder.write("net.yaml", "input: {scale: 1/2}\n");
    check_refused(inspect(network), "expected one of them");
  }
}

TEST_CASE("a YAML beside the model that says anything else is refused with line and key") {
  const TemporaryFolder folder;
  const std::string network = folder.write("net.onnx", real_model());
  const auto with_yaml = [&](const std::string& text) {
    folder.write("net.yaml", text);
    return inspect(network);
  };
  check_refused(with_yaml("inputs: {scale: 1}\n"), "net.yaml:1:1: unknown key 'inputs'; did you mean 'input'?");
  check_refused(with_yaml("input:\n  scale: 1\n  men: 0\n"),
                "net.yaml:3:3: input: unknown key 'men'; did you mean 'mean'?");
  check_refused(with_yaml("input: {scale: 0}\n"), "net.yaml:1:16: input.scale: expected a number");
  check_refused(with_yaml("input: {scale: 1/0}\n"), "found '1/0'");
  check_refused(with_yaml("input: {scale: [1, 1]}\n"), "input.scale: expected one number for all channels");
  check_refused(with_yaml("input: {mean: [0, nan]}\n"), "input.mean[1]: expected a number");
  check_refused(with_yaml("input: {mean: []}\n"), "found an empty list");
  check_refused(with_yaml("input: {std: [1, -1]}\n"), "input.std[1]: expected a number");
}

TEST_CASE("numbers that are none, or not positive, are wrong usage") {
  for (const char* const text : {"0", "-1", "1/0", "x", "nan", "inf", "", "1/", "/2", "0x10", "1e999"}) {
    INFO(text);
    const CommandResult result = inspect(model("digits_binary.onnx"), {"--input-scale", text});
    CHECK(result.code == 2);
    CHECK_THAT(result.err, Contains("--input-scale"));
  }
  CHECK(inspect(model("digits_binary.onnx"), {"--input-mean", "1,,2"}).code == 2);
  CHECK(inspect(model("digits_binary.onnx"), {"--input-std", "1,0"}).code == 2);
}

TEST_CASE("a model of real numbers is not run without saying what a byte is") {
  const TemporaryFolder folder;
  const std::string network = folder.write("net.onnx", real_model());
  check_refused(command({"compile", network, "-o", folder.path("net.pimnet")}), "--input-scale (for instance 1/255)");
  CHECK_THAT(inspect(network).out, Contains("a byte of an image is taken as it is"));
}

TEST_CASE("a model of bytes scales them itself") {
  check_refused(inspect(model("digits_binary.onnx"), {"--input-scale", "1/255"}), "leave out --input-scale");
}

TEST_CASE("means and deviations are one, or one a channel") {
  const TemporaryFolder folder;
  const std::string network = folder.write("net.onnx", real_model(3));
  CHECK(inspect(network, {"--input-mean", "0.5"}).code == 0);
  const CommandResult result = inspect(network, {"--input-mean", "1,2"});
  CHECK(result.code == 2);
  CHECK_THAT(result.err, Contains("net.onnx: "));
}

TEST_CASE("a network image has its input's scaling inside") {
  const TemporaryFolder folder;
  const std::string image = folder.path("net.pimnet");
  REQUIRE(command({"compile", model("digits_binary.onnx"), "-o", image}).code == 0);
  check_refused(command({"run", "--network", image, "--images", model(shipped_images), "--input-scale", "1/255"}),
                "--input-scale, --input-mean and --input-std are for ONNX files");
  check_refused(inspect(image, {"--input-scale", "1/255"}),
                "--input-scale, --input-mean and --input-std are for ONNX files");
  check_refused(inspect(image, {"--dot", folder.path("net.dot")}), "--dot is for ONNX files");
}

TEST_CASE("a run's scores follow the input's scaling, and its report says it") {
  const TemporaryFolder folder;
  const std::string network = folder.write("net.onnx", real_model());
  const std::string images = folder.write("images", idx_images(2, 2, 2));
  const std::string report = folder.path("report.json");
  const std::string scores = folder.path("scores.csv");
  const CommandResult result =
      command({"run", "--network", network, "--images", images, "--input-scale", "1/2", "--input-mean", "1", "--report",
               report, "--predictions", scores, "--verify", "--driver", "native"});
  INFO(result.out << result.err);
  CHECK(result.code == 0);
  CHECK_THAT(result.out, Contains("note: an input is (byte * 0.5 - 1) / 1"));
  const nlohmann::json json = read_json(report);
  CHECK(json["options"]["input"] == nlohmann::json({{"scale", 0.5}, {"mean", {1.0}}, {"std", {1.0}}}));
  CHECK(json["notes"].size() >= 1);
}
