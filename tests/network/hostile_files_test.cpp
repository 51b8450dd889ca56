#include <sys/resource.h>

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
  CHECK_THAT(with_dims({1, 1, 0, 1ll << 40}), Contains("more than 2^31 elements"));
  CHECK_THAT(with_dims(Dims(1000, 1)), Contains("1000 dimensions"));
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
  ModelBuilder packed = small_network();
  packed.proto().mutable_graph()->mutable_initializer(1)->set_data_type(22);
  CHECK_THAT(refusal(packed), Contains("elements of int4; expected bool, integers of 8 to 64 bits"));
  ModelBuilder segment = small_network();
  segment.proto().mutable_graph()->mutable_initializer(1)->mutable_segment()->set_begin(0);
  CHECK_THAT(refusal(segment), Contains("one segment of a tensor"));
  ModelBuilder wide = small_network();
  auto* tensor = wide.proto().mutable_graph()->mutable_initializer(1);
  tensor->set_data_type(::onnx::TensorProto::INT8);
  tensor->clear_float_data();
  tensor->add_int32_data(1);
  tensor->add_int32_data(300);
  CHECK_THAT(refusal(wide), Contains("holds 300, which its element type cannot be"));
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
  CHECK_THAT(refusal(outputs), Contains("its outputs 'Gemm9_out', 'layer_out'"));
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

TEST_CASE("weights of sixteen bits are read, in both forms") {
  for (const auto type : {::onnx::TensorProto::FLOAT16, ::onnx::TensorProto::BFLOAT16}) {
    ModelBuilder builder = small_network();
    auto* tensor = builder.proto().mutable_graph()->mutable_initializer(1);
    tensor->clear_float_data();
    tensor->set_data_type(type);
    const bool half = type == ::onnx::TensorProto::FLOAT16;
    tensor->add_int32_data(half ? 0x3c00 : 0x3f80);
    tensor->add_int32_data(half ? 0xbc00 : 0xbf80);
    CHECK(import(builder).layers[0].weights == std::vector<std::int16_t>{1, -1});
  }
}

TEST_CASE("loops, branches and attributes that are there twice are refused") {
  ModelBuilder branches = small_network();
  branches.add("If", {}, {}, "branch");
  auto* attribute = branches.proto().mutable_graph()->mutable_node()->rbegin()->add_attribute();
  attribute->set_name("then_branch");
  attribute->set_type(::onnx::AttributeProto::GRAPH);
  attribute->mutable_g()->set_name("nested");
  CHECK_THAT(refusal(branches), Contains("node 'branch' (If): holds a graph of its own (attribute 'then_branch')"));
  ModelBuilder twice = small_network();
  twice.add("Identity", {}, {attr("axis", 1), attr("axis", 2)}, "twice");
  CHECK_THAT(refusal(twice), Contains("node 'twice' (Identity): has the attribute 'axis' twice"));
}

TEST_CASE("deeply nested messages are refused") {
  // Type, sequence, type ... as fields 2 (type) and 4 (sequence) of ValueInfoProto and TypeProto.
  std::string nested;
  for (int depth = 0; depth < 5000; ++depth) {
    std::string varint;
    std::size_t rest = nested.size();
    do {
      varint += static_cast<char>((rest & 0x7f) | (rest > 127 ? 0x80 : 0));
      rest >>= 7;
    } while (rest != 0);
    nested = (depth % 2 == 0 ? "\x0a" : "\x22") + varint + nested;
  }
  ModelBuilder builder = small_network();
  CHECK(refusal_of_bytes(builder.bytes() + "\x3a" + nested) != "");
}

TEST_CASE("names that are there twice are refused") {
  ModelBuilder builder = small_network();
  auto* graph = builder.proto().mutable_graph();
  *graph->add_initializer() = graph->initializer(1);
  CHECK_THAT(refusal(builder), Contains("the constant 'constant2' is there twice"));
  ModelBuilder inputs = small_network();
  *inputs.proto().mutable_graph()->add_input() = inputs.proto().graph().input(0);
  CHECK(refusal(inputs) != "");
}

namespace {

/// Constants that a few bytes of a file make large, and what a layer makes of them.
ModelBuilder with_constant(const std::string& op, const std::vector<std::string>& further, ModelBuilder builder,
                           const std::string& first, const Attributes& attributes = {}) {
  const std::string data = builder.value();
  builder.set_value(first).add(op, further, attributes, "grown");
  const std::string weights = builder.value();
  return builder.set_value(data).add("Conv", {weights});
}

/// Kilobytes that the process has ever held.
long peak() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace

TEST_CASE("constants that grow beyond all bounds are refused before memory is taken") {
  const long before = peak();
  const std::int64_t large = std::int64_t{1} << 40;
  ModelBuilder expand = small_network();
  const std::string one = expand.constant({1}, {1});
  const std::string shape = expand.integers({large, 1, 1, 1});
  CHECK_THAT(refusal(with_constant("Expand", {shape}, expand, one)), Contains("node 'grown' (Expand): its result"));
  CHECK_THAT(refusal(with_constant("Tile", {expand.integers({1 << 30})}, expand, one)), Contains("(Tile)"));
  CHECK_THAT(refusal(with_constant("ConstantOfShape", {}, expand, shape)), Contains("(ConstantOfShape): its result"));
  CHECK_THAT(refusal(with_constant("Pad", {expand.integers({1ll << 31, 0})}, expand, one)), Contains("(Pad)"));
  const std::string zero = expand.scalar(0);
  const std::string step = expand.scalar(1e-12f);
  CHECK_THAT(refusal(with_constant("Range", {expand.scalar(1), step}, expand, zero)), Contains("(Range)"));
  CHECK(peak() - before < 200000);
}

TEST_CASE("constants that grow step by step are refused") {
  const long before = peak();
  ModelBuilder builder = small_network();
  const std::string data = builder.value();
  builder.set_value(builder.integers({1 << 23})).add("ConstantOfShape");
  for (int step = 0; step < 40; ++step) {
    builder.add("Exp");
  }
  const std::string large = builder.value();
  builder.set_value(data).add("Conv", {large});
  CHECK_THAT(refusal(builder), Contains("beyond all proportion to the model"));
  CHECK(peak() - before < 500000);
}

TEST_CASE("Conv of constants that would take for ever is refused") {
  ModelBuilder builder = small_network();
  const std::string data = builder.value();
  builder.set_value(builder.integers({1, 1, 2048, 2048})).add("ConstantOfShape");
  const std::string map = builder.value();
  builder.add("Conv", {map}, {attr("auto_pad", "SAME_UPPER")}, "endless");
  const std::string product = builder.value();
  builder.set_value(data).add("Conv", {product});
  CHECK_THAT(refusal(builder), Contains("node 'endless' (Conv): asks for"));
}
