#include "network/generate/model_builder.h"

namespace spinvp::network {
namespace {

void set_attribute(::onnx::AttributeProto& proto, const OnnxAttribute& attribute) {
  proto.set_name(attribute.name);
  if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) {
    proto.set_type(::onnx::AttributeProto::INT);
    proto.set_i(*integer);
  } else if (const auto* number = std::get_if<float>(&attribute.value)) {
    proto.set_type(::onnx::AttributeProto::FLOAT);
    proto.set_f(*number);
  } else if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    proto.set_type(::onnx::AttributeProto::STRING);
    proto.set_s(*text);
  } else {
    proto.set_type(::onnx::AttributeProto::INTS);
    for (const std::int64_t element : std::get<Dims>(attribute.value)) {
      proto.add_ints(element);
    }
  }
}

}  // namespace

ModelBuilder::ModelBuilder(std::int64_t opset, const std::string& name) {
  model_.set_ir_version(8);
  model_.mutable_graph()->set_name(name);
  model_.add_opset_import()->set_version(opset);
}

ModelBuilder& ModelBuilder::input(const Dims& dims, ::onnx::TensorProto::DataType type) {
  auto* value = model_.mutable_graph()->add_input();
  value->set_name("image");
  auto* tensor = value->mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(type);
  for (const std::int64_t dim : dims) {
    auto* proto = tensor->mutable_shape()->add_dim();
    if (dim >= 0) {
      proto->set_dim_value(dim);
    } else {
      proto->set_dim_param("N");
    }
  }
  value_ = "image";
  return *this;
}

ModelBuilder& ModelBuilder::image(int channels, int height, int width) {
  return input({-1, channels, height, width}).add("Cast", {}, {attr("to", 1)}).mul(1.0f / 255.0f);
}

ModelBuilder& ModelBuilder::add(const std::string& op, const std::vector<std::string>& further,
                                const Attributes& attributes, const std::string& name) {
  auto* node = model_.mutable_graph()->add_node();
  const std::string own = name.empty() ? op + std::to_string(model_.graph().node_size()) : name;
  node->set_name(own);
  node->set_op_type(op);
  node->add_input(value_);
  for (const std::string& value : further) {
    node->add_input(value);
  }
  for (const OnnxAttribute& attribute : attributes) {
    set_attribute(*node->add_attribute(), attribute);
  }
  value_ = own + "_out";
  node->add_output(value_);
  return *this;
}

ModelBuilder& ModelBuilder::add_custom(const std::string& domain, const std::string& op,
                                       const std::vector<std::string>& further, const Attributes& attributes,
                                       const std::string& name) {
  add(op, further, attributes, name);
  model_.mutable_graph()->mutable_node(model_.graph().node_size() - 1)->set_domain(domain);
  return *this;
}

ModelBuilder& ModelBuilder::add_reversed(const std::string& op, const std::string& first) {
  add(op, {first});
  auto* node = model_.mutable_graph()->mutable_node(model_.graph().node_size() - 1);
  node->mutable_input()->SwapElements(0, 1);
  return *this;
}

std::string ModelBuilder::constant(const Dims& dims, const Numbers& values) {
  auto* tensor = model_.mutable_graph()->add_initializer();
  tensor->set_name("constant" + std::to_string(++constants_));
  tensor->set_data_type(::onnx::TensorProto::FLOAT);
  for (const std::int64_t dim : dims) {
    tensor->add_dims(dim);
  }
  tensor->mutable_float_data()->Add(values.begin(), values.end());
  return tensor->name();
}

std::string ModelBuilder::integers(const std::vector<std::int64_t>& values) {
  auto* tensor = model_.mutable_graph()->add_initializer();
  tensor->set_name("constant" + std::to_string(++constants_));
  tensor->set_data_type(::onnx::TensorProto::INT64);
  tensor->add_dims(static_cast<std::int64_t>(values.size()));
  for (const std::int64_t value : values) {
    tensor->add_int64_data(value);
  }
  return tensor->name();
}

std::string ModelBuilder::scaled_bytes(const Dims& dims, const std::vector<std::int8_t>& levels, float scale) {
  auto* tensor = model_.mutable_graph()->add_initializer();
  tensor->set_name("constant" + std::to_string(++constants_));
  tensor->set_data_type(::onnx::TensorProto::INT8);
  for (const std::int64_t dim : dims) {
    tensor->add_dims(dim);
  }
  tensor->set_raw_data(levels.data(), levels.size());
  const std::string data = value_;
  value_ = tensor->name();
  add("Cast", {}, {attr("to", static_cast<std::int64_t>(::onnx::TensorProto::FLOAT))}).mul(scale);
  return std::exchange(value_, data);
}

ModelBuilder& ModelBuilder::conv(const Dims& dims, const Numbers& weights, const Attributes& attributes,
                                 const std::string& name) {
  return add("Conv", {constant(dims, weights)}, attributes, name);
}

ModelBuilder& ModelBuilder::batch_norm(const Numbers& gain, const Numbers& bias, const Numbers& mean,
                                       const Numbers& variance) {
  const Dims dims{static_cast<std::int64_t>(gain.size())};
  return add("BatchNormalization",
             {constant(dims, gain), constant(dims, bias), constant(dims, mean), constant(dims, variance)},
             {attr("epsilon", 1e-5f)});
}

ModelBuilder& ModelBuilder::activation(int bits) {
  const auto levels = static_cast<float>((1 << bits) - 1);
  return clip(0, 1).mul(levels).add("Round").mul(1.0f / levels);
}

ModelBuilder& ModelBuilder::fully_connected(int outputs, const Numbers& weights) {
  const auto features = static_cast<std::int64_t>(weights.size()) / outputs;
  return add("Flatten").add("Gemm", {constant({outputs, features}, weights)}, {attr("transB", 1)});
}

::onnx::ModelProto ModelBuilder::model() const {
  ::onnx::ModelProto model = model_;
  auto* output = model.mutable_graph()->add_output();
  output->set_name(value_);
  output->mutable_type()->mutable_tensor_type()->set_elem_type(::onnx::TensorProto::FLOAT);
  return model;
}

std::string ModelBuilder::bytes() const {
  return model().SerializeAsString();
}

}  // namespace spinvp::network
