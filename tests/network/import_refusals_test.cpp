#include <catch2/catch.hpp>
#include <cmath>

#include "core/errors.h"
#include "network/support/model_builder.h"

using namespace spinvp::test;
using Catch::Contains;

namespace {

ModelBuilder one_layer() {
  ModelBuilder builder;
  builder.image(1, 2, 2).conv({2, 1, 1, 1}, {1, -1}, {}, "layer");
  return builder;
}

/// What is said when `op` follows a layer and another layer follows it.
std::string refused_between(const std::string& op, const std::vector<std::string>& further = {},
                            const Attributes& attributes = {}) {
  ModelBuilder builder = one_layer();
  builder.add(op, further, attributes, "it");
  builder.activation(2).conv({1, 2, 1, 1}, {1, 1});
  return refusal(builder);
}

}  // namespace

TEST_CASE("a float image is refused without its scaling") {
  ModelBuilder builder;
  builder.input({-1, 1, 2, 2}, ::onnx::TensorProto::FLOAT).conv({1, 1, 1, 1}, {1});
  CHECK_THAT(refusal(builder), Contains("test.onnx: input 'image' is float") && Contains("--input-scale"));
}

TEST_CASE("the image must have known sizes and a cast") {
  ModelBuilder unknown;
  unknown.input({-1, 1, -1, 2}).add("Cast", {}, {attr("to", 1)}).conv({1, 1, 1, 1}, {1});
  CHECK_THAT(refusal(unknown), Contains("has the shape [?, 1, ?, 2]"));
  ModelBuilder three;
  three.input({-1, 4, 4}).add("Cast", {}, {attr("to", 1)}).conv({1, 1, 1, 1}, {1});
  CHECK_THAT(refusal(three), Contains("[N, channels, height, width]"));
  ModelBuilder uncast;
  uncast.input({-1, 1, 2, 2}).conv({1, 1, 1, 1}, {1});
  CHECK_THAT(refusal(uncast), Contains("Cast"));
  ModelBuilder unscaled;
  unscaled.input({-1, 1, 2, 2}).mul(0.5f).conv({1, 1, 1, 1}, {1});
  CHECK_THAT(refusal(unscaled), Contains("Cast"));
}

TEST_CASE("an operator that is not known is refused with its node, its name and the accepted ones") {
  const std::string message = refused_between("Softplus");
  CHECK_THAT(message, Contains("test.onnx: node 'it' (Softplus): this operator cannot be run"));
  CHECK_THAT(message, Contains("BatchNormalization"));
  CHECK_THAT(refused_between("Transpose"), Contains("only channels can move"));
  CHECK_THAT(refused_between("QuantizeLinear"), Contains("expected 2 or 3: the map, scale and zero point"));
}

TEST_CASE("operators of another domain are refused") {
  ModelBuilder builder = one_layer();
  builder.add("MultiThreshold", {}, {}, "it");
  builder.proto().mutable_graph()->mutable_node(builder.proto().graph().node_size() - 1)->set_domain("finn");
  CHECK_THAT(refusal(builder), Contains("node 'it' (MultiThreshold): belongs to the domain 'finn'"));
}

TEST_CASE("weights that are not quantised are refused") {
  ModelBuilder builder;
  builder.image(1, 2, 2).conv({1, 1, 2, 2}, {0.1f, 0.2718f, -0.31416f, 0.5772f}, {}, "layer");
  CHECK_THAT(refusal(builder),
             Contains("node 'layer' (Conv): its weights are not quantised") && Contains("-1, 0 and +1"));
}

TEST_CASE("weights that are computed, of the wrong shape or not finite are refused") {
  ModelBuilder computed;
  computed.image(1, 2, 2).add("Identity");
  computed.add("Conv", {"elsewhere"});
  CHECK_THAT(refusal(computed), Contains("'elsewhere', which is no initialiser"));
  ModelBuilder wrong;
  wrong.image(2, 2, 2).conv({1, 1, 1, 1}, {1});
  CHECK_THAT(refusal(wrong), Contains("for 1 input channels, but its input has 2"));
  ModelBuilder flat;
  flat.image(1, 2, 2).conv({1, 4}, {1, 1, 1, 1});
  CHECK_THAT(refusal(flat), Contains("expected 4 dimensions"));
  ModelBuilder infinite;
  infinite.image(1, 1, 1).conv({1, 1, 1, 1}, {HUGE_VALF});
  CHECK_THAT(refusal(infinite), Contains("not a finite number"));
}

