#include "network/value_range.h"

namespace spinvp::network {

std::vector<ValueRange> accumulator_ranges(const Layer& layer) {
  const Pooling& pool = layer.pooling;
  const bool sums = pool.kind == PoolKind::Sum && pool.stage == PoolStage::BeforeThresholds;
  const std::int64_t window = sums ? std::int64_t{pool.kernel_height} * pool.kernel_width : 1;
  const std::int64_t highest_input = ((std::int64_t{1} << layer.input_bits) - 1) * window;
  std::vector<ValueRange> ranges(static_cast<std::size_t>(layer.kernels));
  if (!layer.has_weights()) {
    ranges.assign(ranges.size(), ValueRange{0, highest_input});
    return ranges;
  }
  const std::size_t size = layer.weights_per_kernel();
  const std::int16_t* weights = layer.weights.data();
  for (ValueRange& range : ranges) {
    for (std::size_t i = 0; i < size; ++i) {
      const std::int64_t weight = weights[i];
      range.low += weight < 0 ? weight : 0;
      range.high += weight < 0 ? 0 : weight;
    }
    range.low *= highest_input;
    range.high *= highest_input;
    weights += size;
  }
  return ranges;
}

}  // namespace spinvp::network
