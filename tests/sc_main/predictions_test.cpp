// The predictions: one line an image, with the scores of the integer reference.
#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "network/dataset.h"
#include "network/onnx/import.h"
#include "network/reference.h"
#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp;
using namespace spinvp::test;

namespace {

using Table = std::vector<std::vector<std::string>>;

Table table_of(const std::string& text) {
  Table table;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    table.emplace_back();
    std::istringstream cells(line + ",");
    for (std::string cell; std::getline(cells, cell, ',');) {
      table.back().push_back(cell);
    }
  }
  return table;
}

Table predictions(const std::string& network, const Arguments& further) {
  const TemporaryFolder folder;
  Arguments arguments{"run",
                      "--network",
                      model(network),
                      "--images",
                      model(shipped_images),
                      "--quiet",
                      "--predictions",
                      folder.path("predictions.csv")};
  arguments.insert(arguments.end(), further.begin(), further.end());
  const CommandResult result = command(arguments);
  INFO(result.err);
  REQUIRE(result.code == 0);
  return table_of(read_file(folder.path("predictions.csv")));
}

void check_against_reference(const std::string& network) {
  const Table table = predictions(network, {"--labels", model(shipped_labels)});
  const network::IntegerGraph graph = network::import_onnx(model(network));
  const network::Dataset data = network::load_dataset(model(shipped_images), model(shipped_labels));
  REQUIRE(table.size() == data.count + 1);
  REQUIRE(table[0].size() == 3 + graph.layers.back().output.elements());
  CHECK(table[0][0] == "index");
  CHECK(table[0][1] == "label");
  CHECK(table[0][2] == "predicted");
  CHECK(table[0][3] == "score_0");
  CHECK(table[0].back() == "score_9");
  for (std::size_t image = 0; image < data.count; ++image) {
    INFO("image " << image);
    const std::vector<std::int32_t> expected = network::run_reference(graph, data.image(image)).back().values;
    const std::vector<std::string>& line = table[image + 1];
    REQUIRE(line.size() == 3 + expected.size());
    std::vector<std::int32_t> scores;
    std::transform(line.begin() + 3, line.end(), std::back_inserter(scores),
                   [](const std::string& cell) { return std::stoi(cell); });
    CHECK(line[0] == std::to_string(image));
    CHECK(line[1] == std::to_string(data.labels[image]));
    CHECK(scores == expected);
    CHECK(line[2] == std::to_string(std::max_element(scores.begin(), scores.end()) - scores.begin()));
  }
}

}  // namespace

TEST_CASE("the binary network's predictions are the integer reference's") {
  check_against_reference("digits_binary.onnx");
}

TEST_CASE("the ternary network's predictions are the integer reference's") {
  check_against_reference("digits_ternary.onnx");
}

TEST_CASE("the option --count runs the first images") {
  const Table all = predictions("digits_binary.onnx", {});
  const Table five = predictions("digits_binary.onnx", {"--count", "5"});
  REQUIRE(five.size() == 6);
  CHECK(std::equal(five.begin(), five.end(), all.begin()));
}

TEST_CASE("without labels their column is empty") {
  const Table table = predictions("digits_binary.onnx", {"--count", "2"});
  CHECK(table[0][1] == "label");
  CHECK(table[1][1].empty());
  CHECK_FALSE(table[1][2].empty());
}
