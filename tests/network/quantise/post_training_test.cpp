#include "network/onnx/quantise/post_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>

#include "core/errors.h"
#include "network/dataset.h"
#include "network/float_reference.h"
#include "network/onnx/file/parse.h"
#include "network/reference.h"
#include "network/support/float_networks.h"
#include "network/support/quantisers.h"

using namespace spinvp::network;
using namespace spinvp::test;
using Catch::Matchers::Contains;

namespace {

PostTraining post_training(int weight_bits, int activation_bits, std::vector<std::uint8_t> images,
                           const Shape& shape = float_network_image) {
  PostTraining result;
  result.weight_bits = weight_bits;
  result.activation_bits = activation_bits;
  result.shape = shape;
  result.count = images.size() / shape.elements();
  result.images = std::move(images);
  return result;
}

ImportOptions options(const PostTraining& quantise) {
  ImportOptions result;
  result.quantise = quantise;
  return result;
}

ImportedNetwork import(const ::onnx::ModelProto& model, const PostTraining& quantise) {
  return import_network_bytes(model.SerializeAsString(), "test.onnx", options(quantise));
}

std::string refusal(const ::onnx::ModelProto& model, const PostTraining& quantise) {
  try {
    import(model, quantise);
    return "";
  } catch (const spinvp::InputError& error) {
    return error.what();
  }
}

/// The same quantised graph in float64.
FloatReference quantised_reference(const ::onnx::ModelProto& model, const PostTraining& quantise) {
  namespace importer = spinvp::network::onnx;
  importer::Graph graph = importer::parse_bytes(model.SerializeAsString(), "test.onnx");
  importer::quantise_after_training(graph, FloatReference(graph, std::nullopt), quantise);
  return FloatReference(std::move(graph), std::nullopt);
}

/// What integer scores mean, and how far they are from a model's.
struct Agreement {
  double signal = 0;
  double noise = 0;
  double largest = 0;  ///< error, in units of the scores
  int equal = 0;       ///< classes

  double decibels() const { return 10 * std::log10(signal / noise); }
};

Agreement agreement(const IntegerGraph& graph, const FloatReference& reference, const std::vector<std::uint8_t>& images,
                    const Shape& shape = float_network_image) {
  Agreement result;
  for (std::size_t begin = 0; begin < images.size(); begin += shape.elements()) {
    const std::vector<double> expected = reference.run(images.data() + begin, shape).scores;
    const std::vector<std::int32_t> scores = run_reference(graph, images.data() + begin).back().values;
    REQUIRE(scores.size() == expected.size());
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const double error = scores[i] * graph.layers.back().step - expected[i];
      result.signal += expected[i] * expected[i];
      result.noise += error * error;
      result.largest = std::max(result.largest, std::fabs(error));
    }
    result.equal += argmax(scores) == argmax(expected) ? 1 : 0;
  }
  return result;
}

constexpr int tested_images = 40;

}  // namespace

TEST_CASE("8 bits keep float networks' scores within what their steps allow") {
  for (const FloatNetwork network : all_float_networks) {
    for (const std::uint64_t seed : {1, 2}) {
      INFO(to_string(network) << ", seed " << seed);
      const ::onnx::ModelProto model = float_network(network, seed);
      const ImportedNetwork imported = import(model, post_training(8, 8, random_images(16, 100 + seed)));
      CHECK(imported.quantised);
      const FloatReference reference(model.SerializeAsString(), "test.onnx", std::nullopt);
      const Agreement found = agreement(imported.graph, reference, random_images(tested_images, 200 + seed));
      // A step of 1/127 of the largest number, which is at most five times the root mean square, leaves 12 * (127/5)^2
      // of the signal for its noise, 38.9 dB; the noises of all quantisers add up. 3 dB are for what differs.
      const auto quantisers = static_cast<double>(imported.notes.size() - 1);
      CHECK(found.decibels() > 38.9 - 10 * std::log10(quantisers) - 3);
      CHECK(found.equal >= tested_images * 9 / 10);
    }
  }
}

