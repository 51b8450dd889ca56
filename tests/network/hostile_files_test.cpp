#include <catch2/catch.hpp>
#include <random>

#include "network/support/model_builder.h"

using namespace spinvp::test;
using Catch::Contains;

namespace {

ModelBuilder small_network() {
  ModelBuilder builder;
  builder.image(1, 2, 2)
      .conv({2, 1, 1, 1}, {1, -1}, {}, "layer")
      .activation(2)
      .fully_connected(1, {1, 1, 1, 1, 1, 1, 1, 1});
  return builder;
}

}  // namespace

TEST_CASE("a model cut off anywhere is refused") {
  const std::string bytes = small_network().bytes();
  REQUIRE(refusal_of_bytes(bytes) == "");
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    INFO("length " << length);
    CHECK_THAT(refusal_of_bytes(bytes.substr(0, length)), Contains("test.onnx: "));
  }
}

TEST_CASE("bytes that are no model are refused") {
  const auto seed = static_cast<unsigned>(GENERATE(range(1, 50)));
  INFO("seed " << seed);
  std::mt19937 random(seed);
  std::string bytes(std::uniform_int_distribution<std::size_t>(0, 3000)(random), '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(random());
  }
  CHECK(refusal_of_bytes(bytes) != "");
}

TEST_CASE("a model with altered bytes is read or refused, never worse") {
  const auto seed = static_cast<unsigned>(GENERATE(range(1, 200)));
  INFO("seed " << seed);
  std::mt19937 random(seed);
  std::string bytes = small_network().bytes();
  for (int change = 0; change < 3; ++change) {
    bytes[std::uniform_int_distribution<std::size_t>(0, bytes.size() - 1)(random)] = static_cast<char>(random());
  }
  CHECK_NOTHROW(refusal_of_bytes(bytes));
}

TEST_CASE("operator sets that are not read are refused") {
  CHECK_THAT(refusal(ModelBuilder(6).image(1, 1, 1).conv({1, 1, 1, 1}, {1})), Contains("operator set 6; sets 7 to"));
  CHECK_THAT(refusal(ModelBuilder(99).image(1, 1, 1).conv({1, 1, 1, 1}, {1})), Contains("operator set 99"));
  ModelBuilder none = small_network();
  none.proto().clear_opset_import();
  CHECK_THAT(refusal(none), Contains("names no ONNX operator set"));
}

TEST_CASE("external data is refused") {
  ModelBuilder builder = small_network();
  auto* tensor = builder.proto().mutable_graph()->mutable_initializer(1);
  tensor->clear_float_data();
  tensor->set_data_location(::onnx::TensorProto::EXTERNAL);
  auto* entry = tensor->add_external_data();
  entry->set_key("location");
  entry->set_value("../../etc/passwd");
  CHECK_THAT(refusal(builder), Contains("initialiser 'constant2': its data stands in another file"));
}

TEST_CASE("giant, negative and untrue dimensions are refused before memory is taken") {
  const auto with_dims = [](const Dims& dims) {
    ModelBuilder builder = small_network();
    auto* tensor = builder.proto().mutable_graph()->mutable_initializer(1);
    tensor->clear_dims();
    for (const std::int64_t dim : dims) {
      tensor->add_dims(dim);
    }
    return refusal(builder);
  };
  CHECK_THAT(with_dims({1ll << 40, 1ll << 40, 1, 1}), Contains("more than 2^31 elements"));
  CHECK_THAT(with_dims({INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX}), Contains("more than 2^31 elements"));
  CHECK_THAT(with_dims({-2, 1, 1, 1}), Contains("negative dimension -2"));
  CHECK_THAT(with_dims({200, 1, 1, 1}), Contains("200 elements, but holds 2"));
  CHECK_THAT(with_dims({0, 1, 1, 1}), Contains("0 elements, but holds 2"));
}

