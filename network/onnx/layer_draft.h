#pragma once

#include <optional>
#include <vector>

#include "network/integer_graph.h"
#include "network/onnx/graph.h"
#include "network/onnx/scalar_chain.h"

namespace spinvp::network::onnx {

/// A layer whose end has not been seen yet: its geometry, its real weights, and what stands behind it up to the next
/// layer.
struct LayerDraft {
  struct PoolingNode {
    const Node* node = nullptr;
    Pooling pooling;
    std::size_t position = 0;  ///< operations of the chain that stand before it
  };

  const Node* node = nullptr;   ///< Conv, Gemm or MatMul
  Layer layer;                  ///< shapes, window and names; finishing adds the rest
  std::vector<double> weights;  ///< [kernel][ky][kx][channel]
  double gain = 1;              ///< a factor on all weights (Gemm's alpha)
  ScalarChain chain;
  std::size_t bias_operations = 0;  ///< operations at the chain's start that come from the layer node's own bias
  std::optional<PoolingNode> pool;
};

/// Integer levels on their way to the next layer: value = step * level.
struct Activation {
  int bits = 8;
  double step = 1;
};

/// Completes a layer that another follows: integer weights, place of the pooling, thresholds.
Activation finish_hidden_layer(const Graph& graph, LayerDraft& draft, const Activation& input);

/// Completes the last layer, whose raw accumulators are the scores. Refuses everything that could change their order.
void finish_last_layer(const Graph& graph, LayerDraft& draft);

}  // namespace spinvp::network::onnx
