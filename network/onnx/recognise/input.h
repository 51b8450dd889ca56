#pragma once

#include <optional>
#include <vector>

#include "network/input_scaling.h"
#include "network/onnx/draft/map_view.h"
#include "network/onnx/draft/scalar_chain.h"
#include "network/onnx/model/graph.h"

namespace spinvp::network::onnx {

/// What the graph reads.
struct GraphInput {
  MapView map;
  bool is_bytes = false;  ///< a uint8 image, which the graph itself makes real
  ScalarChain scaling;    ///< from a byte to the real number that the graph reads
};

/// The shape of the images that the graph reads, as far as its input says it: flat ones may be reshaped.
Shape image_shape(const Graph& graph);

/// The graph's image, with channels last where its first node that is not elementwise moves them to the front. Refuses
/// real inputs without a scaling, bytes with one, and scalings for another number of channels.
GraphInput read_input(const Graph& graph, const std::vector<const Node*>& order,
                      const std::optional<InputScaling>& scaling);

}  // namespace spinvp::network::onnx
