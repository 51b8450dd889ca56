#pragma once

#include <cstdint>
#include <vector>

#include "network/onnx/lower/fold.h"

namespace spinvp::network::onnx {

/// Two streams that are added and then quantised, in the model's real numbers:
/// base + step * level = post(main(meaning of accumulator) + other(value * other_scale)), with affine main and other. A
/// base of the values is the other chain's to add.
struct QuantisedSum {
  ScalarChain main;
  AccumulatorMeaning meaning;
  std::vector<ValueRange> accumulators;  ///< one a channel
  ScalarChain other;
  PerChannel other_scale;
  std::vector<ValueRange> values;  ///< one a channel
  bool adds_levels = false;        ///< values are 0 .. 2^bits - 1 of a few bits, not accumulators
  ScalarChain post;
};

struct FoldedSum {
  FoldedActivation activation;
  int fraction_bits = 0;
  std::vector<std::int32_t> multipliers;
  bool is_exact = false;  ///< every pair gives the model's level
};

/// The sum in fixed point, accumulator * 2^fraction_bits + multiplier * value, with as many fraction bits as the
/// multipliers leave room for.
///
/// Levels of at most 8 bits: for each of them and each threshold the accumulator that passes it in the model's own
/// float64 arithmetic is found (by real arithmetic where that is beyond doubt, else by trying), and multipliers and
/// thresholds are chosen so that every pair of accumulator and level gives exactly the model's level; Unfoldable when
/// there are none, which happens when the model's own roundings decide ties now one way, now the other.
///
/// Accumulators, and levels of more bits: multipliers and thresholds are rounded. The result is the model's level
/// wherever the real sum is further from a threshold than (|value| + 2) / 2^(fraction_bits + 1) accumulators.
FoldedSum fold_sum(const QuantisedSum& sum);

}  // namespace spinvp::network::onnx