TEST_CASE("few bits are imported, and integers are the quantised network exactly") {
  for (const FloatNetwork network : all_float_networks) {
    for (const auto& [weight_bits, activation_bits] :
         {std::pair(8, 8), std::pair(4, 4), std::pair(2, 2), std::pair(1, 1), std::pair(1, 8), std::pair(8, 1)}) {
      INFO(to_string(network) << " to " << weight_bits << ":" << activation_bits);
      const ::onnx::ModelProto model = float_network(network, 3);
      const PostTraining quantise = post_training(weight_bits, activation_bits, random_images(4, 4));
      const ImportedNetwork imported = import(model, quantise);
      const Agreement found =
          agreement(imported.graph, quantised_reference(model, quantise), random_images(tested_images, 5));
      CHECK(found.equal >= tested_images - 1);
      CHECK(found.decibels() > 60);
      for (const Layer& layer : imported.graph.layers) {
        CHECK(layer.weight_bits <= (layer.weight_kind == WeightKind::Ternary ? 2 : weight_bits));
        for (const ChannelThresholds& channel : layer.thresholds) {
          CHECK(channel.values.size() < std::size_t{1} << activation_bits);
        }
      }
    }
  }
}

TEST_CASE("notes say of each quantiser what it is") {
  const ImportedNetwork imported =
      import(float_network(FloatNetwork::Perceptron, 1), post_training(4, 3, random_images(3, 1)));
  REQUIRE(imported.notes.size() >= 6);
  CHECK_THAT(imported.notes[0],
             Contains("quantised after training to 4:3 bits (W:A) with 3 calibration images: the weights of 3 layers "
                      "and 2 values; this is another network than the float model, and was not trained again"));
  CHECK_THAT(imported.notes[1], Contains("quantised the weights of node 'Gemm"));
  CHECK_THAT(imported.notes[1], Contains("(Gemm) to 4 bits, a scale an output channel ("));
  CHECK_THAT(imported.notes[4], Contains("quantised the value 'Relu"));
  CHECK_THAT(imported.notes[4], Contains("to 3 bits, unsigned: a level is "));
  CHECK_THAT(imported.notes[4], Contains("signal to noise "));
}

TEST_CASE("calibration tells how many images are done") {
  std::vector<std::size_t> done;
  PostTraining quantise = post_training(8, 8, random_images(3, 1));
  quantise.on_image = [&](std::size_t images) { done.push_back(images); };
  import(float_network(FloatNetwork::Perceptron, 1), quantise);
  CHECK(done == std::vector<std::size_t>{1, 2, 3});
}

TEST_CASE("a network that is quantised already stays bit for bit") {
  ModelBuilder builder;
  builder.image(2, 8, 8).conv({2, 2, 1, 1}, {0.5f, -0.5f, 0.5f, 0.5f}, {}, "a").activation(2);
  builder.fully_connected(2, Numbers(256, 0.25f));
  const ImportedNetwork imported = import(builder.model(), post_training(8, 8, random_images(1, 1)));
  CHECK_FALSE(imported.quantised);
  CHECK_THAT(imported.notes.at(0), Contains("found nothing to do"));
  const IntegerGraph plain = import(builder);
  for (std::size_t i = 0; i < plain.layers.size(); ++i) {
    CHECK(imported.graph.layers[i].weights == plain.layers[i].weights);
  }
  const std::vector<std::uint8_t> image = random_images(1, 2);
  const std::vector<LayerOutput> outputs = run_reference(imported.graph, image.data());
  const std::vector<LayerOutput> expected = run_reference(plain, image.data());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(outputs[i].values == expected[i].values);
  }
}

