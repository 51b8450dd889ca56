#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "network/imported_network.h"
#include "network/onnx/draft/layer_draft.h"
#include "network/onnx/lower/fold.h"
#include "network/onnx/lower/fold_sum.h"
#include "network/onnx/lower/image_layer.h"
#include "network/onnx/lower/input_levels.h"
#include "network/onnx/lower/pool_placement.h"

namespace spinvp::network::onnx {

/// What a lowered draft, or a constant map, gives its readers.
struct Output {
  int layer = image_input;
  int constant = -1;  ///< instead of a layer
  bool is_levels = true;
  bool is_fixed_point = false;     ///< values: a sum of streams, in a unit far below what it means
  InputLevels levels;              ///< of all channels
  PerChannel scale;                ///< values: real value = chain(scale * value)
  ScalarChain chain;               ///< values only
  std::vector<ValueRange> ranges;  ///< of values, one a channel

  /// A sum of levels that would have too many bits: the reader sums its accumulators instead.
  const LayerDraft::PoolingNode* deferred_sum = nullptr;
  Shape unpooled;
};

/// What users are told of sums whose thresholds had to be rounded.
class RoundedSums {
 public:
  void see(const Node& node, const std::vector<ValueRange>& values, int fraction_bits);
  /// A sentence; empty when there was none.
  std::string note() const;

 private:
  std::size_t count_ = 0;
  std::string first_;
  double widest_ = 0;  ///< accumulators beside a threshold, within which a sum can fall on the other side
};

/// The lowering of one draft graph, draft by draft in their order.
class Lowering {
 public:
  Lowering(Graph& graph, DraftGraph& drafts);

  ImportedNetwork run();

 private:
  bool is_last(int index) const { return index == drafts_.order.back(); }
  int add_layer(Layer layer);
  Output lower(LayerDraft& draft, int index);
  /// What a draft reads; the image has no entry.
  const Output& source_of(const LayerDraft& draft) const;
  /// A layer without weights that changes nothing: the model quantises what is quantised already.
  bool leaves_out(const LayerDraft& draft, int index, Output& output) const;

  // Weights, and what the levels that meet them stand for.
  AccumulatorMeaning with_weights(LayerDraft& draft, const Output& source);
  static AccumulatorMeaning without_weights(const Output& source);
  PerChannel set_weights(LayerDraft& draft);
  /// Padding with the level that stands for the model's number, or with zeros and a map of what that gets wrong.
  void set_padding(LayerDraft& draft, const InputLevels& input, const PerChannel& scale);
  void add_padding_map(LayerDraft& draft, const InputLevels& input, const PerChannel& scale, double step, int fraction);
  /// Makes an output that is no draft's the draft's residual, before all operations.
  void add_to(LayerDraft& draft, Output output);
  /// A layer on an image whose channels have scales of their own: a layer of accumulators for each scale, summed up.
  AccumulatorMeaning from_parts(LayerDraft& draft, const InputLevels& input, const PerChannel& scale);
  /// A layer for one scale whose sums the next part adds; gives the relative error of rounding.
  double add_part(LayerDraft& draft, const ImagePart& part, const PerChannel& scale, const PerChannel& unit,
                  std::size_t index);

  // What stands behind the accumulators.
  /// A layer of one pixel on the means of a map gives the means of that layer on the map.
  void take_up_sum(LayerDraft& draft, const Output& input) const;
  [[noreturn]] void refuse_sum(const Output& input) const;
  std::vector<ValueRange> ranges_of(const LayerDraft& draft) const;
  void place(LayerDraft& draft, const PoolPlacement& placement, AccumulatorMeaning& meaning) const;
  Output lower_scores(LayerDraft& draft, AccumulatorMeaning& meaning) const;
  Output lower_values(LayerDraft& draft, AccumulatorMeaning& meaning) const;
  /// A sum that nothing quantises: scores, or values for the next sum.
  Output lower_value_sum(LayerDraft& draft, const AccumulatorMeaning& meaning, bool last,
                         const PerChannel* unit = nullptr, double* error = nullptr);
  /// Keeps the draft's sum as a layer of its own, which is all that the draft makes levels of.
  void keep_sum(LayerDraft& draft, const AccumulatorMeaning& meaning);
  Output lower_levels(LayerDraft& draft, AccumulatorMeaning& meaning, int index);
  FoldedActivation fold_levels(LayerDraft& draft, const ScalarChain& chain, const AccumulatorMeaning& meaning);
  /// The draft's sum, and the layer's residual without its scale.
  QuantisedSum sum_of(LayerDraft& draft, const ScalarChain& chain, const AccumulatorMeaning& meaning) const;
  /// Levels between or below those of the activation, where the padding of a layer that reads them needs one.
  void make_room_for_padding(int index, bool wide, FoldedActivation& folded, InputLevels& levels) const;
  /// Padding that a Pad node put before a maximum must never be the largest.
  void require_low_padding(const LayerDraft& draft, const InputLevels& levels) const;
  /// A mean of levels is their sum, whose scale moves on; where it has too many bits, the mean moves on as a whole.
  void add_up_levels(LayerDraft& draft, Output& output) const;

  Graph& graph_;
  DraftGraph& drafts_;
  std::deque<Output> outputs_;  ///< of drafts; behind them those that are put together
  std::unordered_map<std::string, int> weight_readers_;
  RoundedSums rounded_sums_;
  ImportedNetwork result_;
};

}  // namespace spinvp::network::onnx