TEST_CASE("groups must divide channels and match weights") {
  ModelBuilder odd;
  odd.image(3, 2, 2).conv({2, 1, 1, 1}, {1, 1}, {attr("group", 2)});
  CHECK_THAT(refusal(odd), Contains("has 2 groups, which do not divide its 3 input channels"));
  ModelBuilder wide;
  wide.image(2, 2, 2).conv({2, 2, 1, 1}, {1, 1, 1, 1}, {attr("group", 2)});
  CHECK_THAT(refusal(wide), Contains("for 2 input channels in each of 2 groups, but its input has 2"));
  ModelBuilder none;
  none.image(2, 2, 2).conv({2, 2, 1, 1}, {1, 1, 1, 1}, {attr("group", 0)});
  CHECK_THAT(refusal(none), Contains("has 0 groups"));
}

TEST_CASE("windows that make no sense are refused") {
  const auto refused = [](const Attributes& attributes) {
    ModelBuilder builder;
    builder.image(1, 3, 3).conv({1, 1, 2, 2}, {1, 1, 1, 1}, attributes);
    return refusal(builder);
  };
  CHECK_THAT(refused({attr("strides", Dims{0, 1})}), Contains("strides is [0, 1]"));
  CHECK_THAT(refused({attr("pads", Dims{0, -1, 0, 0})}), Contains("pads is"));
  CHECK_THAT(refused({attr("pads", Dims{0, 0})}), Contains("expected 4 numbers"));
  CHECK_THAT(refused({attr("strides", 2)}), Contains("attribute 'strides' has the wrong type"));
  CHECK_THAT(refused({attr("kernel_shape", Dims{3, 3})}), Contains("its weights are 2 x 2"));
  CHECK_THAT(refused({attr("auto_pad", "SOMEHOW")}), Contains("SAME_UPPER"));
}

TEST_CASE("fully connected layers need a flattened map and fitting weights") {
  ModelBuilder unflattened;
  unflattened.image(1, 2, 2).add("MatMul", {unflattened.constant({2, 1}, {1, 1})});
  CHECK_THAT(refusal(unflattened), Contains("Flatten"));
  ModelBuilder wrong;
  wrong.image(1, 2, 2).fully_connected(1, {1, 1, 1});
  CHECK_THAT(refusal(wrong), Contains("for 3 input features, but its input has 4"));
  ModelBuilder transposed;
  transposed.image(1, 2, 2).add("Flatten").add("Gemm", {transposed.constant({4, 1}, {1, 1, 1, 1})},
                                               {attr("transA", 1)});
  CHECK_THAT(refusal(transposed), Contains("transA"));
  ModelBuilder after;
  after.image(1, 2, 2).add("Flatten").conv({1, 1, 1, 1}, {1});
  CHECK_THAT(refusal(after), Contains("flattened map"));
  ModelBuilder reshaped;
  reshaped.image(1, 2, 2).add("Reshape", {reshaped.integers({2, 2})});
  CHECK_THAT(refusal(reshaped), Contains("expected to flatten each image"));
}

TEST_CASE("a layer whose activation is not quantised is refused") {
  ModelBuilder missing = one_layer();
  missing.conv({1, 2, 1, 1}, {1, 1});
  CHECK_THAT(refusal(missing), Contains("node 'layer' (Conv): its activation has 510 levels"));
  ModelBuilder real = one_layer();
  real.batch_norm({1.3f, 2}, {0, 0}, {0, 0}, {1, 1}).add("Relu").conv({1, 2, 1, 1}, {1, 1});
  CHECK_THAT(refusal(real), Contains("rounds all channels to multiples of one step"));
  ModelBuilder many = one_layer();
  many.mul(1000).add("Relu").add("Round").conv({1, 2, 1, 1}, {1, 1});
  CHECK_THAT(refusal(many), Contains("at most 255"));
  ModelBuilder scaled = one_layer();
  scaled.activation(2).add("Mul", {scaled.constant({2, 1, 1}, {1, 2})}).conv({1, 2, 1, 1}, {1, 1});
  CHECK_THAT(refusal(scaled), Contains("its input has a scale for each channel"));
}