TEST_CASE("quantisers that a model has keep their bits while the rest gets others") {
  ModelBuilder builder;
  builder.image(2, 8, 8).conv({2, 2, 1, 1}, {0.5f, -0.5f, 0.5f, 0.5f}, {}, "a").activation(2);
  const ::onnx::ModelProto front = builder.model();  // up to here all is quantised
  builder.conv({2, 2, 1, 1}, {0.5f, -0.3141f, 0.2718f, 0.7f}, {}, "b").add("Relu");
  builder.fully_connected(2, Numbers(256, 0.25f));
  const PostTraining quantise = post_training(4, 3, random_images(4, 1));
  const ImportedNetwork imported = import(builder.model(), quantise);
  REQUIRE(imported.graph.layers.size() == 3);
  CHECK(imported.graph.layers[0].weight_kind == WeightKind::Binary);
  CHECK(imported.graph.layers[0].output_bits == 2);
  CHECK(imported.graph.layers[1].output_bits == 3);
  CHECK(imported.graph.layers[2].weight_bits == 1);
  CHECK(imported.notes.size() >= 3);  // the whole, b's weights, the value behind it
  const FloatReference model(front.SerializeAsString(), "test.onnx", std::nullopt);
  const std::vector<std::uint8_t> image = random_images(1, 9);
  const std::vector<double> expected = model.run(image.data(), float_network_image).scores;
  const LayerOutput levels = run_reference(imported.graph, image.data())[0];
  for (std::size_t i = 0; i < levels.values.size(); ++i) {
    const std::size_t pixel = i / 2 + i % 2 * 64;  // channels last, first
    CHECK(levels.values[i] == std::lround(expected[pixel] * 3));
  }
}

TEST_CASE("kernels of zeros stay as good as nothing, in one bit too") {
  for (const int bits : {1, 2, 8}) {
    INFO(bits);
    ModelBuilder builder;
    builder.image(2, 8, 8).conv({2, 2, 1, 1}, {0.5f, -0.3f, 0, 0}, {}, "a");
    builder.batch_norm({1, 1}, {0.25f, 0.5f}, {0, 0}, {1, 1}).add("Relu");
    Random random(1);
    Numbers weights(256);
    std::generate(weights.begin(), weights.end(), [&] { return static_cast<float>(random.normal()); });
    builder.fully_connected(2, weights);
    const ::onnx::ModelProto model = builder.model();
    const PostTraining quantise = post_training(bits, 8, random_images(4, 1));
    const IntegerGraph graph = import(model, quantise).graph;
    const std::vector<std::uint8_t> image = random_images(1, 2);
    const LayerOutput levels = run_reference(graph, image.data())[0];
    for (std::size_t i = 3; i < levels.values.size(); i += 2) {
      CHECK(levels.values[i] == levels.values[1]);
    }
  }
}

TEST_CASE("a float model is refused without options, which the message names") {
  for (const FloatNetwork network : all_float_networks) {
    INFO(to_string(network));
    CHECK_THAT(refusal_of_bytes(float_network(network, 1).SerializeAsString()), Contains("--quantize"));
  }
}

TEST_CASE("what calibration cannot know is refused") {
  const ::onnx::ModelProto model = float_network(FloatNetwork::Perceptron, 1);
  CHECK_THAT(refusal(model, post_training(8, 8, {})), Contains("needs calibration images"));
  CHECK_THAT(refusal(model, post_training(8, 8, std::vector<std::uint8_t>(256, 7))),
             Contains("every byte of the calibration images is 7"));
  CHECK_THAT(refusal(model, post_training(8, 8, random_images(1, 1, {4, 4, 8}), {4, 4, 8})),
             Contains("the image 4 rows, 4 columns and 8 channels"));
  ModelBuilder dead;
  dead.image(2, 8, 8).conv({1, 2, 1, 1}, {-0.3f, -0.7f}).add("Relu").fully_connected(2, Numbers(128, 0.3f));
  CHECK_THAT(refusal(dead.model(), post_training(8, 8, random_images(2, 1))),
             Contains("the value 'Relu4_out' is 0 throughout all 2 calibration images"));
  ModelBuilder endless;
  endless.image(2, 8, 8).conv({1, 2, 1, 1}, {-0.3f, 0.7f}).add("Log").fully_connected(2, Numbers(128, 0.3f));
  CHECK_THAT(refusal(endless.model(), post_training(8, 8, random_images(2, 1))), Contains("Log"));
}

TEST_CASE("operators that no layer takes are refused as ever") {
  ModelBuilder builder;
  builder.image(2, 8, 8).conv({2, 2, 1, 1}, {0.5f, -0.3f, 0.2f, 0.7f}).add("Softmax", {}, {attr("axis", 1)}, "inside");
  builder.fully_connected(2, Numbers(256, 0.3f));
  CHECK_THAT(refusal(builder.model(), post_training(8, 8, random_images(2, 1))),
             Contains("node 'inside' (Softmax): this operator cannot be run; it can only stand at the end"));
}

