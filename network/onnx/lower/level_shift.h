#pragma once

#include <vector>

#include "network/integer_graph.h"
#include "network/onnx/lower/input_levels.h"

namespace spinvp::network::onnx {

/// Makes `wanted` (in levels of the activation; -1/2 for instance) a level: every level becomes two, three or four, and
/// levels come in below. Thresholds and levels' meaning change accordingly; where no few levels do, or 8 bits do not
/// hold them, nothing changes. `wide`: thresholds have 64 bits, those of sums with a residual.
void shift_levels(std::vector<ChannelThresholds>& thresholds, bool wide, InputLevels& levels, double wanted);

}  // namespace spinvp::network::onnx
