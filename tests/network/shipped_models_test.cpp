#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "network/dataset.h"
#include "network/onnx/import.h"
#include "network/reference.h"
#include "network/support/compare.h"

using namespace spinvp::network;

namespace {

const std::string models = SPINVP_SOURCE_DIR "/models/";

Dataset test_images() {
  return load_dataset(models + "digits-test-images-idx3-ubyte", models + "digits-test-labels-idx1-ubyte");
}

::onnx::ModelProto load_model(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  ::onnx::ModelProto model;
  REQUIRE(model.ParseFromIstream(&stream));
  return model;
}

std::string shipped_network() {
  return GENERATE("digits_ternary.onnx", "digits_binary.onnx");
}

}  // namespace

TEST_CASE("every layer of a shipped network equals its evaluation in float64") {
  const std::string file = shipped_network();
  INFO(file);
  const ::onnx::ModelProto model = load_model(models + file);
  const IntegerGraph graph = import_onnx(models + file);
  const Dataset dataset = test_images();
  require_match(dataset, graph);
  for (std::size_t index = 0; index < dataset.count; ++index) {
    const std::uint8_t* image = dataset.image(index);
    REQUIRE(spinvp::test::difference(model, graph, {image, image + dataset.shape.elements()}) == "");
  }
}

TEST_CASE("a shipped network is as accurate as its training reported") {
  const nlohmann::json accuracy = nlohmann::json::parse(std::ifstream(models + "accuracy.json"));
  const std::string file = shipped_network();
  INFO(file);
  const IntegerGraph graph = import_onnx(models + file);
  const Dataset dataset = test_images();
  int correct = 0;
  for (std::size_t index = 0; index < dataset.count; ++index) {
    correct += static_cast<std::uint32_t>(argmax(run_reference(graph, dataset.image(index)).back().values)) ==
               dataset.labels[index];
  }
  std::uint64_t macs = 0;
  for (const Layer& layer : graph.layers) {
    macs += layer.macs();
  }
  bool found = false;
  for (const auto& network : accuracy.at("networks")) {
    if (network.at("file") == file) {
      found = true;
      CHECK(network.at("correct") == correct);
      CHECK(network.at("test_images") == dataset.count);
      CHECK(network.at("macs_per_image") == macs);
    }
  }
  CHECK(found);
}
