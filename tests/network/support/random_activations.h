#pragma once

#include <string>

#include "network/support/model_builder.h"
#include "network/support/random_draws.h"

namespace spinvp::test {

/// Writes a quantiser of a value with `rank` dimensions and `channels` channels whose numbers are about `size` large;
/// returns how it is written.
std::string draw_activation(ModelBuilder& builder, Draws& draws, int channels, std::size_t rank, double size);

}  // namespace spinvp::test
