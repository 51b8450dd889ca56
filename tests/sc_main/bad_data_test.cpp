// Networks, images and labels that cannot be used: exit code 2, one line that says which file and why.
#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <iterator>

#include "network/support/model_builder.h"
#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;

namespace {

CommandResult run_with(const std::string& network, const std::string& images, const Arguments& further = {}) {
  Arguments arguments{"run", "--network", network, "--images", images, "--quiet"};
  arguments.insert(arguments.end(), further.begin(), further.end());
  return command(arguments);
}

CommandResult run_network(const std::string& network) {
  return run_with(network, model(shipped_images));
}

CommandResult run_images(const std::string& images, const Arguments& further = {}) {
  return run_with(model("digits_binary.onnx"), images, further);
}

CommandResult run_labels(const std::string& labels) {
  return run_images(model(shipped_images), {"--labels", labels});
}

/// A grey PNG file of 8 x 8 black pixels.
std::string black_image() {
  constexpr std::uint8_t bytes[] = {0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
                                    0x44, 0x52, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x08, 0x08, 0x00, 0x00, 0x00,
                                    0x00, 0xe1, 0x64, 0xe1, 0x57, 0x00, 0x00, 0x00, 0x0c, 0x49, 0x44, 0x41, 0x54, 0x78,
                                    0x9c, 0x63, 0x60, 0xa0, 0x0e, 0x00, 0x00, 0x00, 0x48, 0x00, 0x01, 0x2e, 0xb8, 0x3c,
                                    0x7e, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};
  return {std::begin(bytes), std::end(bytes)};
}

}  // namespace

TEST_CASE("a missing file is named, whichever it is") {
  check_refused(run_network("nowhere.onnx"), "spinvp: nowhere.onnx: cannot open the file");
  check_refused(run_network("nowhere.pimnet"),
                "spinvp: nowhere.pimnet: cannot open the file: No such file or directory\n");
  check_refused(run_images("nowhere-idx3"), "spinvp: nowhere-idx3: cannot open the file: No such file or directory\n");
  check_refused(run_labels("nowhere-idx1"), "spinvp: nowhere-idx1: cannot open the file: No such file or directory\n");
  for (const char* option : {"--chip", "--soc", "--firmware"}) {
    check_refused(run_shipped("digits_binary.onnx", {option, "nowhere"}),
                  "spinvp: nowhere: cannot open the file: No such file or directory\n");
  }
  check_refused(command({"compile", "nowhere.onnx", "-o", "x.pimnet"}), "nowhere.onnx: cannot open the file");
  check_refused(command({"inspect", "nowhere.pimnet"}), "nowhere.pimnet: cannot open the file");
}

TEST_CASE("a folder in the place of a file is called one") {
  const TemporaryFolder folder;
  check_refused(run_network(folder.path()), "is a folder; expected an ONNX file");
  check_refused(run_images(folder.path()), "is a folder without PNG files");
  check_refused(run_labels(folder.path()), "is a folder; expected a file");
  check_refused(run_shipped("digits_binary.onnx", {"--chip", folder.path()}), "is a folder; expected a YAML file");
  check_refused(run_shipped("digits_binary.onnx", {"--soc", folder.path()}), "is a folder; expected a YAML file");
  check_refused(run_shipped("digits_binary.onnx", {"--firmware", folder.path()}),
                "is a folder; expected an ELF executable");
}

TEST_CASE("an empty file is refused, whichever it is") {
  const TemporaryFolder folder;
  const std::string empty = folder.write("empty", "");
  check_refused(run_network(empty), empty + ": holds no graph");
  check_refused(run_network(folder.write("empty.pimnet", "")), "not a usable network image: it is empty");
  check_refused(run_images(empty), empty + ": ends within its header");
  check_refused(run_labels(empty), empty + ": ends within its header");
  check_refused(run_shipped("digits_binary.onnx", {"--chip", empty}), empty + ":1:1: expected a map with the keys");
  check_refused(run_shipped("digits_binary.onnx", {"--soc", empty}), empty + ":1:1: expected a map with the keys");
  check_refused(run_shipped("digits_binary.onnx", {"--firmware", empty}), empty + ": not an ELF file");
}

TEST_CASE("a text is no ONNX model") {
  const TemporaryFolder folder;
  check_refused(run_network(folder.write("model.onnx", "just a text\n")), "model.onnx: is not an ONNX model");
}

TEST_CASE("a model cut in half is refused") {
  const TemporaryFolder folder;
  const std::string bytes = read_file(model("digits_binary.onnx"));
  check_refused(run_network(folder.write("half.onnx", bytes.substr(0, bytes.size() / 2))),
                "half.onnx: is not an ONNX model, or is truncated");
}

