#pragma once

#include "network/image/network_image.h"

namespace spinvp {

/// Prints what a network image holds: its requirements and where each layer stands.
void print_layer_table(const network::NetworkImage& image);

}  // namespace spinvp
