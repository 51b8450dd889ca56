#pragma once

#include "network/onnx/model/graph.h"

namespace spinvp::network::onnx {

/// Writes layers on quantised tensors – QLinearConv, QLinearMatMul, ConvInteger, MatMulInteger, and com.microsoft's
/// QGemm, QLinearAdd and QLinearGlobalAveragePool – as what they are made of: subtracting zero points, the layer
/// itself, a multiplication by the quotient of scales, and QuantizeLinear. The layer keeps the node's name. Refuses
/// scales and zero points that are no constants.
void expand_quantised_operators(Graph& graph);

}  // namespace spinvp::network::onnx
