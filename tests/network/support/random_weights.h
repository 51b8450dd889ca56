#pragma once

#include <string>

#include "network/support/model_builder.h"
#include "network/support/random_draws.h"

namespace spinvp::test {

/// Quantised weights of dims [outputs, ...], as exporters write them: an initialiser of real numbers, levels made real
/// by the graph, or real numbers that the graph quantises.
struct DrawnWeights {
  std::string value;  ///< the name of the constant
  std::string form;   ///< how it is written, for messages
};
DrawnWeights draw_weights(ModelBuilder& builder, Draws& draws, const Dims& dims);

}  // namespace spinvp::test
