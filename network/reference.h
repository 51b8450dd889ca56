#pragma once

#include <cstdint>
#include <vector>

#include "network/integer_graph.h"

/// The integer graph executed in plain C++: what every layer's output on the chip must equal bit for bit. It shares no
/// code with the chip and works on integers, not on bit-planes.
namespace spinvp::network {

struct LayerOutput {
  Shape shape;
  int bits = 0;                      ///< of a level; 0: int32 scores, or the values of a layer without thresholds
  std::vector<std::int32_t> values;  ///< HWC
};

/// Runs a validated graph on one image (HWC bytes, graph.input.elements() of them); one output a layer.
std::vector<LayerOutput> run_reference(const IntegerGraph& graph, const std::uint8_t* image);

/// Index of the largest score; the lowest index wins ties. A single score decides between two classes: 1 above zero,
/// else 0. `scores` must not be empty.
int argmax(const std::vector<std::int32_t>& scores);

/// Classes that so many scores tell apart.
constexpr std::size_t class_count(std::size_t scores) {
  return scores == 1 ? 2 : scores;
}

}  // namespace spinvp::network
