#pragma once

#include <onnx/onnx_pb.h>

#include <optional>
#include <string>

#include "network/generate/model_builder.h"
#include "network/onnx/import.h"

namespace spinvp::test {

using network::attr;
using network::Attributes;
using network::Dims;
using network::ModelBuilder;
using network::Numbers;
using network::OnnxAttribute;

network::IntegerGraph import(const ::onnx::ModelProto& model);
network::IntegerGraph import(const ModelBuilder& builder);
/// With what users are told, for models with real inputs.
network::ImportedNetwork import(const ::onnx::ModelProto& model, const std::optional<network::InputScaling>& scaling);

/// The message of the InputError that importing gives; empty when the model is accepted.
std::string refusal(const ModelBuilder& builder);
std::string refusal(const ::onnx::ModelProto& model,
                    const std::optional<network::InputScaling>& scaling = std::nullopt);
std::string refusal_of_bytes(const std::string& bytes,
                             const std::optional<network::InputScaling>& scaling = std::nullopt);

}  // namespace spinvp::test
