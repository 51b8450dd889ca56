#pragma once

#include <cstdint>

#include "network/integer_graph.h"

/// Operation counts of a network by arithmetic alone, before any mapping: what a real mapping's row operations are
/// compared with.
namespace spinvp::network {

struct OperationCounts {
  std::uint64_t macs = 0;            ///< multiply-accumulates of one image, all layers
  std::uint64_t quantised_macs = 0;  ///< without layers that read the image and without the last layer

  /// Row operations of the quantised layers with ideal packing: every column of every row operation does a useful
  /// single-bit multiplication, macs * weight planes * activation planes / columns. Not rounded.
  double ideal_row_operations = 0;
};

/// Counts for sub-arrays of `columns` columns.
OperationCounts count_operations(const IntegerGraph& graph, int columns);

/// The same for one layer, whether or not it counts as quantised.
double ideal_row_operations(const Layer& layer, int columns);

}  // namespace spinvp::network
