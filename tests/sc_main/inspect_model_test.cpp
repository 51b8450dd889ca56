// spinvp inspect NET.onnx: what the importer understood, and a drawing of it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "network/support/model_builder.h"
#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;

namespace {

/// Two convolutions, the second with an identity shortcut, and scores.
ModelBuilder residual_model(const std::string& name = "first") {
  ModelBuilder builder(13, name);
  builder.image(1, 6, 6).conv({4, 1, 3, 3}, Numbers(36, 1.0f), {attr("pads", Dims{1, 1, 1, 1})}, name);
  builder.mul(0.1f).activation(2);
  const std::string shortcut = builder.value();
  builder.conv({4, 4, 3, 3}, Numbers(144, 1.0f), {attr("pads", Dims{1, 1, 1, 1})}, "second");
  builder.mul(0.02f).add("Add", {shortcut}).mul(0.5f).activation(2);
  builder.add("GlobalAveragePool").fully_connected(3, Numbers(12, 1.0f));
  return builder;
}

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + word.size())) {
    ++found;
  }
  return found;
}

}  // namespace

TEST_CASE("inspect shows the layers of an ONNX file") {
  const TemporaryFolder folder;
  const CommandResult result = command({"inspect", folder.write("net.onnx", residual_model().bytes())});
  INFO(result.out << result.err);
  CHECK(result.code == 0);
  CHECK_THAT(result.out, Contains("image 6x6x1 of 8 b, 3 layers, 192 weights, 6492 multiply-accumulates an image"));
  std::istringstream lines(result.out);
  std::string line;
  std::vector<std::string> rows;
  while (std::getline(lines, line)) {
    rows.push_back(line);
  }
  REQUIRE(rows.size() > 6);
  CHECK_THAT(rows[2], Contains("layer") && Contains("window") && Contains("meaning"));
  CHECK_THAT(rows[3], Contains("first") && Contains("image") && Contains("3x3 pad 1") && Contains("6x6x1 > 6x6x4") &&
                          Contains("1296") && Contains("2 b, 3 thresholds") && Contains("0.333333 n"));
  CHECK_THAT(rows[4], Contains("second") && Contains("first + first") && Contains("sum 6x6"));
  CHECK_THAT(rows[5], Contains("fc") && Contains("scores"));
}

TEST_CASE("inspect draws the layers, what they read and what they add") {
  const TemporaryFolder folder;
  const std::string dot = folder.path("net.dot");
  const CommandResult result = command({"inspect", folder.write("net.onnx", residual_model().bytes()), "--dot", dot});
  INFO(result.out << result.err);
  REQUIRE(result.code == 0);
  const std::string picture = read_file(dot);
  CHECK_THAT(picture, Catch::Matchers::StartsWith("digraph network {\n") && Catch::Matchers::EndsWith("}\n"));
  CHECK(count(picture, "  layer0 [") == 1);
  CHECK(count(picture, "  layer2 [") == 1);
  CHECK(count(picture, " -> ") == 5);
  CHECK(count(picture, "style=dashed") == 1);
  CHECK_THAT(picture, Contains("image -> layer0 [label=<6x6x1<br/>8 b>"));
  CHECK_THAT(picture, Contains("layer2 -> scores [label=<1x1x3<br/>int32>]"));
}

TEST_CASE("names in the drawing cannot break it") {
  const TemporaryFolder folder;
  const std::string dot = folder.path("net.dot");
  const std::string name = "a<b>&\"c\\\n\xc3\xa4";
  const std::string model = folder.write("net.onnx", residual_model(name).bytes());
  REQUIRE(command({"inspect", model, "--dot", dot}).code == 0);
  const std::string picture = read_file(dot);
  CHECK_THAT(picture, Contains("a&lt;b&gt;&amp;&quot;c\\ \xc3\xa4"));
  CHECK(std::count(picture.begin(), picture.end(), '{') == 1);
}

TEST_CASE("a drawing that cannot be written is refused") {
  const std::string network = model("digits_binary.onnx");
  check_refused(command({"inspect", network, "--dot", "no/such/folder/x.dot"}), "x.dot: cannot write the file");
  check_refused(command({"inspect", network, "--dot", network}), "is another file of this command");
}
