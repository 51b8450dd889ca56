#pragma once

#include <optional>
#include <string>
#include <vector>

#include "network/onnx/draft/layer_draft.h"
#include "network/onnx/model/graph.h"
#include "network/onnx/recognise/draft_builder.h"

namespace spinvp::network::onnx {

/// What Slice and Pad nodes make of a map: every step-th row and column from the first on, channels picked or filled
/// in, then rows and columns around it. A window can take up the padding; the rest becomes a 1x1 convolution.
class Selection {
 public:
  explicit Selection(const MapView& source);

  /// Adds a node; false where a node must come behind the convolution of those before it.
  bool add(const Graph& graph, const Node& node);

  /// The map that the nodes give.
  MapView map() const;
  /// Padding alone, for the window that reads it.
  std::optional<Padding> as_padding() const;

  /// A convolution with one weight of 1 a kernel, its constant added to the graph. `last` stands for it in messages.
  LayerDraft as_layer(Graph& graph, const Node& last, const std::string& name) const;

 private:
  /// Positions first, first + step, ... of one dimension, `count` of them.
  struct Range {
    int first = 0;
    int step = 1;
    int count = 0;
  };
  bool slice(const Graph& graph, const Node& node);
  bool pad(const Graph& graph, const Node& node);
  bool pads() const { return padding_.node != nullptr; }
  /// A window with its weight in the last row reaches `first`; what it leaves over at the end must be less than a step.
  static bool fits_convolution(const Range& range, int size);

  MapView source_;
  Range rows_;
  Range columns_;
  std::vector<int> channels_;  ///< of the source; -1: zeros
  Padding padding_;
};

}  // namespace spinvp::network::onnx
