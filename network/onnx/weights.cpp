#include "network/onnx/weights.h"

#include <algorithm>
#include <cmath>

namespace spinvp::network::onnx {
namespace {

/// A few roundings of float32, relative to the largest magnitude: weights are products and differences of levels.
constexpr double rounding = 1.0 / (1 << 21);
constexpr int most_bits = 8;

/// The largest scale of which all values are whole multiples within 8-bit two's complement; nothing when there is none.
/// All zeros have the scale 1.
std::optional<double> find_scale(const double* values, std::size_t count) {
  std::vector<double> distinct(values, values + count);
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  double largest = 0;
  for (const double value : distinct) {
    largest = std::max(largest, std::fabs(value));
  }
  if (largest == 0) {
    return 1.0;
  }
  const int most_levels = 1 << (most_bits - 1);
  for (int top = 1; top <= most_levels; ++top) {
    const double scale = largest / top;
    const bool fits = std::all_of(distinct.begin(), distinct.end(), [&](double value) {
      const double level = std::nearbyint(value / scale);
      return std::fabs(value - level * scale) <= largest * rounding && level < most_levels && level >= -most_levels;
    });
    if (fits) {
      return scale;
    }
  }
  return std::nullopt;
}

/// The kind and planes that hold all levels.
void classify(QuantisedWeights& weights) {
  int lowest = 0;
  int highest = 0;
  bool has_zero = false;
  for (const std::int16_t level : weights.levels) {
    lowest = std::min<int>(lowest, level);
    highest = std::max<int>(highest, level);
    has_zero = has_zero || level == 0;
  }
  if (lowest >= -1 && highest <= 1) {
    weights.kind = has_zero ? WeightKind::Ternary : WeightKind::Binary;
    weights.bits = has_zero ? 2 : 1;
    return;
  }
  weights.kind = WeightKind::Integer;
  weights.bits = 2;
  while (lowest < -(1 << (weights.bits - 1)) || highest >= (1 << (weights.bits - 1))) {
    ++weights.bits;
  }
}

/// `groups` equal parts of the values, each with a scale of its own.
std::optional<QuantisedWeights> quantise_groups(const std::vector<double>& values, std::size_t groups) {
  QuantisedWeights weights;
  weights.scale.values.clear();
  weights.levels.reserve(values.size());
  const std::size_t group_size = values.size() / groups;
  for (std::size_t group = 0; group < groups; ++group) {
    const double* first = values.data() + group * group_size;
    const std::optional<double> scale = find_scale(first, group_size);
    if (!scale) {
      return std::nullopt;
    }
    weights.scale.values.push_back(*scale);
    for (std::size_t i = 0; i < group_size; ++i) {
      weights.levels.push_back(static_cast<std::int16_t>(std::nearbyint(first[i] / *scale)));
    }
  }
  classify(weights);
  return weights;
}

}  // namespace

std::optional<QuantisedWeights> quantise_weights(const std::vector<double>& values, std::size_t kernels,
                                                 bool scale_per_kernel) {
  std::optional<QuantisedWeights> one_scale = quantise_groups(values, 1);
  if (!scale_per_kernel) {
    return one_scale;
  }
  std::optional<QuantisedWeights> many_scales = quantise_groups(values, kernels);
  if (one_scale && (!many_scales || one_scale->bits <= many_scales->bits)) {
    return one_scale;
  }
  return many_scales;
}

}  // namespace spinvp::network::onnx
