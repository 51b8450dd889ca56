#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "network/integer_graph.h"
#include "network/onnx/scalar_chain.h"

namespace spinvp::network::onnx {

/// Weights as scale * level: binary, ternary or few-bit signed integers.
struct QuantisedWeights {
  WeightKind kind = WeightKind::Binary;
  int bits = 1;                     ///< planes, as Layer::weight_bits
  std::vector<std::int16_t> levels;  ///< in the order of the values given
  PerChannel scale;                 ///< positive; one a kernel or one for all
};

/// Finds the form with the fewest bit-planes that gives back every weight within float32 rounding. `values` holds the
/// kernels one after the other. One scale for all kernels is preferred to one for each at equal planes, and is the only
/// form looked for unless `scale_per_kernel`. Nothing when 8 bits do not suffice.
std::optional<QuantisedWeights> quantise_weights(const std::vector<double>& values, std::size_t kernels,
                                                 bool scale_per_kernel);

}  // namespace spinvp::network::onnx
