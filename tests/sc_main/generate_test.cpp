// spinvp generate: networks of known shapes, ready for compile and run.
#include <catch2/catch.hpp>
#include <filesystem>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;

namespace {

std::string generate(const TemporaryFolder& folder, const std::string& network, const Arguments& further = {}) {
  const std::string path = folder.path(network + ".onnx");
  Arguments arguments{"generate", network, "--quiet", "-o", path};
  arguments.insert(arguments.end(), further.begin(), further.end());
  const CommandResult result = command(arguments);
  INFO(result.err);
  REQUIRE(result.code == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out, Contains(path + ": ") && Contains(network + " at "));
  return path;
}

void check_compiles(const std::string& network, const std::string& layer) {
  CAPTURE(network);
  const TemporaryFolder folder;
  const CommandResult result =
      command({"compile", generate(folder, network), "-o", folder.path("net.pimnet"), "--weights", "streamed"});
  INFO(result.err);
  CHECK(result.code == 0);
  CHECK_THAT(result.out, Contains("Network '" + network) && Contains("\n" + layer + " "));
}

/// A pattern of pixels, run on the chip and held against the reference.
void check_runs(const std::string& network, const std::string& images, const Arguments& options,
                const std::string& chip = "imce") {
  CAPTURE(network, chip);
  const TemporaryFolder folder;
  const CommandResult result =
      command({"run", "--network", generate(folder, network, options), "--images", folder.write("images", images),
               "--quiet", "--verify", "--chip", config("chips/" + chip + ".yaml")});
  INFO(result.err);
  CHECK(result.code == 0);
  CHECK_THAT(result.out, Contains("1 image") && Contains(" 0 differ from the reference"));
}

}  // namespace

TEST_CASE("every network that is offered is generated and compiled") {
  check_compiles("alexnet", "conv2");
  check_compiles("svhn", "conv2");
  check_compiles("lenet5", "conv2");
  check_compiles("mlp", "fc2");
  check_compiles("resnet18", "conv1");
  check_compiles("vgg9", "conv2");
}

TEST_CASE("small generated networks run and equal the reference, at every kind of weights") {
  const std::string images = idx_images(1, 28, 28);
  check_runs("mlp", images, {});
  for (const char* form : {"1:1", "1:4", "2:2", "8:8", "ternary:3"}) {
    CAPTURE(form);
    check_runs("lenet5", images, {"--wi", form});
  }
  check_runs("lenet5", images, {"--wi", "ternary:2"}, "parapim_a");
  check_runs("lenet5", images, {"--wi", "1:2"}, "parapim_b");
}

TEST_CASE("generated networks read colour images") {
  check_runs("svhn", idx_images(1, 40, 40, 3), {"--wi", "1:2"});
}

TEST_CASE("generated images fit their network and run on it, grey and in colour") {
  for (const auto& [network, bytes] : {std::pair{"lenet5", 16 + 2 * 28 * 28}, {"svhn", 20 + 2 * 40 * 40 * 3}}) {
    CAPTURE(network);
    const TemporaryFolder folder;
    const std::string images = folder.path("images");
    const std::string path = generate(folder, network, {"--images", images, "--count", "2"});
    CHECK(read_file(images).size() == static_cast<std::size_t>(bytes));
    const CommandResult result = command({"run", "--network", path, "--images", images, "--quiet", "--verify"});
    INFO(result.err);
    CHECK(result.code == 0);
    CHECK_THAT(result.out, Contains("2 images, no labels") && Contains(" 0 differ from the reference"));
  }
}

TEST_CASE("generated images are the seed's, and more of them begin with the same ones") {
  const TemporaryFolder folder;
  const auto images = [&](const Arguments& further) {
    Arguments arguments{"--images", folder.path("images")};
    arguments.insert(arguments.end(), further.begin(), further.end());
    generate(folder, "mlp", arguments);
    return read_file(folder.path("images")).substr(16);
  };
  const std::string one = images({});
  CHECK(one.size() == 28 * 28);
  CHECK(images({"--seed", "1", "--count", "3"}).substr(0, one.size()) == one);
  CHECK(images({"--seed", "2"}) != one);
}

TEST_CASE("images of no file, none at all, or over the network are refused") {
  const TemporaryFolder folder;
  const std::string path = folder.path("net.onnx");
  CHECK(command({"generate", "mlp", "-o", path, "--count", "2"}).code == 2);
  CHECK(command({"generate", "mlp", "-o", path, "--images", folder.path("images"), "--count", "0"}).code == 2);
  check_refused(command({"generate", "mlp", "-o", path, "--images", path}), "it would be overwritten");
}

TEST_CASE("equal seeds give equal files, another seed another one") {
  const TemporaryFolder folder;
  const std::string first = read_file(generate(folder, "lenet5"));
  CHECK(read_file(generate(folder, "lenet5", {"--seed", "1"})) == first);
  CHECK(read_file(generate(folder, "lenet5", {"--seed", "2"})) != first);
}

TEST_CASE("a network or widths that are not offered are refused with those that are") {
  const TemporaryFolder folder;
  const std::string path = folder.path("net.onnx");
  check_refused(command({"generate", "lenet6", "-o", path}), "alexnet, svhn, lenet5, mlp, resnet18, vgg9");
  for (const char* form : {"3:3", "1", "ternary", "1:0", "1:1 "}) {
    CAPTURE(form);
    check_refused(command({"generate", "lenet5", "--wi", form, "-o", path}),
                  "'" + std::string(form) + "' are not offered; expected one of 1:1, 1:2, ");
  }
  check_refused(command({"generate", "lenet5", "-o", folder.path("nowhere/net.onnx")}), "nowhere/net.onnx");
  CHECK(command({"generate", "lenet5"}).code == 2);
  CHECK(command({"generate", "lenet5", "--seed", "-1", "-o", path}).code == 2);
  CHECK(command({"generate", "-o", path}).code == 2);
}

TEST_CASE("a wrong network or wrong widths leave no file behind") {
  const TemporaryFolder folder;
  command({"generate", "lenet6", "-o", folder.path("net.onnx")});
  command({"generate", "lenet5", "--wi", "3:3", "-o", folder.path("net.onnx")});
  CHECK_FALSE(std::filesystem::exists(folder.path("net.onnx")));
}
