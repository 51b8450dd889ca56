#pragma once

#include "network/onnx/elementwise.h"
#include "network/onnx/graph.h"
#include "network/onnx/layer_draft.h"

namespace spinvp::network::onnx {

/// Conv, Gemm and MatMul nodes as the start of a layer. Weights are brought into the order [kernel][ky][kx][channel].
LayerDraft read_convolution(const Graph& graph, const Node& node, const MapView& input, int input_bits);
LayerDraft read_fully_connected(const Graph& graph, const Node& node, const MapView& input, int input_bits);

/// MaxPool, AveragePool and their Global forms on a map of shape `input`.
Pooling read_pooling(const Graph& graph, const Node& node, const MapView& input);

bool is_pooling(const std::string& op);

}  // namespace spinvp::network::onnx
