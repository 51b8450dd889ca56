#pragma once

#include <string>

#include "network/onnx/draft/map_view.h"
#include "network/onnx/draft/scalar_chain.h"
#include "network/onnx/model/graph.h"

/// Nodes that quantise: QONNX's Quant (also written IntQuant), BipolarQuant and Trunc, FINN's MultiThreshold, ONNX's
/// QuantizeLinear and DequantizeLinear.
namespace spinvp::network::onnx {

bool is_quantiser(const std::string& op);

/// The node as scalar operations on `map`, in the order in which QONNX and ONNX define them, with their roundings:
///   Quant           clip(x / scale + zero, low, high), rounded by its mode, - zero, * scale; signed of one bit: -1, +1
///   BipolarQuant    (x >= 0 ? 1 : -1) * scale
///   Trunc           rounded(x / scale + zero) / 2^k, (clipped,) rounded by its mode, back to real
///   MultiThreshold  out_scale * (number of thresholds t with x >= t) + out_bias
///   QuantizeLinear  clip(rounded half to even(x / scale) + zero, low, high): whole numbers
///   DequantizeLinear  (x - zero) * scale
/// Refuses parameters that are computed, not finite, or neither one number nor one a channel.
ScalarChain read_quantiser(const Graph& graph, const Node& node, const MapView& map);

}  // namespace spinvp::network::onnx
