#pragma once

#include <cstdint>
#include <vector>

#include "network/integer_graph.h"

namespace spinvp::network {

/// All values that can occur, both ends included.
struct ValueRange {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

/// What the accumulators of each kernel reach for any input: after sum pooling where that stands before the thresholds,
/// before residual, thresholds and affine step. 64 bits suffice for every layer whose shapes are valid.
std::vector<ValueRange> accumulator_ranges(const Layer& layer);

}  // namespace spinvp::network