TEST_CASE("giant images and maps are refused") {
  ModelBuilder image;
  image.image(1, 60000, 60000).conv({1, 1, 1, 1}, {1});
  CHECK_THAT(refusal(image), Contains("at most 67108864"));
  ModelBuilder side;
  side.input({-1, 1, 1ll << 40, 1}).add("Cast", {}, {attr("to", 1)}).conv({1, 1, 1, 1}, {1});
  CHECK_THAT(refusal(side), Contains("from 1 to 65535"));
  ModelBuilder padded;
  padded.image(1, 2, 2).conv({1, 1, 1, 1}, {1}, {attr("pads", Dims{60000, 60000, 60000, 60000})});
  CHECK_THAT(refusal(padded), Contains("at most 67108864"));
  ModelBuilder stride;
  stride.image(1, 2, 2).conv({1, 1, 1, 1}, {1}, {attr("strides", Dims{INT64_MAX, 1})});
  CHECK_THAT(refusal(stride), Contains("strides is"));
}

TEST_CASE("elements that hold no numbers, and sparse ones, are refused") {
  ModelBuilder strings = small_network();
  strings.proto().mutable_graph()->mutable_initializer(1)->set_data_type(::onnx::TensorProto::STRING);
  CHECK_THAT(refusal(strings), Contains("elements of string"));
  ModelBuilder unknown = small_network();
  unknown.proto().mutable_graph()->mutable_initializer(1)->set_data_type(4711);
  CHECK_THAT(refusal(unknown), Contains("type 4711"));
  ModelBuilder sparse = small_network();
  sparse.proto().mutable_graph()->add_sparse_initializer();
  CHECK_THAT(refusal(sparse), Contains("sparse"));
}

TEST_CASE("a missing initialiser is refused by name") {
  ModelBuilder builder = small_network();
  builder.proto().mutable_graph()->mutable_initializer()->DeleteSubrange(1, 1);
  CHECK_THAT(refusal(builder), Contains("node 'layer' (Conv): reads 'constant2', which is no initialiser"));
}

TEST_CASE("cycles are refused") {
  ModelBuilder builder = small_network();
  auto* node = builder.proto().mutable_graph()->mutable_node(1);
  node->set_input(0, builder.value());
  CHECK_THAT(refusal(builder), Contains("part of a cycle"));
}

TEST_CASE("parts that are not connected are refused") {
  ModelBuilder dangling = small_network();
  const std::string scores = dangling.value();
  dangling.add("Identity", {}, {}, "extra").set_value(scores);
  CHECK_THAT(refusal(dangling), Contains("node 'extra' (Identity): does not lead to the graph's output"));
  ModelBuilder nowhere = small_network();
  nowhere.set_value("nothing");
  CHECK_THAT(refusal(nowhere), Contains("no node computes the graph output 'nothing'"));
  ModelBuilder twice = small_network();
  twice.proto().mutable_graph()->mutable_node(1)->set_output(0, "Cast1_out");
  CHECK_THAT(refusal(twice), Contains("has a source already"));
}

TEST_CASE("several inputs or outputs, and a graph without layers, are refused") {
  ModelBuilder inputs = small_network();
  inputs.proto().mutable_graph()->add_input()->set_name("other");
  CHECK_THAT(refusal(inputs), Contains("the graph input 'other' does not lead"));
  ::onnx::ModelProto outputs = small_network().model();
  outputs.mutable_graph()->add_output()->set_name("layer_out");
  CHECK_THAT(refusal(outputs), Contains("2 outputs"));
  CHECK_THAT(refusal(ModelBuilder().image(1, 1, 1)), Contains("holds no layer"));
}

TEST_CASE("accumulators beyond 32 bits are refused") {
  ModelBuilder builder;
  builder.image(1, 300, 300).conv({1, 1, 300, 300}, [] {
    Numbers weights(90000, 127.0f);
    weights[0] = -128.0f;
    weights[1] = 1.0f;
    return weights;
  }());
  CHECK_THAT(refusal(builder), Contains("beyond 32 bits"));
}
