#pragma once

#include <cstdint>
#include <vector>

#include "network/onnx/fold.h"

namespace spinvp::network::onnx {

/// Real numbers from low to high.
struct RealRange {
  double low = 0;
  double high = 0;
};

/// The levels that an activation gives in one channel: chain(x) / step, whole numbers from 0.
class ActivationLevels {
 public:
  ActivationLevels(const ScalarChain& chain, std::size_t channel, double step)
      : function_(chain, channel),
        direction_(onnx::direction(chain, channel, 0, chain.size())),
        channel_(channel),
        step_(step) {}

  /// chain(x) / step, whether or not it is a level.
  double ratio(double x) const { return function_(x) / step_; }
  /// The level; Unfoldable when it is none.
  std::int64_t at(double x) const;
  /// +1 when levels never fall as x grows, -1 when they never rise, 0 when they are constant.
  int direction() const { return direction_; }

 private:
  ChannelFunction function_;
  int direction_;
  std::size_t channel_;
  double step_;
};

/// What all channels of an activation have in common.
struct ActivationForm {
  int bits = 1;
  double step = 1;
};

/// Step and bits of chain(x) for each channel's x, which are multiples of `input_step` if that is given. Bits are those
/// of the highest level by construction (a clip's upper end) when that is small enough, else of the highest level that
/// is reached. Unfoldable when the chain does not round all channels to few multiples of one step.
ActivationForm activation_form(const ScalarChain& chain, std::optional<double> input_step,
                               const std::vector<RealRange>& reach);

}  // namespace spinvp::network::onnx
