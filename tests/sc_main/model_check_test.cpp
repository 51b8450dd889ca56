// --verify-model: the chip's classes against the model's own float64 arithmetic.
#include "sc_main/model_check.h"

#include <catch2/catch.hpp>

#include "network/onnx/import.h"
#include "network/reference.h"
#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp;
using namespace spinvp::test;
using Reason = ModelDifference::Reason;

namespace {

network::FloatReference::Result model_says(std::vector<double> scores, double distance = 0.1,
                                           const std::string& node = "Round_1") {
  return {std::move(scores), {node, distance, true}};
}

/// Scores that count half units.
network::Layer scores_layer() {
  network::Layer layer;
  layer.step = 0.5;
  return layer;
}

}  // namespace

TEST_CASE("classes that differ are explained by a value on a boundary") {
  const ModelDifference one = explain(model_says({1.0, 3.0, 2.0}, 1e-12), {2, {2, 4, 9}}, scores_layer());
  CHECK(one.reason == Reason::Boundary);
  CHECK(one.predicted == 2);
  CHECK(one.model == 1);
  CHECK(one.margin == 2.5);
  CHECK(one.model_margin == 1.0);
  CHECK(one.nearest.node == "Round_1");
  CHECK(explain(model_says({1.0, 3.0, 2.0}, 1e-8), {2, {2, 4, 9}}, scores_layer()).reason == Reason::None);
  CHECK(explain(model_says({1.0, 3.0, 2.0}, 0, ""), {2, {2, 4, 9}}, scores_layer()).reason == Reason::None);
}

TEST_CASE("classes that differ are explained by scores that nothing tells apart") {
  CHECK(explain(model_says({3.0, 3.0 + 1e-12}), {0, {6, 6}}, scores_layer()).reason == Reason::Tie);
  CHECK(explain(model_says({3.0, 3.001}), {0, {6, 6}}, scores_layer()).reason == Reason::None);
  // Fixed-point logits are each within half a unit and what rounding the gain makes of the accumulator.
  network::Layer last = scores_layer();
  last.affine = {4, {16, 16}, {0, 0}};
  CHECK(explain(model_says({3.0, 3.4}), {0, {6, 6}}, last).reason == Reason::Tie);
  CHECK(explain(model_says({3.0, 5.0}), {0, {6, 6}}, last).reason == Reason::None);
}

TEST_CASE("a shipped network's classes are the model's, and a wrong one is found") {
  const std::string file = model("digits_ternary.onnx");
  const network::IntegerGraph graph = network::import_onnx(file);
  const network::FloatReference reference(file);
  const network::Dataset data = network::load_images(model(shipped_images));
  std::vector<Prediction> predictions;
  for (std::size_t i = 0; i < 40; ++i) {
    const std::vector<std::int32_t> scores = network::run_reference(graph, data.image(i)).back().values;
    predictions.push_back({static_cast<std::uint32_t>(network::argmax(scores)), scores});
  }
  const ModelCheck good = check_model(reference, data, graph.layers.back(), predictions, 2);
  CHECK(good.images == 40);
  CHECK(good.equal() == 40);
  predictions[7].predicted = (predictions[7].predicted + 1) % 10;
  const ModelCheck wrong = check_model(reference, data, graph.layers.back(), predictions, 2);
  CHECK(wrong.equal() == 39);
  REQUIRE(wrong.differences.size() == 1);
  CHECK(wrong.differences[0].image == 7);
  CHECK(wrong.differences[0].reason == Reason::None);
  CHECK(wrong.unexplained() == 1);
}

TEST_CASE("a run with --verify-model says in how many images the classes are equal, alone and in several processes") {
  for (const char* const jobs : {"1", "2"}) {
    const TemporaryFolder folder;
    const std::string report = folder.path("report.json");
    const CommandResult result = run_shipped(
        "digits_binary.onnx",
        {"--count", "20", "--verify-model", "--jobs", jobs, "--quiet", "--report", report, "--driver", "native"});
    INFO(result.out << result.err);
    CHECK(result.code == 0);
    CHECK_THAT(result.out, Catch::Contains("argmax equal to the float64 reference in 20 of 20 images"));
    CHECK(read_json(report)["verify_model"]["equal"] == 20);
    CHECK(read_json(report)["verify_model"]["differences"].empty());
  }
}

TEST_CASE("checking the model needs the ONNX file") {
  const TemporaryFolder folder;
  const std::string image = folder.path("net.pimnet");
  REQUIRE(command({"compile", model("digits_binary.onnx"), "-o", image}).code == 0);
  check_refused(command({"run", "--network", image, "--images", model(shipped_images), "--verify-model"}),
                "--verify-model needs the ONNX file");
}
