#include "network/operation_counts.h"

namespace spinvp::network {

double ideal_row_operations(const Layer& layer, int columns) {
  const double bit_macs = static_cast<double>(layer.macs()) * static_cast<double>(layer.weight_bits) *
                          static_cast<double>(layer.input_bits);
  return bit_macs / columns;
}

OperationCounts count_operations(const IntegerGraph& graph, int columns) {
  OperationCounts counts;
  for (const Layer& layer : graph.layers) {
    counts.macs += layer.macs();
    if (layer.source != image_input && &layer != &graph.layers.back()) {
      counts.quantised_macs += layer.macs();
      counts.ideal_row_operations += ideal_row_operations(layer, columns);
    }
  }
  return counts;
}

}  // namespace spinvp::network
