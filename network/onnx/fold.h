#pragma once

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "network/integer_graph.h"
#include "network/onnx/scalar_chain.h"
#include "network/value_range.h"

namespace spinvp::network::onnx {

/// An activation as integer thresholds: value = step * level.
struct FoldedActivation {
  int bits = 1;
  double step = 1;
  std::vector<ChannelThresholds> thresholds;  ///< one a channel
};

/// The chain cannot be written as thresholds; the message says why.
class Unfoldable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Thresholds that give level = chain(accumulator * scale) / step for every reachable accumulator, found by bisection
/// on the chain itself, so that they hold to the last accumulator whatever the order of roundings.
FoldedActivation fold(const ScalarChain& chain, const PerChannel& scale, const std::vector<ValueRange>& ranges);

/// The last step of logits, score * 2^-k = chain(accumulator * scale), for an affine chain. The unit 2^-k is chosen so
/// that the largest logit that a reachable accumulator gives is between 2^29 and 2^30; each score is within
/// 1/2 + (|accumulator| + 1) / 2^(shift + 1) units of the float64 logit, so that scores keep the order of all logits
/// that are further apart than twice that.
Affine fold_scores(const ScalarChain& chain, const PerChannel& scale, const std::vector<ValueRange>& ranges);

}  // namespace spinvp::network::onnx
