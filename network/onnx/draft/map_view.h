#pragma once

#include <cstdint>
#include <vector>

#include "network/integer_graph.h"
#include "network/onnx/model/graph.h"

namespace spinvp::network::onnx {

/// How a value of the graph stands for a feature map: its shape, whether it is flattened to [1, features], and whether
/// channels are the innermost dimension, or vary fastest among the features. A flat view may have one position behind
/// its features, [1, features, 1], as some exporters write them for a batch norm.
struct MapView {
  Shape shape;
  bool flat = false;
  bool channels_last = false;
  bool has_position = false;

  /// The value's dimensions; the batch is one image.
  std::vector<std::int64_t> dims() const;
  bool is_one_pixel() const { return shape.height == 1 && shape.width == 1; }
};

/// The graph's one input: an image [N, channels, height, width], or features [N, features], of known sizes. Refuses
/// others, and several outputs.
MapView read_image(const Graph& graph);

/// The map behind Flatten, Reshape, Squeeze or Unsqueeze: the same numbers flattened, or features of one pixel as a
/// map; refuses what mixes pixels and channels. `is_whole_image` lets features become any image: nothing has been
/// computed.
MapView read_reshape(const Graph& graph, const Node& node, const MapView& map, bool is_whole_image);

/// The map behind Transpose, which may move the channels to the end or back.
MapView read_transpose(const Graph& graph, const Node& node, const MapView& map);

/// Refuses maps too large to run.
void require_moderate(const Graph& graph, const Node& node, const Shape& shape);

}  // namespace spinvp::network::onnx
