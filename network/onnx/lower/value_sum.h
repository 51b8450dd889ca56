#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "network/integer_graph.h"
#include "network/onnx/lower/fold_sum.h"

namespace spinvp::network::onnx {

/// A sum that nothing quantises, in fixed point:
/// real = unit * (accumulator * gain + multiplier * value + offset) / 2^shift.
struct ValueSum {
  Affine affine;
  std::vector<std::int32_t> multipliers;
  PerChannel unit;
  double error = 0;                ///< what rounding can move a sum by, of the largest sum that is reached
  std::vector<ValueRange> ranges;  ///< of the int32 results, one a channel
};

/// Of two streams with affine operations only. Without `unit` it is a power of two, the same in all channels, chosen so
/// that the largest sum that is reached lies between 2^29 and 2^30. Each result is within 1/2 + (|accumulator| +
/// |value| + 1) / 2^(shift + 1) units of the real sum; an operand that counts a power of two of units adds nothing to
/// that.
ValueSum fold_value_sum(const QuantisedSum& sum, const std::optional<PerChannel>& unit = std::nullopt);

}  // namespace spinvp::network::onnx
