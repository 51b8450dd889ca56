#include "network/generate/generate.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "core/errors.h"
#include "network/operation_counts.h"
#include "network/reference.h"
#include "network/support/compare.h"
#include "network/support/model_builder.h"

using namespace spinvp::network;
using Catch::Contains;

namespace {

GenerateOptions options(const std::string& network, const std::string& weights_and_inputs = "1:1") {
  GenerateOptions result;
  result.network = network;
  result.weights_and_inputs = parse_weights_and_inputs(weights_and_inputs);
  return result;
}

std::vector<std::uint8_t> image_of(const IntegerGraph& graph) {
  std::vector<std::uint8_t> image(graph.input.elements());
  std::uint32_t state = 12345;
  for (std::uint8_t& pixel : image) {
    state = state * 1664525u + 1013904223u;
    pixel = static_cast<std::uint8_t>(state >> 24);
  }
  return image;
}

double rounded(double value, double unit) {
  return std::floor(value / unit + 0.5);
}

struct Counts {
  const char* network;
  double macs;            ///< as the literature has them
  double quantised;       ///< likewise
  double row_operations;  ///< at 512 columns, W:I 1:1
  double unit;            ///< of the last digit that is given
};

/// Mean level of each layer as a part of the highest one.
void require_lively(const IntegerGraph& graph) {
  const std::vector<LayerOutput> outputs = run_reference(graph, image_of(graph).data());
  for (std::size_t index = 0; index + 1 < graph.layers.size(); ++index) {
    const Layer& layer = graph.layers[index];
    if (!layer.gives_levels()) {
      continue;
    }
    INFO(graph.name << " " << layer.name);
    double sum = 0;
    for (const std::int32_t value : outputs[index].values) {
      sum += value;
    }
    const bool sums = layer.pooling.kind == PoolKind::Sum && layer.pooling.stage == PoolStage::AfterThresholds;
    const double window = sums ? layer.pooling.kernel_height * layer.pooling.kernel_width : 1;
    const double highest = window * ((1 << layer.threshold_bits) - 1);
    const double mean = sum / static_cast<double>(outputs[index].values.size()) / highest;
    CHECK(mean > 0.2);
    CHECK(mean < 0.8);
  }
  const std::vector<std::int32_t>& scores = outputs.back().values;
  CHECK(std::set<std::int32_t>(scores.begin(), scores.end()).size() > scores.size() / 2);
}

}  // namespace

TEST_CASE("generated networks have the operation counts of their shapes") {
  const Counts counts = GENERATE(Counts{"svhn", 41.74e6, 37.07e6, 0.0724e6, 1e2},  //
                                 Counts{"lenet5", 2.293e6, 2.000e6, 3906, 1}, Counts{"mlp", 0.199e6, 0, 0, 1},
                                 Counts{"vgg9", 192.6e6, 190.8e6, 372736, 1});
  INFO(counts.network);
  for (const int bits : {1, 2, 8}) {
    const IntegerGraph graph = generate_graph(options(counts.network, "1:" + std::to_string(bits)));
    const OperationCounts found = count_operations(graph, 512);
    CHECK(static_cast<double>(found.macs) == Approx(counts.macs).epsilon(0.0026));
    CHECK(static_cast<double>(found.quantised_macs) == Approx(counts.quantised).epsilon(0.0005));
    CHECK(std::fabs(found.ideal_row_operations - counts.row_operations * bits) <= 0.5 * counts.unit * bits);
  }
}

TEST_CASE("AlexNet has the operation counts of 2012, with groups and without") {
  const IntegerGraph graph = generate_graph(options("alexnet"));
  const OperationCounts counts = count_operations(graph, 512);
  CHECK(rounded(static_cast<double>(counts.macs), 1e5) == 7244);
  CHECK(rounded(static_cast<double>(counts.quantised_macs), 1e5) == 6149);
  CHECK(rounded(counts.ideal_row_operations, 1e3) == 1201);
  REQUIRE(graph.layers.size() == 8);
  CHECK(graph.layers[1].groups == 2);
  CHECK(graph.layers[1].input_bits == 1);
  CHECK(graph.layers[1].weight_kind == WeightKind::Binary);
  CHECK(graph.layers[1].pooling.kind == PoolKind::Monotone);
  CHECK(graph.layers[0].weight_bits == 8);
  CHECK(graph.layers[7].weight_bits == 8);
  CHECK(graph.layers[7].affine.gains.size() == 1000);
  require_lively(graph);
}

TEST_CASE("AlexNet's row operations grow with the bits of its activations") {
  for (const int bits : {2, 8}) {
    const IntegerGraph graph = generate_graph(options("alexnet", "1:" + std::to_string(bits)));
    const OperationCounts counts = count_operations(graph, 512);
    CHECK(rounded(static_cast<double>(counts.macs), 1e5) == 7244);
    CHECK(rounded(counts.ideal_row_operations, 1e3) == (bits == 2 ? 2402 : 9608));
  }
}

