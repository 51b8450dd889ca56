#pragma once

#include <string>

#include "network/integer_graph.h"

namespace spinvp {

// How the table and the drawing of an integer graph write what a layer is.

/// "conv", "fc" or "elem".
std::string kind_text(const network::Layer& layer);
/// "2:4", "ternary:4"; "-:4" without weights.
std::string bits_text(const network::Layer& layer);
/// "binary", "ternary", "odd" (several bits without a zero) or "integer"; "none" without weights.
std::string weights_text(const network::Layer& layer);
/// Height x width x channels.
std::string shape_text(const network::Shape& shape);
/// Name of the layer that is read, or "image".
std::string source_text(const network::IntegerGraph& graph, const network::Layer& layer);
/// What is added: a layer's name or "constant 0"; empty when nothing is.
std::string residual_text(const network::IntegerGraph& graph, const network::Layer& layer);
/// "3x3 stride 2 pad 1 dilation 2"; sides that differ are written top,left,bottom,right. Empty without a window.
std::string window_text(const network::Layer& layer);
/// "max 2x2 stride 2", "sum 8x8"; empty without pooling.
std::string pooling_text(const network::Pooling& pooling);
/// "2 b, 3 thresholds", with how many channels fall; "sums" or "scores" without thresholds.
std::string output_text(const network::IntegerGraph& graph, const network::Layer& layer);
/// What the model means by a level or score n: "-1 + 0.5 n"; empty for sums, which have a scale a channel.
std::string meaning_text(const network::IntegerGraph& graph, const network::Layer& layer);
/// Bits of a number that a layer gives, "4 b" or "int32".
std::string output_bits_text(const network::Layer& layer);

}  // namespace spinvp