TEST_CASE("a linear classifier of MNIST keeps its accuracy with 8 bits") {
  const std::string folder = SPINVP_SOURCE_DIR "/../shared/data/mnist/";
  if (!std::filesystem::exists(folder + "t10k-images-idx3-ubyte.gz")) {
    WARN("skipped: MNIST's test images are missing, expected in ../shared/data/mnist beside the repository");
    return;
  }
  const Dataset data = load_dataset(folder + "t10k-images-idx3-ubyte.gz", folder + "t10k-labels-idx1-ubyte.gz");
  constexpr std::size_t pixels = 28 * 28;
  constexpr std::size_t trained = 5000;
  constexpr std::size_t tested = 1000;
  // The nearest of ten means: |x - m|^2 is least where m x - |m|^2 / 2 is largest.
  std::vector<double> means(10 * pixels);
  std::vector<double> counts(10);
  for (std::size_t i = 0; i < trained; ++i) {
    counts[data.labels[i]] += 1;
    for (std::size_t p = 0; p < pixels; ++p) {
      means[data.labels[i] * pixels + p] += data.image(i)[p] / 255.0;
    }
  }
  Numbers weights(means.size());
  Numbers bias(10);
  for (std::size_t i = 0; i < means.size(); ++i) {
    const double mean = means[i] / counts[i / pixels];
    weights[i] = static_cast<float>(mean);
    bias[i / pixels] -= static_cast<float>(mean * mean / 2);
  }
  // A hidden layer of the same kind in front: the classes' scores, rectified, then mixed back.
  ModelBuilder builder;
  builder.image(1, 28, 28).add("Flatten");
  builder.add("Gemm", {builder.constant({10, pixels}, weights), builder.constant({10}, bias)}, {attr("transB", 1)});
  builder.add("Add", {builder.scalar(60)}).add("Relu");
  Numbers identity(100, -0.037f);
  for (std::size_t i = 0; i < 10; ++i) {
    identity[i * 11] = 0.91f;
  }
  builder.add("Gemm", {builder.constant({10, 10}, identity)}, {attr("transB", 1)});
  const ::onnx::ModelProto model = builder.model();
  const std::vector<std::uint8_t> calibration(data.pixels.begin(), data.pixels.begin() + 32 * pixels);
  const IntegerGraph graph = import(model, post_training(8, 8, calibration, data.shape)).graph;
  const FloatReference reference(model.SerializeAsString(), "test.onnx", std::nullopt);
  int correct = 0;
  int correct_in_float = 0;
  for (std::size_t i = trained; i < trained + tested; ++i) {
    const auto label = static_cast<int>(data.labels[i]);
    correct += argmax(run_reference(graph, data.image(i)).back().values) == label ? 1 : 0;
    correct_in_float += argmax(reference.run(data.image(i), data.shape).scores) == label ? 1 : 0;
  }
  CHECK(correct_in_float > 750);
  CHECK(std::abs(correct - correct_in_float) <= 5);
}

TEST_CASE("constants that are named like those of quantisers are left alone") {
  ModelBuilder builder;
  builder.image(2, 8, 8).conv({2, 2, 1, 1}, {0.5f, -0.3141f, 0.2718f, 0.7f}, {}, "a").add("Relu", {}, {}, "relu");
  builder.mul(0.5f).fully_connected(2, Numbers(256, 0.3f));
  const PostTraining quantise = post_training(8, 8, random_images(2, 1));
  const IntegerGraph plain = import(builder.model(), quantise).graph;
  ::onnx::ModelProto renamed = builder.model();
  for (auto& tensor : *renamed.mutable_graph()->mutable_initializer()) {
    for (auto& node : *renamed.mutable_graph()->mutable_node()) {
      if (node.op_type() == "Mul" && node.input(0) == "relu_out" && node.input(1) == tensor.name()) {
        node.set_input(1, "relu_out.activation.scale");
        tensor.set_name("relu_out.activation.scale");
      }
    }
  }
  REQUIRE(renamed.SerializeAsString() != builder.bytes());
  const IntegerGraph other = import(renamed, quantise).graph;
  CHECK(other.layers.back().step == plain.layers.back().step);
  CHECK(other.layers[0].step == plain.layers[0].step);
}
