// Writes small models in every form that the importer reads: what the fuzzers start from. usage: seed_models FOLDER

#include <fstream>
#include <iostream>
#include <string>

#include "network/generate/model_builder.h"

using namespace spinvp::network;

namespace {

constexpr auto real_type = ::onnx::TensorProto::FLOAT;

void set_domain(ModelBuilder& builder, const std::string& domain) {
  builder.proto().mutable_graph()->mutable_node()->rbegin()->set_domain(domain);
}

ModelBuilder plain() {
  ModelBuilder builder;
  builder.image(2, 4, 4).conv({2, 2, 3, 3}, Numbers(36, 0.5f), {attr("pads", Dims{1, 1, 1, 1})});
  builder.batch_norm({1, -1}, {0, 0.5f}, {0.1f, 0.2f}, {1, 2}).activation(2);
  builder.add("MaxPool", {}, {attr("kernel_shape", Dims{2, 2}), attr("strides", Dims{2, 2})});
  return builder.fully_connected(2, Numbers(16, 1));
}

ModelBuilder residual() {
  ModelBuilder builder;
  builder.image(1, 3, 3).conv({1, 1, 1, 1}, {1}).activation(2);
  const std::string shortcut = builder.value();
  builder.conv({1, 1, 1, 1}, {-1}).activation(2).add("Add", {shortcut}).clip(0, 1).activation(2);
  builder.add("GlobalAveragePool");
  return builder.fully_connected(2, {1, -1});
}

ModelBuilder folded() {
  ModelBuilder builder;
  builder.image(1, 2, 2);
  const std::string data = builder.value();
  const std::string weights = builder.constant({2, 1, 2, 2}, {1, -2, 3, -4, 5, -6, 7, -8});
  builder.set_value(weights).add("Abs").add("ReduceMean", {}, {attr("axes", Dims{1, 2, 3})});
  const std::string scale = builder.value();
  builder.set_value(weights).add("Sign").add("Mul", {scale});
  const std::string quantised = builder.value();
  return builder.set_value(data).add("Conv", {quantised}).activation(1).fully_connected(2, {1, 1, -1, 1});
}

ModelBuilder qonnx() {
  ModelBuilder builder;
  builder.input({1, 1, 2, 2}, real_type);
  const std::string data = builder.value();
  const std::string one = builder.scalar(1);
  const std::string zero = builder.scalar(0);
  const std::string two = builder.scalar(2);
  builder.set_value(builder.constant({4, 2}, {1, -1, 0, 1, 1, 1, -1, 0})).add("Quant", {one, zero, two});
  set_domain(builder, "onnx.brevitas");
  const std::string weights = builder.value();
  builder.set_value(data).add("Reshape", {builder.integers({1, -1})}).add("Quant", {builder.scalar(0.1f), zero, two});
  set_domain(builder, "qonnx.custom_op.general");
  builder.add("MatMul", {weights}).add("MultiThreshold", {builder.constant({1, 3}, {-1, 0.2f, 1})});
  set_domain(builder, "finn.custom_op.general");
  return builder.add("MatMul", {builder.constant({2, 2}, {1, -1, 1, 1})}).add("Mul", {one});
}

ModelBuilder shapes() {
  ModelBuilder builder;
  builder.input({1, 2, 4, 4}, real_type);
  const std::string data = builder.value();
  builder.add("Shape").add("Gather", {builder.integers({0})}, {attr("axis", 0)});
  builder.add("Concat", {builder.integers({-1})}, {attr("axis", 0)});
  const std::string flat = builder.value();
  builder.set_value(data).add("Pad", {builder.integers({0, 0, 1, 1, 0, 0, 1, 1})});
  builder.add("Slice",
              {builder.integers({0, 0}), builder.integers({6, 6}), builder.integers({2, 3}), builder.integers({2, 2})});
  builder.conv({2, 2, 1, 1}, {1, -1, 1, 1}).add("Sign");
  builder.add("Reshape", {flat});
  return builder.add("MatMul", {builder.constant({18, 2}, Numbers(36, 1))});
}

ModelBuilder quantised() {
  ModelBuilder builder;
  builder.input({1, 1, 2, 2}, real_type);
  const std::string scale = builder.scalar(0.5f);
  builder.add("QuantizeLinear", {scale}).add("DequantizeLinear", {scale}).conv({2, 1, 1, 1}, {1, -1});
  builder.add("Relu").add("QuantizeLinear", {scale}).add("DequantizeLinear", {scale});
  return builder.fully_connected(2, Numbers(16, 1));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: seed_models FOLDER\n";
    return 2;
  }
  int number = 0;
  for (const ModelBuilder& model : {plain(), residual(), folded(), qonnx(), shapes(), quantised()}) {
    std::ofstream stream(std::string(argv[1]) + "/model" + std::to_string(++number) + ".onnx", std::ios::binary);
    stream << model.bytes();
    if (!stream) {
      std::cerr << argv[1] << ": cannot write the models\n";
      return 1;
    }
  }
  return 0;
}
