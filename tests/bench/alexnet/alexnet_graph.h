#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "network/integer_graph.h"

namespace spinvp::bench {

/// AlexNet's conv2 to conv5, fc6 and fc7 without groups: 1.026 G multiply-accumulates, binary weights, activations of
/// `activation_bits` bits (1 or 2). Weights are drawn from a fixed seed; thresholds are placed so that every level
/// occurs. The network's input is conv2's; its scores are fc7's 4,096 sums.
network::IntegerGraph alexnet_graph(int activation_bits);

/// `count` random images for it, one behind the other.
std::vector<std::uint8_t> random_images(const network::IntegerGraph& graph, std::size_t count);

}  // namespace spinvp::bench
