#pragma once

#include <cstdint>
#include <vector>

#include "network/onnx/lower/fold.h"

namespace spinvp::network::onnx {

/// Real numbers from low to high.
struct RealRange {
  double low = 0;
  double high = 0;
};

/// What all channels of an activation have in common: value = base + step * level.
struct ActivationForm {
  int bits = 1;
  double step = 1;
  double base = 0;
  std::int64_t highest = 1;  ///< level; fewer than 2^bits - 1 where values are no power of two, as -1, 0, 1
};

/// The levels that an activation gives in one channel: (chain(x) - base) / step, whole numbers from 0.
class ActivationLevels {
 public:
  ActivationLevels(const ScalarChain& chain, std::size_t channel, const ActivationForm& form)
      : function_(chain, channel),
        direction_(onnx::direction(chain, channel, 0, chain.size())),
        channel_(channel),
        step_(form.step),
        base_(form.base) {}

  /// The level; Unfoldable when it is none.
  std::int64_t at(double x) const;
  /// +1 when levels never fall as x grows, -1 when they never rise, 0 when they are constant.
  int direction() const { return direction_; }

 private:
  ChannelFunction function_;
  int direction_;
  std::size_t channel_;
  double step_;
  double base_;
};

/// Base, step and bits of chain(x) for each channel's x, which are multiples of `input_step` from each other if that is
/// given. Level 0 is the lowest value by construction (a clip's lower end), the highest level the highest value by
/// construction; where that makes too many levels, or there is no such end, what is reached takes its place. Values
/// that are multiples of the step and never negative count from 0 even if the lowest is above. Where nothing but the
/// lowest and the highest value can come out (-1 and +1), they are the levels of one bit. Unfoldable when the chain
/// does not round all channels to few values on one grid.
ActivationForm activation_form(const ScalarChain& chain, std::optional<double> input_step,
                               const std::vector<RealRange>& reach);

}  // namespace spinvp::network::onnx
