#pragma once

#include <optional>

#include "network/onnx/draft/layer_draft.h"
#include "network/onnx/draft/map_view.h"
#include "network/onnx/model/graph.h"
#include "network/onnx/recognise/draft_builder.h"

namespace spinvp::network::onnx {

/// Conv, Gemm and MatMul nodes as the start of a layer; `padding` stands around the input beside the node's own.
LayerDraft read_convolution(const Graph& graph, const Node& node, const MapView& input,
                            const std::optional<Padding>& padding);
LayerDraft read_fully_connected(const Graph& graph, const Node& node, const MapView& input);

/// MaxPool, AveragePool, their Global forms and ReduceMean over rows and columns, on a map of shape `input`.
Pooling read_pooling(const Graph& graph, const Node& node, const MapView& input, const std::optional<Padding>& padding);

bool is_pooling(const std::string& op);

}  // namespace spinvp::network::onnx
