#include "network/support/model_builder.h"

#include "core/errors.h"

namespace spinvp::test {

network::IntegerGraph import(const ::onnx::ModelProto& model) {
  return network::import_onnx_bytes(model.SerializeAsString(), "test.onnx");
}

network::IntegerGraph import(const ModelBuilder& builder) {
  return import(builder.model());
}

network::ImportedNetwork import(const ::onnx::ModelProto& model, const std::optional<network::InputScaling>& scaling) {
  network::ImportOptions options;
  options.input = scaling;
  return network::import_network_bytes(model.SerializeAsString(), "test.onnx", options);
}

std::string refusal_of_bytes(const std::string& bytes, const std::optional<network::InputScaling>& scaling) {
  network::ImportOptions options;
  options.input = scaling;
  try {
    network::import_onnx_bytes(bytes, "test.onnx", options);
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

std::string refusal(const ::onnx::ModelProto& model, const std::optional<network::InputScaling>& scaling) {
  return refusal_of_bytes(model.SerializeAsString(), scaling);
}

std::string refusal(const ModelBuilder& builder) {
  return refusal(builder.model());
}

}  // namespace spinvp::test
