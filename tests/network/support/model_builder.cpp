#include "network/support/model_builder.h"

#include "core/errors.h"

namespace spinvp::test {

network::IntegerGraph import(const ::onnx::ModelProto& model) {
  return network::import_onnx_bytes(model.SerializeAsString(), "test.onnx");
}

network::IntegerGraph import(const ModelBuilder& builder) {
  return import(builder.model());
}

std::string refusal_of_bytes(const std::string& bytes) {
  try {
    network::import_onnx_bytes(bytes, "test.onnx");
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

std::string refusal(const ::onnx::ModelProto& model) {
  return refusal_of_bytes(model.SerializeAsString());
}

std::string refusal(const ModelBuilder& builder) {
  return refusal(builder.model());
}

}  // namespace spinvp::test
