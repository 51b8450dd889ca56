#pragma once

#include <vector>

#include "network/mapping/estimate.h"

namespace spinvp {

/// Prints what each layer takes on each engine by the compiler's reckoning, and which it chose.
void print_estimates(const std::vector<network::LayerEstimate>& layers);

}  // namespace spinvp
