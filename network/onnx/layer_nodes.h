#pragma once

#include "network/onnx/graph.h"
#include "network/onnx/layer_draft.h"
#include "network/onnx/map_view.h"

namespace spinvp::network::onnx {

/// Conv, Gemm and MatMul nodes as the start of a layer.
LayerDraft read_convolution(const Graph& graph, const Node& node, const MapView& input);
LayerDraft read_fully_connected(const Graph& graph, const Node& node, const MapView& input);

/// MaxPool, AveragePool, their Global forms and ReduceMean over rows and columns, on a map of shape `input`.
Pooling read_pooling(const Graph& graph, const Node& node, const MapView& input);

bool is_pooling(const std::string& op);

}  // namespace spinvp::network::onnx
