#include "network/float_reference.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>

#include "core/errors.h"
#include "network/dataset.h"
#include "network/support/model_builder.h"

using namespace spinvp::network;
using namespace spinvp::test;
using Catch::Contains;

namespace {

constexpr auto real_type = ::onnx::TensorProto::FLOAT;

FloatReference reference(const ModelBuilder& builder, const std::optional<InputScaling>& input = std::nullopt) {
  return FloatReference(builder.bytes(), "test.onnx", input);
}

std::string reason(const ModelBuilder& builder, const Shape& shape, const std::optional<InputScaling>& input) {
  const std::vector<std::uint8_t> image(shape.elements(), 0);
  try {
    reference(builder, input).run(image.data(), shape);
  } catch (const spinvp::InputError& error) {
    return error.what();
  }
  return "";
}

const InputScaling scaling{1.0 / 255, {0.5, 0.25}, {0.5, 2}};

}  // namespace

TEST_CASE("images come in the order of the model's dimensions") {
  const std::vector<std::uint8_t> image{1, 2, 3, 4, 5, 6};  // one row of three pixels with two channels
  const Shape shape{1, 3, 2};
  ModelBuilder first;
  first.input({-1, 2, 1, 3}).add("Flatten");
  CHECK(reference(first).run(image.data(), shape).scores == std::vector<double>{1, 3, 5, 2, 4, 6});
  ModelBuilder last;
  last.input({1, 1, 3, 2}).add("Flatten");
  CHECK(reference(last).run(image.data(), shape).scores == std::vector<double>{1, 2, 3, 4, 5, 6});
  ModelBuilder features;
  features.input({1, 6}).add("Identity");
  CHECK(reference(features).run(image.data(), shape).scores == std::vector<double>{1, 2, 3, 4, 5, 6});
  ModelBuilder other;
  other.input({1, 3, 3, 2}).add("Flatten");
  CHECK_THAT(reason(other, shape, std::nullopt),
             Contains("input 'image' has the shape [1, 3, 3, 2], the image 1 rows"));
}

TEST_CASE("real inputs are bytes in the model's own scaling") {
  ModelBuilder builder;
  builder.input({1, 2, 1, 1}, real_type).add("Flatten");
  const std::vector<std::uint8_t> image{255, 51};
  CHECK(reference(builder, scaling).run(image.data(), {1, 1, 2}).scores ==
        std::vector<double>{(255 * (1.0 / 255) - 0.5) / 0.5, (51 * (1.0 / 255) - 0.25) / 2});
  CHECK(reference(builder).run(image.data(), {1, 1, 2}).scores == std::vector<double>{255, 51});
  ModelBuilder bytes;
  bytes.input({1, 2, 1, 1}).add("Flatten");
  CHECK_THAT(reason(bytes, {1, 1, 2}, scaling), Contains("scales its images itself"));
  ModelBuilder three;
  three.input({1, 3, 1, 1}, real_type).add("Flatten");
  CHECK_THAT(reason(three, {1, 1, 3}, scaling), Contains("2 means and 2 deviations for 3 channels"));
}

TEST_CASE("every value can be seen, and the nearest decision is told") {
  ModelBuilder builder;
  builder.input({1, 2}, real_type).mul(0.25f).add("Round", {}, {}, "near").add("Identity");
  const std::string rounded = builder.value();
  builder.add("Greater", {builder.scalar(7.5f)}, {}, "far").add("Cast", {}, {attr("to", 1)});
  const std::vector<std::uint8_t> image{1, 31};
  const FloatReference model = reference(builder);
  const auto result = model.run(image.data(), {1, 1, 2});
  CHECK(result.scores == std::vector<double>{0, 1});
  CHECK(result.nearest.node == "near");
  CHECK(result.nearest.distance == 0.25);
  CHECK(result.nearest.in_steps);
  const auto all = model.run_all(image.data(), {1, 1, 2});
  CHECK(all.at(rounded).numbers == std::vector<double>{0, 8});
  CHECK(all.at(rounded).dims == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("a model without decisions names none, and unknown operators are refused") {
  ModelBuilder builder;
  builder.input({1, 2}).add("Identity");
  const std::vector<std::uint8_t> image{1, 31};
  CHECK(reference(builder).run(image.data(), {1, 1, 2}).nearest.node.empty());
  ModelBuilder unknown;
  unknown.input({1, 2}).add("LSTM", {}, {}, "cell");
  CHECK_THAT(reason(unknown, {1, 1, 2}, std::nullopt),
             Contains("node 'cell' (LSTM): this operator cannot be run; accepted: Conv"));
  ModelBuilder second;
  second.input({1, 2}).add("Identity", {}, {}, "first");
  second.proto().mutable_graph()->mutable_node(0)->add_output("mask");
  second.set_value("mask").add("Identity");
  CHECK_THAT(reason(second, {1, 1, 2}, std::nullopt), Contains("a second output of its node"));
}

TEST_CASE("equal scores have the first index") {
  CHECK(argmax(std::vector<double>{1, 3, 3, 2}) == 1);
}

TEST_CASE("published QONNX models classify digits as a public runtime does") {
  const std::string shared = std::string(SPINVP_SOURCE_DIR) + "/../shared";
  const std::string images = shared + "/data/mnist/t10k-images-idx3-ubyte.gz";
  if (!std::filesystem::exists(images) || !std::filesystem::exists(shared + "/models/qonnx")) {
    WARN("skipped: ../shared holds no models and digits");
    return;
  }
  const Dataset digits = load_dataset(images, shared + "/data/mnist/t10k-labels-idx1-ubyte.gz");
  const auto right = [&](const std::string& model) {
    const FloatReference network(shared + "/models/qonnx/" + model, InputScaling{1.0 / 255, {0.0}, {1.0}});
    std::size_t count = 0;
    for (std::size_t i = 0; i < digits.count; ++i) {
      count +=
          static_cast<std::uint32_t>(argmax(network.run(digits.image(i), digits.shape).scores)) == digits.labels[i];
    }
    return count;
  };
  CHECK(right("TFC_1W1A.onnx") == 9296);
  CHECK(right("TFC_1W2A.onnx") == 9474);
  CHECK(right("TFC_2W2A.onnx") == 9660);
}
