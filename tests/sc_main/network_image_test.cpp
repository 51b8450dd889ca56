// Compiled networks: written, shown, run, and refused when they are not what they were.
#include "network/image/network_image.h"

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstring>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;

namespace {

struct Compiled {
  TemporaryFolder folder;
  std::string path = folder.path("network.pimnet");
  CommandResult result;

  explicit Compiled(const Arguments& further = {}) {
    Arguments arguments{"compile", model("digits_binary.onnx"), "-o", path};
    arguments.insert(arguments.end(), further.begin(), further.end());
    result = command(arguments);
    INFO(result.err);
    REQUIRE(result.code == 0);
  }

  CommandResult run(const Arguments& further = {}) const { return run_file(path, further); }
  static CommandResult run_file(const std::string& image, const Arguments& further = {}) {
    Arguments arguments{"run",      "--network",           image,    "--images", model(shipped_images),
                        "--labels", model(shipped_labels), "--quiet"};
    arguments.insert(arguments.end(), further.begin(), further.end());
    return command(arguments);
  }
};

/// A chip with other sub-arrays than the shipped one's.
std::string narrow_chip(const TemporaryFolder& folder) {
  const std::string text = with(with(read_file(config("chips/imce.yaml")), "value: 512 columns", "value: 256 columns"),
                                "../technologies/sot_mram_45nm.yaml", config("technologies/sot_mram_45nm.yaml"));
  return folder.write("narrow.yaml", with(text, "name: imce", "name: narrow"));
}

}  // namespace

TEST_CASE("a compiled network shows its layers and its size") {
  const Compiled compiled;
  CHECK_THAT(compiled.result.out, Contains("Network 'digits_binary' for chip 'imce'") && Contains("\nconv1 ") &&
                                      Contains("\nfc ") && Contains("network.pimnet: "));
  CHECK(compiled.result.err.empty());
}

TEST_CASE("inspect shows the same layers, and every command stream") {
  const Compiled compiled;
  const CommandResult all = command({"inspect", compiled.path});
  CHECK(all.code == 0);
  CHECK_THAT(all.out, Contains("Layer 'conv1', load stream:") && Contains("Layer 'fc', run stream:") &&
                          Contains("AND_ACC") && Contains("STOP"));
  const CommandResult table = command({"inspect", compiled.path, "--layers-only"});
  CHECK(table.code == 0);
  CHECK_THAT(table.out, !Contains("AND_ACC"));
  CHECK(all.out.compare(0, table.out.size(), table.out) == 0);
  CHECK(compiled.result.out.compare(0, table.out.size(), table.out) == 0);
}

TEST_CASE("inspect says to which layer a constant is added") {
  using spinvp::interface::ImageHeader;
  using spinvp::interface::ImageLayer;
  const Compiled compiled;
  std::vector<std::uint8_t> bytes = spinvp::network::NetworkImage::read(compiled.path).bytes();
  const std::uint32_t layers = spinvp::network::NetworkImage::read(compiled.path).header().layers_offset;
  const std::uint32_t somewhere = layers;
  std::memcpy(bytes.data() + layers + offsetof(ImageLayer, constant_offset), &somewhere, sizeof(somewhere));
  const std::uint32_t checksum = spinvp::network::image_checksum(bytes);
  std::memcpy(bytes.data() + offsetof(ImageHeader, crc32), &checksum, sizeof(checksum));
  const std::string path = compiled.folder.write("constant.pimnet", std::string(bytes.begin(), bytes.end()));
  const CommandResult table = command({"inspect", path, "--layers-only"});
  CHECK(table.code == 0);
  CHECK_THAT(table.out, Contains(" image + constant "));
  CHECK_THAT(compiled.result.out, !Contains("constant"));
}

TEST_CASE("compiling the same network twice gives the same bytes") {
  const Compiled first;
  const Compiled second;
  CHECK(read_file(first.path) == read_file(second.path));
}

