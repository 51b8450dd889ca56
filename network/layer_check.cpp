#include "network/layer_check.h"

#include <algorithm>
#include <limits>

namespace spinvp::network {
namespace {

constexpr int most_a_side = 65535;
constexpr std::size_t most_elements = std::size_t{1} << 26;

bool side(int value, int least) {
  return value >= least && value <= most_a_side;
}

/// Bits of levels 0 .. highest.
int bits_of(std::uint64_t highest) {
  int bits = 1;
  while ((std::uint64_t{1} << bits) - 1 < highest) {
    ++bits;
  }
  return bits;
}

}  // namespace

bool in_range(const Shape& shape) {
  return side(shape.height, 1) && side(shape.width, 1) && side(shape.channels, 1) && shape.elements() <= most_elements;
}

std::vector<ValueRange> LayerCheck::run(bool last) const {
  window();
  layer_.has_weights() ? weights() : elementwise();
  pooling(last);
  thresholds();
  std::vector<ValueRange> ranges = accumulator_ranges(layer_);
  for (const ValueRange& range : ranges) {  // the sentinels of 32-bit thresholds must stay out of reach
    require(
        range.low > std::numeric_limits<std::int32_t>::min() && range.high < std::numeric_limits<std::int32_t>::max(),
        "accumulators reach {} .. {}, beyond 32 bits", range.low, range.high);
  }
  affine(ranges);
  return ranges;
}

void LayerCheck::shape(const Shape& shape, const char* which) const {
  require(in_range(shape), "the {} shape {} x {} x {} is out of range", which, shape.height, shape.width,
          shape.channels);
}

void LayerCheck::window() const {
  shape(layer_.input, "input");
  shape(layer_.convolved, "convolved");
  shape(layer_.output, "output");
  require(layer_.input_bits >= 1 && layer_.input_bits <= most_input_bits, "input_bits is {}, expected 1 to {}",
          layer_.input_bits, most_input_bits);
  require(side(layer_.kernel_height, 1) && side(layer_.kernel_width, 1) && side(layer_.stride_y, 1) &&
              side(layer_.stride_x, 1) && side(layer_.pad_top, 0) && side(layer_.pad_left, 0) &&
              side(layer_.pad_bottom, 0) && side(layer_.pad_right, 0),
          "kernel, stride or padding is out of range");
  const bool padded = layer_.pad_top > 0 || layer_.pad_left > 0 || layer_.pad_bottom > 0 || layer_.pad_right > 0;
  const int highest_pad = padded ? (1 << layer_.input_bits) - 1 : 0;
  require(layer_.pad_level >= 0 && layer_.pad_level <= highest_pad, "pad_level is {}, expected 0 to {}{}",
          layer_.pad_level, highest_pad, padded ? "" : " without padding");
  require(side(layer_.dilation_y, 1) && side(layer_.dilation_x, 1), "dilation is out of range");
  require(side(layer_.kernels, 1), "there are {} kernels, expected 1 to {}", layer_.kernels, most_a_side);
  require(layer_.groups >= 1 && layer_.input.channels % layer_.groups == 0 && layer_.kernels % layer_.groups == 0,
          "{} groups do not divide {} input channels and {} kernels", layer_.groups, layer_.input.channels,
          layer_.kernels);
  const std::int64_t rows = std::int64_t{layer_.kernel_height - 1} * layer_.dilation_y + 1;
  const std::int64_t columns = std::int64_t{layer_.kernel_width - 1} * layer_.dilation_x + 1;
  const std::int64_t height = std::int64_t{layer_.input.height} + layer_.pad_top + layer_.pad_bottom - rows;
  const std::int64_t width = std::int64_t{layer_.input.width} + layer_.pad_left + layer_.pad_right - columns;
  require(height >= 0 && width >= 0, "the kernel is larger than the padded input");
  const Shape expected{static_cast<int>(height / layer_.stride_y + 1), static_cast<int>(width / layer_.stride_x + 1),
                       layer_.kernels};
  require(layer_.convolved == expected, "the convolved shape is {} x {} x {}, expected {} x {} x {}",
          layer_.convolved.height, layer_.convolved.width, layer_.convolved.channels, expected.height, expected.width,
          expected.channels);
  if (layer_.kind == LayerKind::FullyConnected) {
    require(height == 0 && width == 0 && layer_.kernel_height == layer_.input.height &&
                layer_.kernel_width == layer_.input.width && layer_.groups == 1,
            "the kernel of a fully connected layer must be its whole input");
  }
}

void LayerCheck::elementwise() const {
  require(layer_.kernels == layer_.input.channels && layer_.groups == 1 && layer_.convolved == layer_.input &&
              layer_.kernel_height == 1 && layer_.kernel_width == 1 && layer_.weights.empty(),
          "an elementwise layer has no weights, one group and an output channel for each input channel");
  require(layer_.stride_y == 1 && layer_.stride_x == 1 && layer_.dilation_y == 1 && layer_.dilation_x == 1 &&
              layer_.pad_top == 0 && layer_.pad_left == 0 && layer_.pad_bottom == 0 && layer_.pad_right == 0,
          "an elementwise layer has no stride, dilation or padding");
}

void LayerCheck::weights() const {
  int lowest = -1;
  int highest = 1;
  const bool binary = layer_.weight_kind == WeightKind::Binary;
  if (layer_.weight_kind == WeightKind::Ternary) {
    require(layer_.weight_bits == 2, "weight_bits is {}, expected 2 for ternary weights", layer_.weight_bits);
  } else {
    require(layer_.weight_bits >= 1 && layer_.weight_bits <= most_weight_bits, "weight_bits is {}, expected 1 to {}",
            layer_.weight_bits, most_weight_bits);
    highest = binary ? (1 << layer_.weight_bits) - 1 : (1 << (layer_.weight_bits - 1)) - 1;
    lowest = binary ? -highest : -highest - 1;
  }
  const std::size_t expected = static_cast<std::size_t>(layer_.kernels) * layer_.weights_per_kernel();
  require(layer_.weights.size() == expected, "there are {} weights, expected {}", layer_.weights.size(), expected);
  for (const std::int16_t weight : layer_.weights) {
    const bool allowed = weight >= lowest && weight <= highest && (!binary || weight % 2 != 0);
    require(allowed, "the weight {} does not fit its kind", weight);
  }
}

void LayerCheck::pooling(bool last) const {
  const Pooling& pool = layer_.pooling;
  require(side(pool.kernel_height, 1) && side(pool.kernel_width, 1) && side(pool.stride_y, 1) && side(pool.stride_x, 1),
          "pooling kernel or stride is out of range");
  // So the first and the last window see some row and column of the map, and those between as well.
  const auto pads = [](int before, int behind, int kernel) {
    return before >= 0 && before < kernel && behind >= 0 && behind < kernel;
  };
  require(
      pads(pool.pad_top, pool.pad_bottom, pool.kernel_height) && pads(pool.pad_left, pool.pad_right, pool.kernel_width),
      "pooling pads {} x {} and {} x {} positions, expected fewer than its window's {} x {} on each side", pool.pad_top,
      pool.pad_left, pool.pad_bottom, pool.pad_right, pool.kernel_height, pool.kernel_width);
  const int height = layer_.convolved.height + pool.pad_top + pool.pad_bottom;
  const int width = layer_.convolved.width + pool.pad_left + pool.pad_right;
  require(pool.kernel_height <= height && pool.kernel_width <= width, "the pooling window is larger than the map");
  if (pool.kind == PoolKind::None) {
    require(pool.kernel_height == 1 && pool.kernel_width == 1 && pool.stride_y == 1 && pool.stride_x == 1,
            "without pooling its kernel and stride must be 1");
  } else if (layer_.residual.is_there()) {
    require(layer_.gives_levels(), "values with a residual cannot be pooled");
    require(pool.stage == PoolStage::AfterThresholds, "pooling stands behind the thresholds where a residual is added");
  } else if (!layer_.gives_levels()) {
    require(pool.stage == PoolStage::BeforeThresholds, "{} can be pooled as accumulators only",
            last ? "scores" : "values without thresholds");
  }
  if (pool.kind == PoolKind::Monotone) {
    require(pool.stage == PoolStage::BeforeThresholds && layer_.gives_levels(),
            "monotone pooling stands before thresholds");
  }
  const Shape expected{(height - pool.kernel_height) / pool.stride_y + 1,
                       (width - pool.kernel_width) / pool.stride_x + 1, layer_.kernels};
  require(layer_.output == expected, "the output shape is {} x {} x {}, expected {} x {} x {}", layer_.output.height,
          layer_.output.width, layer_.output.channels, expected.height, expected.width, expected.channels);
}

void LayerCheck::thresholds() const {
  if (!layer_.gives_levels()) {
    require(layer_.threshold_bits == 0 && layer_.thresholds.empty() && layer_.output_bits == 0,
            "without thresholds threshold_bits and output_bits must be 0");
    return;
  }
  require(layer_.threshold_bits <= most_threshold_bits, "threshold_bits is {}, expected 1 to {}", layer_.threshold_bits,
          most_threshold_bits);
  require(layer_.thresholds.size() == static_cast<std::size_t>(layer_.kernels),
          "there are thresholds for {} channels, expected {}", layer_.thresholds.size(), layer_.kernels);
  const std::size_t levels = (std::size_t{1} << layer_.threshold_bits) - 1;
  threshold_values(levels);
  std::uint64_t highest = levels;
  if (layer_.pooling.kind == PoolKind::Sum && layer_.pooling.stage == PoolStage::AfterThresholds) {
    highest *= static_cast<std::uint64_t>(layer_.pooling.kernel_height) *
               static_cast<std::uint64_t>(layer_.pooling.kernel_width);
  }
  const int expected = bits_of(highest);
  require(expected <= most_input_bits && layer_.output_bits == expected, "output_bits is {}, expected {} (at most {})",
          layer_.output_bits, expected, most_input_bits);
}

void LayerCheck::threshold_values(std::size_t levels) const {
  for (const ChannelThresholds& channel : layer_.thresholds) {
    require(channel.values.size() == levels, "a channel has {} thresholds, expected {}", channel.values.size(), levels);
    const bool ordered = channel.direction == ChannelThresholds::Direction::Rising
                             ? std::is_sorted(channel.values.begin(), channel.values.end())
                             : std::is_sorted(channel.values.rbegin(), channel.values.rend());
    require(ordered, "a channel's thresholds are not in order");
    if (!layer_.residual.is_there()) {
      for (const std::int64_t value : {channel.values.front(), channel.values.back()}) {
        require(value >= std::numeric_limits<std::int32_t>::min() && value <= std::numeric_limits<std::int32_t>::max(),
                "the threshold {} has more than 32 bits, and there is no residual", value);
      }
    }
  }
}

void LayerCheck::affine(const std::vector<ValueRange>& ranges) const {
  const Affine& affine = layer_.affine;
  if (affine.gains.empty()) {
    require(layer_.gives_levels() || !layer_.residual.is_there(),
            "a residual is added before thresholds or in an affine step, and it has neither");
    require(affine.offsets.empty() && affine.shift == 0, "offsets or a shift stand without gains");
    return;
  }
  require(!layer_.gives_levels(), "an affine step does not go with thresholds");
  require(affine.shift >= 0 && affine.shift <= 62, "the shift is {}, expected 0 to 62", affine.shift);
  const auto kernels = static_cast<std::size_t>(layer_.kernels);
  require(affine.gains.size() == kernels && affine.offsets.size() == kernels,
          "there are {} gains and {} offsets, expected {} of each", affine.gains.size(), affine.offsets.size(),
          kernels);
  // Products of 32-bit numbers stay below 2^62 - 2^32; the offset and half of the divisor may take what is left of 63
  // bits.
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 4;
  for (std::size_t channel = 0; channel < kernels; ++channel) {
    const std::int64_t offset = affine.offsets[channel];
    const std::int64_t gain = affine.gains[channel];
    const std::int64_t product = std::max(std::max(gain * ranges[channel].low, -(gain * ranges[channel].low)),
                                          std::max(gain * ranges[channel].high, -(gain * ranges[channel].high)));
    require(offset >= -most && offset <= most && product <= 2 * most,
            "gain, offset and shift of channel {} leave 64 bits", channel);
  }
}

}  // namespace spinvp::network
