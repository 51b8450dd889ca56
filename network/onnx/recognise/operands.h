#pragma once

#include "network/onnx/draft/map_view.h"
#include "network/onnx/draft/scalar_chain.h"
#include "network/onnx/model/graph.h"

/// Constants that elementwise nodes work with, brought to one value or one a channel.
namespace spinvp::network::onnx {

/// A constant of `node` that ONNX broadcasts to the map: one number, or one a channel. Refuses other shapes and what is
/// no finite number. `what` names it in messages.
PerChannel broadcast_operand(const Graph& graph, const Node& node, const Tensor& tensor, const char* what,
                             const MapView& map);

/// The same for input `index`, which must be a constant.
PerChannel broadcast_input(const Graph& graph, const Node& node, std::size_t index, const char* what,
                           const MapView& map);

/// Input `index` as a list along the channels, [channels].
PerChannel channel_parameter(const Graph& graph, const Node& node, std::size_t index, const char* what,
                             const MapView& map);

/// Input `index`: one finite number, in a tensor of any rank.
double scalar_input(const Graph& graph, const Node& node, std::size_t index, const char* what);

}  // namespace spinvp::network::onnx