TEST_CASE("an operator that the chip cannot run is named with its node") {
  const TemporaryFolder folder;
  ModelBuilder builder;
  builder.image(1, 8, 8).conv({2, 1, 3, 3}, Numbers(18, 1.0f)).add("Softmax", {}, {}, "squash");
  builder.fully_connected(2, Numbers(2 * 2 * 36, 1.0f));
  const CommandResult result = run_network(folder.write("softmax.onnx", builder.bytes()));
  check_refused(result, "softmax.onnx: ");
  check_refused(result, "squash");
  check_refused(result, "Softmax");
}

TEST_CASE("images of another shape than the network's are refused with both shapes") {
  const TemporaryFolder folder;
  const CommandResult result = run_images(folder.write("large", idx_images(3, 28, 20)));
  check_refused(result, "its images are 28 x 20 x 1, network 'digits_binary' takes 8 x 8 x 1");
}

TEST_CASE("an image file that ends early, or late, is refused") {
  const TemporaryFolder folder;
  const std::string bytes = idx_images(4, 8, 8);
  check_refused(run_images(folder.write("short", bytes.substr(0, bytes.size() - 1))),
                "short: is truncated: its header announces 256 bytes of data, but it holds 255");
  check_refused(run_images(folder.write("header", bytes.substr(0, 10))), "header: ends within its header");
  check_refused(run_images(folder.write("long", bytes + "x")),
                "long: holds more than the 256 bytes of data that its header announces");
  const std::string gzip = compressed(bytes);
  check_refused(run_images(folder.write("half.gz", gzip.substr(0, gzip.size() / 2))), "half.gz: its gzip data");
}

TEST_CASE("images and labels in each other's place are refused") {
  check_refused(run_images(model(shipped_labels)), "starts with 0x00000801: these are labels; expected 0x00000803");
  check_refused(run_labels(model(shipped_images)),
                "starts with 0x00000803: these are images; expected labels: 0x00000801");
}

TEST_CASE("as many labels as images, and no label beyond the scores") {
  const TemporaryFolder folder;
  const std::string images = folder.write("images", idx_images(3, 8, 8));
  check_refused(run_images(images, {"--labels", folder.write("two", idx_labels({1, 2}))}), "two: holds 2 labels");
  check_refused(run_images(images, {"--labels", folder.write("high", idx_labels({1, 10, 2}))}),
                "high: label 1 is 10, but the network 'digits_binary' tells 10 classes apart, 0 to 9");
}

TEST_CASE("folders of classes are told of when they are fewer than the network's, and refused when more") {
  const TemporaryFolder folder;
  const auto add = [&](const std::string& name) {
    std::filesystem::create_directory(folder.path(name));
    folder.write(name + "/a.png", black_image());
  };
  const auto run = [&] {
    return command({"run", "--network", model("digits_binary.onnx"), "--images", folder.path(), "--driver", "native"});
  };
  const std::string note = "note: " + folder.path() + ": 1 folder of classes for 10 classes: numbered 0 in the order";
  add("5");
  CHECK_THAT(run().out, Catch::Contains(note));
  for (const char* const name : {"0", "1", "2", "3", "4", "6", "7", "8", "9"}) {
    add(name);
  }
  CHECK_THAT(run().out, !Catch::Contains("folders of classes"));
  add("x");
  check_refused(run(), "holds 11 folders of classes, but the network 'digits_binary' tells 10 classes apart; 'x' is");
}

TEST_CASE("a --count beyond the file is refused") {
  check_refused(run_images(model(shipped_images), {"--count", "361"}), "--count asks for 361 images, the file has 360");
}

TEST_CASE("a report that cannot be written is refused before the run") {
  const TemporaryFolder folder;
  for (const char* option : {"--report", "--predictions"}) {
    check_refused(run_shipped("digits_binary.onnx", {option, folder.path("no/such/folder/file")}),
                  "no/such/folder/file: cannot write the file: there is no folder '");
    check_refused(run_shipped("digits_binary.onnx", {option, folder.path()}),
                  folder.path() + ": cannot write the file: it is a folder");
  }
  check_refused(command({"compile", model("digits_binary.onnx"), "-o", folder.path("no/x.pimnet")}),
                "no/x.pimnet: cannot write the file");
}

TEST_CASE("a full disk does not pass for a written report") {
  const CommandResult result = run_shipped("digits_binary.onnx", {"--count", "1", "--quiet", "--report", "/dev/full"});
  CHECK(result.code == 2);
  CHECK(result.err == "spinvp: /dev/full: cannot write the file: No space left on device\n");
}
