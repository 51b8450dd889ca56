#pragma once

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "network/integer_graph.h"
#include "network/onnx/scalar_chain.h"

namespace spinvp::network::onnx {

/// Accumulators that a kernel can reach.
struct AccumulatorRange {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

/// From the weights of `kernel` and input levels 0 .. 2^input_bits - 1; `window` sums of it (for sum pooling).
AccumulatorRange reachable_range(const Layer& layer, int kernel, std::int64_t window = 1);

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
FoldedActivation fold(const ScalarChain& chain, const PerChannel& scale, const std::vector<AccumulatorRange>& ranges);

}  // namespace spinvp::network::onnx
