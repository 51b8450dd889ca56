#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "network/onnx/model/graph.h"

/// Parameters that are attributes in older operator sets and inputs in newer ones.
namespace spinvp::network::onnx {

/// Whole numbers, those beyond 2^62 cut to it; nothing when left out. Refuses inputs that are no constant.
std::optional<std::vector<std::int64_t>> read_integers(const Graph& graph, const Node& node, const char* name,
                                                       std::size_t input);

}  // namespace spinvp::network::onnx
