#pragma once

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "network/integer_graph.h"
#include "network/onnx/draft/scalar_chain.h"
#include "network/value_range.h"

namespace spinvp::network::onnx {

/// What a layer's accumulators mean in the model: (accumulator + offset) * scale. The offset is what input levels that
/// do not start at zero, base + step * level, add to each kernel's sum, in units of its scale.
struct AccumulatorMeaning {
  PerChannel scale{{1.0}};
  PerChannel offset{{0.0}};

  double at(std::size_t channel, std::int64_t accumulator) const {
    return (static_cast<double>(accumulator) + offset[channel]) * scale[channel];
  }
};

/// An activation as integer thresholds: value = base + step * level.
struct FoldedActivation {
  int bits = 1;
  double step = 1;
  double base = 0;
  std::vector<ChannelThresholds> thresholds;  ///< one a channel

  /// The base in steps, -1/2 for -1 and +1; rounding noise around whole and half steps is taken off.
  double base_in_steps() const;
};

/// The chain cannot be written as thresholds; the message says why.
class Unfoldable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Thresholds that give base + step * level = chain(meaning of accumulator) for every reachable accumulator, found by
/// bisection on the chain itself, so that they hold to the last accumulator whatever the order of roundings. Three
/// values of which no accumulator gives the middle one (Sign, where nothing meets 0) are one bit. `ranges` has one
/// entry a channel.
FoldedActivation fold(const ScalarChain& chain, const AccumulatorMeaning& meaning,
                      const std::vector<ValueRange>& ranges);

/// The last step of logits, score * 2^-k = chain(meaning of accumulator), for an affine chain. The unit 2^-k is chosen
/// so that the largest logit that a reachable accumulator gives is between 2^29 and 2^30; each score is within 1/2 +
/// (|accumulator| + 1) / 2^(shift + 1) units of the float64 logit, so that scores keep the order of all logits that are
/// further apart than twice that.
Affine fold_scores(const ScalarChain& chain, const AccumulatorMeaning& meaning, const std::vector<ValueRange>& ranges);

}  // namespace spinvp::network::onnx
