#include "network/onnx/lower/level_shift.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spinvp::network::onnx {
namespace {

constexpr int most_bits = 8;
constexpr int most_factor = 4;

/// Thresholds with each one `factor` times, behind `below` that every sum passes and before some that none does.
ChannelThresholds shifted(const ChannelThresholds& channel, bool wide, int factor, int below, std::size_t count) {
  using Limits = std::numeric_limits<std::int64_t>;
  using Narrow = std::numeric_limits<std::int32_t>;
  const bool rising = channel.direction == ChannelThresholds::Direction::Rising;
  const std::int64_t lowest = wide ? Limits::min() : Narrow::min();
  const std::int64_t highest = wide ? Limits::max() : Narrow::max();
  ChannelThresholds result;
  result.direction = channel.direction;
  result.values.assign(static_cast<std::size_t>(below), rising ? lowest : highest);
  for (const std::int64_t value : channel.values) {
    result.values.insert(result.values.end(), static_cast<std::size_t>(factor), value);
  }
  result.values.resize(count, rising ? highest : lowest);
  return result;
}

}  // namespace

void shift_levels(std::vector<ChannelThresholds>& thresholds, bool wide, InputLevels& levels, double wanted) {
  int factor = 1;
  const auto is_whole = [&] { return std::fabs(wanted * factor - std::nearbyint(wanted * factor)) < 1e-9 * factor; };
  while (factor <= most_factor && !is_whole()) {
    ++factor;
  }
  const double level = std::nearbyint(wanted * factor);
  if (factor > most_factor || std::fabs(level) > (1 << most_bits)) {
    return;
  }
  const int below = level < 0 ? static_cast<int>(-level) : 0;
  const int highest = std::max(static_cast<int>(level), factor * ((1 << levels.bits) - 1)) + below;
  int bits = 1;
  while ((1 << bits) - 1 < highest) {
    ++bits;
  }
  if (bits > most_bits || (factor == 1 && below == 0 && bits == levels.bits)) {
    return;
  }
  for (ChannelThresholds& channel : thresholds) {
    channel = shifted(channel, wide, factor, below, (std::size_t{1} << bits) - 1);
  }
  levels.bits = bits;
  levels.zero.values[0] = levels.zero[0] * factor - below;
  levels.step.values[0] /= factor;
}

}  // namespace spinvp::network::onnx