TEST_CASE("a compiled network runs as the ONNX file does") {
  for (const char* weights : {"stationary", "streamed"}) {
    const Compiled compiled({"--weights", weights});
    const CommandResult result =
        compiled.run({"--predictions", compiled.folder.path("a.csv"), "--report", compiled.folder.path("a.json")});
    CHECK(result.code == 0);
    CHECK(result.out == "360 images, accuracy 98.33 % (354 correct)\n");
    REQUIRE(
        run_shipped("digits_binary.onnx", {"--quiet", "--weights", weights, "--predictions",
                                           compiled.folder.path("b.csv"), "--report", compiled.folder.path("b.json")})
            .code == 0);
    CHECK(read_file(compiled.folder.path("a.csv")) == read_file(compiled.folder.path("b.csv")));
    const nlohmann::json a = read_json(compiled.folder.path("a.json"));
    const nlohmann::json b = read_json(compiled.folder.path("b.json"));
    CHECK(a["layers"] == b["layers"]);
    CHECK(a["totals"] == b["totals"]);
  }
}

TEST_CASE("the option --verify needs the ONNX file") {
  check_refused(Compiled().run({"--verify"}), "network.pimnet: --verify needs the ONNX file");
}

TEST_CASE("options of the mapping cannot change a compiled network and are refused") {
  const Compiled compiled;
  check_refused(compiled.run({"--weights", "streamed"}), "network.pimnet: --weights is for ONNX files");
  check_refused(compiled.run({"--mapping", "and"}), "network.pimnet: --mapping is for ONNX files");
  check_refused(compiled.run({"--objective", "edp"}), "network.pimnet: --objective is for ONNX files");
  check_refused(compiled.run({"--layer-mapping", "conv1=and"}), "network.pimnet: --layer-mapping is for ONNX files");
}

TEST_CASE("labels beyond a compiled network's scores are refused") {
  const Compiled compiled;
  const std::string images = compiled.folder.write("images", idx_images(2, 8, 8));
  const std::string labels = compiled.folder.write("labels", idx_labels({3, 99}));
  check_refused(command({"run", "--network", compiled.path, "--images", images, "--labels", labels}),
                "labels: label 1 is 99, but the network 'digits_binary' tells 10 classes apart, 0 to 9");
}

TEST_CASE("an altered network image is refused, whichever byte was altered") {
  const Compiled compiled;
  const std::string bytes = read_file(compiled.path);
  for (std::size_t at = 0; at < bytes.size(); at += bytes.size() / 40 + 1) {
    CAPTURE(at);
    std::string altered = bytes;
    altered[at] = static_cast<char>(altered[at] ^ 0x10);
    const std::string path = compiled.folder.write("altered.pimnet", altered);
    check_refused(Compiled::run_file(path), "altered.pimnet: not a usable network image: ");
    check_refused(command({"inspect", path}), "altered.pimnet: not a usable network image: ");
  }
}

TEST_CASE("a network image cut off anywhere is refused") {
  const Compiled compiled;
  const std::string bytes = read_file(compiled.path);
  for (const std::size_t length :
       {std::size_t{1}, std::size_t{63}, std::size_t{200}, bytes.size() / 2, bytes.size() - 1}) {
    CAPTURE(length);
    check_refused(Compiled::run_file(compiled.folder.write("cut.pimnet", bytes.substr(0, length))),
                  "cut.pimnet: not a usable network image: ");
  }
  check_refused(Compiled::run_file(compiled.folder.write("long.pimnet", bytes + "tail")), "not a usable network image");
}

TEST_CASE("a text is no network image") {
  const TemporaryFolder folder;
  check_refused(command({"inspect", folder.write("text.pimnet", std::string(1000, 'x'))}),
                "text.pimnet: not a usable network image: it does not start with 'PMNT'");
}

TEST_CASE("a file that is neither kind of network is refused with both") {
  const TemporaryFolder folder;
  check_refused(command({"inspect", folder.write("images.npy", std::string(1000, 'x'))}),
                "images.npy: is no network image and not named as an ONNX file; expected NET.onnx or NET.pimnet");
}

