#pragma once

#include <optional>

#include "network/onnx/model/graph.h"

namespace spinvp::network::onnx {

/// Quant, IntQuant, BipolarQuant and DequantizeLinear on constants, as integers in bytes and what they are multiplied
/// by: one factor or one along an axis, so that weights found in them are exact. Nothing for other nodes, and where
/// levels less their zero point do not fit 16 bits or the factors another form. All inputs must be constants.
std::optional<Tensor> quantised_constant(const Graph& graph, const Node& node);

}  // namespace spinvp::network::onnx
