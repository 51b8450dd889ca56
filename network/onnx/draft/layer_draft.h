#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "network/integer_graph.h"
#include "network/onnx/draft/map_view.h"
#include "network/onnx/draft/scalar_chain.h"
#include "network/onnx/model/graph.h"
#include "network/onnx/weights/weights.h"

/// The importer's middle form: a graph of layers whose weights, scales and activations are still the model's real
/// numbers. Recognition makes it from ONNX nodes; lowering turns it into integers.
namespace spinvp::network::onnx {

/// What a layer reads: the image or another draft's output, with affine operations on the way.
struct Reading {
  int draft = image_input;  ///< index in DraftGraph::drafts
  ScalarChain chain;
};

/// A layer and what stands behind it up to the next one.
struct LayerDraft {
  struct PoolingNode {
    const Node* node = nullptr;
    Pooling pooling;
    std::size_t position = 0;  ///< operations of the chain that stand before it
    double pad_value = 0;      ///< of a Pad before a maximum
    bool pads_explicitly = false;
  };
  struct ResidualNode {
    const Node* node = nullptr;
    Reading operand;
    std::size_t position = 0;  ///< operations of the chain that stand before it, all of them affine
  };

  const Node* node = nullptr;  ///< Conv, Gemm or MatMul; what asks for the layer, when it has no weights
  Layer layer;                 ///< shapes, window and name; lowering adds the rest
  Reading source;
  std::string weights;  ///< name of the constant; empty without weights
  KernelOrder order;
  double gain = 1;       ///< a factor on all weights (Gemm's alpha)
  double pad_value = 0;  ///< of positions in the padding, in the model's numbers

  ScalarChain chain;                ///< from accumulators to what readers see
  std::size_t bias_operations = 0;  ///< operations at the chain's start that come from the layer node's own bias
  std::optional<ResidualNode> residual;
  std::optional<PoolingNode> pool;
  bool is_read_as_levels = false;  ///< by a layer, not only by additions

  /// What is added is the sum already, from a layer of the same shape that keeps it; its own accumulators do not count.
  bool ignores_accumulators = false;

  bool is_affine() const { return onnx::is_affine(chain, 0, chain.size()); }
  /// Its output are accumulators, or a sum in fixed point, for additions to scale: nothing quantises them before.
  bool gives_values() const { return is_affine() && !is_read_as_levels; }
  /// True when an average of levels ends the layer: what follows must keep it an average.
  bool ends_in_sum_of_levels() const {
    return pool && pool->pooling.kind == PoolKind::Sum && (residual || !onnx::is_affine(chain, 0, pool->position));
  }
  bool is_padded() const {
    return layer.pad_top > 0 || layer.pad_left > 0 || layer.pad_bottom > 0 || layer.pad_right > 0;
  }
};

struct DraftGraph {
  std::string name;
  Shape input;
  int input_bits = 8;
  std::vector<LayerDraft> drafts;
  std::vector<int> order;  ///< indices of drafts, each behind those it reads; the last one gives the scores
  std::vector<std::string> notes;
};

}  // namespace spinvp::network::onnx
