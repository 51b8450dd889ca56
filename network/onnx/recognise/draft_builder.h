#pragma once

#include <set>
#include <string>

#include "network/onnx/draft/layer_draft.h"
#include "network/onnx/draft/map_view.h"
#include "network/onnx/model/graph.h"

namespace spinvp::network::onnx {

/// A value of the ONNX graph: the output of a draft, so far. While nobody else reads it the draft is open, and what
/// comes next becomes a part of it. Behind a closed draft affine operations wait for the layer that will take them up.
struct Stream {
  int draft = image_input;
  bool open = false;
  ScalarChain pending;
  MapView map;
};

/// Rows and columns that Pad puts around a map, for the window that reads it next.
struct Padding {
  const Node* node = nullptr;
  int top = 0;
  int left = 0;
  int bottom = 0;
  int right = 0;
  double value = 0;
};

/// Grows a draft graph stream by stream. Each function takes the stream that a node reads and gives the one that it
/// computes; refusals name the node.
class DraftBuilder {
 public:
  /// A draft graph that reads an image of this shape.
  DraftBuilder(const Graph& graph, std::string name);

  /// The image itself, behind affine operations that its scaling stands for.
  Stream image(const MapView& map, ScalarChain scaling) const;

  /// A draft that read_convolution() or read_fully_connected() started.
  Stream layer(LayerDraft draft, Stream input, bool gives_flat_map);
  Stream pool(const Node& node, const Pooling& pooling, const Padding* padding, Stream input);
  Stream elementwise(const ScalarChain& operations, Stream input);
  /// Add or Sub of two computed maps.
  Stream join(const Node& node, Stream a, Stream b);

  /// Nothing becomes a part of the stream's draft any more: several nodes read it.
  void close(Stream& stream);

  /// The graph with this stream as its scores; `last` is the node that computes them.
  DraftGraph finish(const Node& last, Stream scores);

  void note(std::string sentence) { result_.notes.push_back(std::move(sentence)); }
  std::string unique_name(const std::string& wanted);

 private:
  LayerDraft& draft_of(const Stream& stream) { return result_.drafts[static_cast<std::size_t>(stream.draft)]; }
  static bool is_image(const Stream& stream) { return stream.draft == image_input; }
  Stream add(LayerDraft draft, const MapView& map);
  Stream without_weights(const Node& node, Stream stream);
  Stream again(const Stream& stream);
  /// A closed stream that can grow on: its sum once more, or a layer without weights on its levels.
  Stream reopened(const Node& node, Stream stream);
  void drop_unread();
  Reading as_levels(Stream& stream);
  bool can_take_residual(const Stream& stream);
  bool can_give_levels(const Stream& stream);
  Stream& main_operand(const Node& node, Stream& a, Stream& b);
  Reading residual_operand(const Node& node, Stream& stream);

  const Graph& graph_;
  DraftGraph result_;
  std::set<std::string> names_;
};

}  // namespace spinvp::network::onnx
