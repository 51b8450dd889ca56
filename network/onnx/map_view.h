#pragma once

#include "network/integer_graph.h"
#include "network/onnx/graph.h"

namespace spinvp::network::onnx {

/// The feature map an elementwise node stands on: its channels, and whether it has been flattened to [N, features].
struct MapView {
  Shape shape;
  bool flat = false;
};

/// The graph's one input, which must be a uint8 image or features of known sizes; refuses others, and several outputs.
MapView read_image(const Graph& graph);

/// The map behind a Flatten or Reshape node; refuses what does not flatten each image.
MapView read_flatten(const Graph& graph, const Node& node, const MapView& map);

/// Refuses maps too large to run.
void require_moderate(const Graph& graph, const Node& node, const Shape& shape);

}  // namespace spinvp::network::onnx