TEST_CASE("an image that was mapped for another chip is refused with all that differs") {
  const TemporaryFolder folder;
  const Compiled compiled({"--chip", narrow_chip(folder)});
  CHECK_THAT(compiled.result.out, Contains("for chip 'narrow'"));
  for (const char* driver : {"firmware", "native"}) {
    check_refused(compiled.run({"--driver", driver}),
                  "network.pimnet: mapped for another chip ('narrow') than 'imce' (");
  }
  check_refused(compiled.run(), "it needs 256 columns, the chip has 512\n");
  const std::string small = with(with(with(read_file(config("chips/imce.yaml")), "value: 8 banks", "value: 4 banks"),
                                      "../technologies/", config("technologies/")),
                                 "value: 256 rows", "value: 512 rows");
  check_refused(Compiled().run({"--chip", folder.write("small.yaml", small)}),
                "it needs 256 rows, the chip has 512, 32 sub-arrays, the chip has 16\n");
}

TEST_CASE("an image runs on a chip that has more of what it needs") {
  const TemporaryFolder folder;
  const std::string large = with(with(read_file(config("chips/imce.yaml")), "value: 8 banks", "value: 16 banks"),
                                 "../technologies/", config("technologies/"));
  const std::string chip = folder.write("large.yaml", large);
  CHECK(Compiled().run({"--chip", chip}).code == 0);
  const Compiled compiled;
  const CommandResult told =
      command({"run", "--network", compiled.path, "--images", model(shipped_images), "--count", "1", "--chip", chip});
  CHECK_THAT(told.out, Contains("network.pimnet: compiled for 32 sub-arrays (chip 'imce'), chip 'imce' has 64"));
  CHECK_THAT(command({"run", "--network", compiled.path, "--images", model(shipped_images), "--count", "1"}).out,
             !Contains("sub-arrays (chip"));
}

TEST_CASE("an image that was mapped for another chip runs on that chip") {
  const TemporaryFolder folder;
  const std::string chip = narrow_chip(folder);
  const Compiled compiled({"--chip", chip});
  const CommandResult result = compiled.run({"--chip", chip});
  CHECK(result.code == 0);
  CHECK(result.out == "360 images, accuracy 98.33 % (354 correct)\n");
}

TEST_CASE("inspect says what to do with a chip") {
  check_refused(command({"inspect", config("chips/imce.yaml")}), "a chip's is shown by: spinvp inspect --chip ");
}

TEST_CASE("a network image that is too short or too long is called so") {
  const TemporaryFolder folder;
  const std::string path = folder.path("net.pimnet");
  REQUIRE(command({"compile", model("digits_binary.onnx"), "-o", path}).code == 0);
  const std::string bytes = read_file(path);
  check_refused(command({"inspect", folder.write("short.pimnet", bytes.substr(0, bytes.size() - 4))}),
                std::to_string(bytes.size() - 4) + " (truncated)");
  check_refused(command({"inspect", folder.write("long.pimnet", bytes + "more")}),
                std::to_string(bytes.size() + 4) + " (too long)");
}

TEST_CASE("the columns of the tables are as wide as the longest layer's name") {
  const TemporaryFolder folder;
  const std::string network = folder.path("net.onnx");
  REQUIRE(command({"generate", "resnet18", "--quiet", "-o", network}).code == 0);
  const std::string out = command({"compile", network, "-o", folder.path("net.pimnet")}).out;
  const auto column = [&](const std::string& line, const std::string& word) {
    const std::size_t start = out.find("\n" + line);
    REQUIRE(start != std::string::npos);
    return out.find(word, start) - start;
  };
  CHECK(column("stage2_block1_shortcut ", " conv ") == column("conv1 ", " conv "));
  CHECK(column("layer ", " kind ") == column("conv1 ", " conv "));
}