TEST_CASE("what is no score is refused with what to do") {
  ModelBuilder relu = one_layer();
  relu.add("GlobalMaxPool").add("Relu");
  CHECK(refusal(relu) == "");  // 255 levels
  ModelBuilder map = one_layer();
  CHECK_THAT(refusal(map), Contains("node 'layer' (Conv): ends the network with a map of 2 x 2 pixels and 2 channels"));
  ModelBuilder many = one_layer();
  many.mul(1000).add("Relu").add("Round").add("GlobalMaxPool");
  CHECK_THAT(refusal(many), Contains("node 'layer' (Conv): its activation has") && Contains("at most 255"));
}

TEST_CASE("a bias of zeros on the last layer is no bias") {
  ModelBuilder builder = one_layer();
  builder.activation(2).add("Conv", {builder.constant({2, 2, 1, 1}, {1, 1, 1, -1}), builder.constant({2}, {0, 0})});
  builder.add("GlobalMaxPool");
  CHECK(refusal(builder) == "");
}

TEST_CASE("constants that are not one a channel are refused") {
  ModelBuilder rows = one_layer();
  rows.add("Add", {rows.constant({2}, {1, 2})}, {}, "it").activation(2).conv({1, 2, 1, 1}, {1, 1});
  CHECK_THAT(refusal(rows), Contains("node 'it' (Add): its constant has the shape [2]") && Contains("[1, 2, 1, 1]"));
  ModelBuilder zero = one_layer();
  zero.add("Div", {zero.scalar(0)});
  CHECK_THAT(refusal(zero), Contains("divides by zero"));
  ModelBuilder under = one_layer();
  under.add_reversed("Div", under.scalar(1));
  CHECK_THAT(refusal(under), Contains("not monotone"));
  ModelBuilder bounds = one_layer();
  bounds.clip(1, 0);
  CHECK_THAT(refusal(bounds), Contains("above its max"));
  CHECK_THAT(refused_between("Cast", {}, {attr("to", 10)}), Contains("casts to float16"));
}

TEST_CASE("batch norms that cannot be folded are refused") {
  ModelBuilder size = one_layer();
  size.batch_norm({1}, {1}, {1}, {1});
  CHECK_THAT(refusal(size), Contains("(BatchNormalization): its gain has the shape [1]; expected [2]"));
  ModelBuilder variance = one_layer();
  variance.batch_norm({1, 1}, {1, 1}, {1, 1}, {1, -1});
  CHECK_THAT(refusal(variance), Contains("variance + epsilon of channel 1"));
  ModelBuilder nan = one_layer();
  nan.batch_norm({1, NAN}, {1, 1}, {1, 1}, {1, 1});
  CHECK_THAT(refusal(nan), Contains("not a finite number"));
}

TEST_CASE("sums that no layer can take up are refused") {
  ModelBuilder gate = one_layer();
  gate.activation(2).add("Mul", {gate.value()}, {}, "join");
  CHECK_THAT(refusal(gate), Contains("node 'join' (Mul): joins two computed feature maps (a gate)"));
  ModelBuilder shapes = one_layer();
  shapes.activation(2);
  const std::string large = shapes.value();
  shapes.conv({2, 2, 2, 2}, Numbers(16, 1.0f)).add("Add", {large}, {}, "join");
  CHECK_THAT(refusal(shapes), Contains("joins maps of 1 x 1 x 2 and 2 x 2 x 2"));
  ModelBuilder unquantised = one_layer();
  unquantised.add("Add", {unquantised.value()}, {}, "join").activation(2).fully_connected(1, Numbers(8, 1.0f));
  CHECK_THAT(refusal(unquantised), Contains("node 'join' (Add): joins two maps of which neither is quantised"));
}

TEST_CASE("a file that is missing, or a folder, is refused by name") {
  CHECK_THROWS_WITH(spinvp::network::import_onnx("no/such.onnx"),
                    "no/such.onnx: cannot open the file: No such file or directory");
  CHECK_THROWS_WITH(spinvp::network::import_onnx("/tmp"), Contains("/tmp: is a folder"));
}