TEST_CASE("row operations of ideal packing are multiply-accumulates times planes of weights and activations") {
  struct Form {
    const char* text;
    double planes;
  };
  for (const char* network : {"lenet5", "svhn", "vgg9"}) {
    const OperationCounts binary = count_operations(generate_graph(options(network)), 512);
    CHECK(binary.ideal_row_operations == Approx(static_cast<double>(binary.quantised_macs) / 512));
    for (const Form& form : {Form{"1:4", 4}, Form{"2:2", 4}, Form{"4:4", 16}, Form{"8:8", 64}, Form{"ternary:1", 2},
                             Form{"ternary:8", 16}}) {
      CAPTURE(network, form.text);
      const OperationCounts counts = count_operations(generate_graph(options(network, form.text)), 512);
      CHECK(counts.quantised_macs == binary.quantised_macs);
      CHECK(counts.ideal_row_operations == Approx(form.planes * binary.ideal_row_operations));
    }
  }
}

TEST_CASE("ResNet-18 has residual layers and 1.8 G multiply-accumulates") {
  const IntegerGraph graph = generate_graph(options("resnet18", "1:2"));
  CHECK(rounded(static_cast<double>(count_operations(graph, 512).macs), 1e6) == 1814);
  CHECK(rounded(static_cast<double>(count_operations(graph, 512).quantised_macs), 1e6) == 1696);
  const Pooling& stem = graph.layers[0].pooling;
  CHECK((stem.kernel_height == 3 && stem.stride_y == 2 && stem.pad_top == 1 && stem.pad_left == 1));
  CHECK(graph.layers[0].output == Shape{56, 56, 64});
  int residuals = 0;
  int of_values = 0;
  for (const Layer& layer : graph.layers) {
    if (layer.residual.layer >= 0) {
      ++residuals;
      of_values += !graph.layers[static_cast<std::size_t>(layer.residual.layer)].gives_levels();
    }
  }
  CHECK(residuals == 8);
  CHECK(of_values == 3);
  CHECK(graph.layers.size() == 21);
  CHECK(graph.layers[graph.layers.size() - 2].output_bits == 8);  // 49 * 3
  require_lively(graph);
}

TEST_CASE("activations of generated networks are neither all zero nor all saturated") {
  for (const char* network : {"lenet5", "svhn", "mlp", "vgg9"}) {
    for (const char* form : {"1:1", "1:4", "4:4", "ternary:2"}) {
      require_lively(generate_graph(options(network, form)));
    }
  }
}

TEST_CASE("every weight and activation width that is offered can be generated") {
  for (const std::string& form : offered_weights_and_inputs()) {
    INFO(form);
    const GenerateOptions chosen = options("lenet5", form);
    const IntegerGraph graph = generate_graph(chosen);
    const Layer& layer = graph.layers[1];
    CHECK(layer.input_bits == chosen.weights_and_inputs.activation_bits);
    CHECK(layer.weight_bits == chosen.weights_and_inputs.weight_bits);
    CHECK((layer.weight_kind == WeightKind::Ternary) == chosen.weights_and_inputs.ternary);
  }
  CHECK(generate_graph(options("lenet5", "4:4")).layers[1].weight_kind == WeightKind::Binary);
  CHECK(generate_graph(options("lenet5", "8:8")).layers[1].weight_kind == WeightKind::Integer);
}

TEST_CASE("a generated network equals its evaluation in float64") {
  for (const char* form : {"1:1", "2:2", "ternary:4"}) {
    GenerateOptions chosen = options("lenet5", form);
    for (const bool float_weights : {false, true}) {
      INFO(form << float_weights);
      chosen.float_weights = float_weights;
      ::onnx::ModelProto model;
      REQUIRE(model.ParseFromString(generate_network(chosen)));
      CHECK(spinvp::test::difference_on_random_images(model, 3, 1) == "");
    }
  }
}

TEST_CASE("equal options give equal bytes, other seeds others") {
  GenerateOptions chosen = options("mlp", "1:2");
  const std::string bytes = generate_network(chosen);
  CHECK(generate_network(chosen) == bytes);
  // FNV-1a, to notice a machine or compiler that gives other bytes.
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<std::uint8_t>(byte)) * 0x100000001b3u;
  }
  CHECK(hash == 3267810927565083791u);
  chosen.seed = 2;
  CHECK(generate_network(chosen) != bytes);
}

TEST_CASE("names and widths that are not offered are refused with those that are") {
  CHECK_THROWS_WITH(generate_network(options("resnet50")),
                    Contains("network 'resnet50' is not known") && Contains("alexnet, svhn, lenet5"));
  CHECK_THROWS_WITH(parse_weights_and_inputs("3:3"), Contains("'3:3' are not offered") && Contains("ternary:8"));
  GenerateOptions chosen = options("svhn");
  chosen.groups = false;
  CHECK_THROWS_WITH(generate_network(chosen), Contains("no groups to leave out"));
}

TEST_CASE("generating tells of each layer") {
  std::vector<std::string> told;
  generate_network(options("lenet5"), [&](const std::string& layer) { told.push_back(layer); });
  CHECK(told == std::vector<std::string>{"conv1", "conv2", "fc1", "fc2"});
}
