#include "network/onnx/weights.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>

namespace spinvp::network::onnx {
namespace {

/// A few roundings of float32, relative to the largest magnitude: weights are products and differences of levels.
constexpr double rounding = 1.0 / (1 << 21);
constexpr int most_bits = 8;
constexpr int most_levels = 1 << (most_bits - 1);  ///< of two's complement, each side of zero
constexpr int most_odd_level = (1 << most_bits) - 1;

/// More different values than this are no quantised weights.
constexpr std::size_t most_distinct = 512;

/// The different values among many; few, or it gives up.
class DistinctValues {
 public:
  DistinctValues() : slots_(slot_count, empty) {}

  /// False when there are too many.
  bool insert(double value) {
    std::uint64_t bits = 0;
    value += 0.0;  // -0 is 0
    std::memcpy(&bits, &value, sizeof bits);
    std::size_t slot = (bits * 0x9E3779B97F4A7C15u) >> (64 - slot_bits);
    while (slots_[slot] != empty) {
      if (values_[slots_[slot]] == value) {
        return true;
      }
      slot = (slot + 1) % slot_count;
    }
    if (values_.size() == most_distinct) {
      return false;
    }
    slots_[slot] = static_cast<std::uint16_t>(values_.size());
    used_.push_back(slot);
    values_.push_back(value);
    return true;
  }

  /// The values; starts anew.
  std::vector<double> take() {
    for (const std::size_t slot : used_) {
      slots_[slot] = empty;
    }
    used_.clear();
    return std::exchange(values_, {});
  }

 private:
  static constexpr int slot_bits = 11;
  static constexpr std::size_t slot_count = std::size_t{1} << slot_bits;
  static constexpr std::uint16_t empty = 0xffff;
  std::vector<std::uint16_t> slots_;
  std::vector<std::size_t> used_;
  std::vector<double> values_;
};

bool is_odd(double level) {
  return std::fmod(level, 2.0) != 0;
}

/// True when all levels, whole numbers, have a form of at most 8 planes.
template <typename LevelOf>
bool has_form(const std::vector<double>& distinct, LevelOf level_of) {
  bool odd = true;
  bool in_range = true;
  for (const double value : distinct) {
    const double level = level_of(value);
    odd = odd && is_odd(level) && std::fabs(level) <= most_odd_level;
    in_range = in_range && level < most_levels && level >= -most_levels;
  }
  return odd || in_range;
}

/// The largest scale of which all values are levels; nothing when there is none. All zeros have the scale 1.
std::optional<double> find_scale(const std::vector<double>& distinct) {
  double largest = 0;
  for (const double value : distinct) {
    largest = std::max(largest, std::fabs(value));
  }
  if (largest == 0) {
    return 1.0;
  }
  for (int top = 1; top <= most_odd_level; ++top) {
    const double scale = largest / top;
    const auto level_of = [&](double value) { return std::nearbyint(value / scale); };
    const bool fits = std::all_of(distinct.begin(), distinct.end(), [&](double value) {
      return std::fabs(value - level_of(value) * scale) <= largest * rounding;
    });
    if (fits && has_form(distinct, level_of)) {
      return scale;
    }
  }
  return std::nullopt;
}

/// The same for integers, which are levels already but for what they have in common.
std::optional<double> common_divisor(const std::vector<double>& distinct) {
  std::int64_t divisor = 0;
  for (const double value : distinct) {
    divisor = std::gcd(divisor, static_cast<std::int64_t>(value));
  }
  if (divisor == 0) {
    return 1.0;
  }
  const auto scale = static_cast<double>(divisor);
  return has_form(distinct, [&](double value) { return value / scale; }) ? std::optional<double>(scale) : std::nullopt;
}

/// What is known of levels while they are looked through: which kind and how many planes hold them.
class LevelSurvey {
 public:
  void see(double level) {
    lowest_ = std::min(lowest_, level);
    highest_ = std::max(highest_, level);
    odd_ = odd_ && is_odd(level);
  }

  void classify(QuantisedWeights& weights) const {
    if (odd_) {
      weights.kind = WeightKind::Binary;
      weights.bits = 1;
      while ((1 << weights.bits) - 1 < std::max(highest_, -lowest_)) {
        ++weights.bits;
      }
    } else if (lowest_ >= -1 && highest_ <= 1) {
      weights.kind = WeightKind::Ternary;
      weights.bits = 2;
    } else {
      weights.kind = WeightKind::Integer;
      weights.bits = 2;
      while (lowest_ < -(1 << (weights.bits - 1)) || highest_ >= (1 << (weights.bits - 1))) {
        ++weights.bits;
      }
    }
  }

 private:
  double lowest_ = 0;
  double highest_ = 0;
  bool odd_ = true;
};

/// A tensor's weights kernel by kernel: the different values of each first, then, with the scales known, the levels.
class Quantiser {
 public:
  Quantiser(const Tensor& tensor, const KernelOrder& order) : tensor_(tensor), order_(order) {
    exact_ = tensor.stores_integers() && tensor.has_factors_along(order.kernel_stride, order.kernels);
    for (std::size_t kernel = 0; kernel < order.kernels; ++kernel) {
      factors_.push_back(exact_ ? tensor.factor(kernel * order.kernel_stride) : 1.0);
    }
  }

  std::optional<QuantisedWeights> run() {
    if (!collect()) {
      return std::nullopt;
    }
    const std::vector<double> one_scale = with_one_scale();
    const std::vector<double> many_scales = with_scale_per_kernel();
    if (one_scale.empty() && many_scales.empty()) {
      return std::nullopt;
    }
    const QuantisedWeights one = described(one_scale);
    const QuantisedWeights many = described(many_scales);
    const bool uniform = many_scales.empty() || (!one_scale.empty() && one.bits <= many.bits);
    QuantisedWeights weights = uniform ? one : many;
    set_levels(weights, uniform ? one_scale : many_scales);
    if (uniform) {
      weights.scale.values.resize(1);
    }
    return weights;
  }

 private:
  /// visit(index of the element) for each weight of a kernel, in the layer's order.
  template <typename Visit>
  void for_each_weight(std::size_t kernel, Visit visit) const {
    const Shape& shape = order_.kernel;
    for (int y = 0; y < shape.height; ++y) {
      for (int x = 0; x < shape.width; ++x) {
        std::size_t index = kernel * order_.kernel_stride + static_cast<std::size_t>(y) * order_.y_stride +
                            static_cast<std::size_t>(x) * order_.x_stride;
        for (int channel = 0; channel < shape.channels; ++channel, index += order_.channel_stride) {
          visit(index);
        }
      }
    }
  }

  /// A weight; the integer where weights are exact.
  double weight(std::size_t index) const { return exact_ ? tensor_.stored(index) : tensor_[index]; }

  void collect_bytes(std::size_t kernel, const std::int8_t* bytes) {
    std::array<bool, 256> seen{};
    for_each_weight(kernel, [&](std::size_t index) { seen[static_cast<std::uint8_t>(bytes[index])] = true; });
    distinct_.emplace_back();
    for (int value = -128; value < 128; ++value) {
      if (seen[static_cast<std::uint8_t>(value)]) {
        distinct_.back().push_back(value);
      }
    }
  }

  bool collect() {
    DistinctValues values;
    const std::int8_t* bytes = exact_ ? tensor_.int8_data() : nullptr;
    for (std::size_t kernel = 0; kernel < order_.kernels; ++kernel) {
      if (bytes != nullptr) {
        collect_bytes(kernel, bytes);
        continue;
      }
      bool few = true;
      for_each_weight(kernel, [&](std::size_t index) { few = few && values.insert(weight(index)); });
      if (!few) {
        return false;
      }
      distinct_.push_back(values.take());
    }
    return true;
  }

  std::optional<double> scale_of(const std::vector<double>& distinct) const {
    return exact_ ? common_divisor(distinct) : find_scale(distinct);
  }

  /// A divisor for each kernel, the same one; empty when there is none.
  std::vector<double> with_one_scale() const {
    if (std::any_of(factors_.begin(), factors_.end(), [&](double each) { return each != factors_[0]; })) {
      return {};
    }
    DistinctValues all;
    for (const std::vector<double>& kernel : distinct_) {
      for (const double value : kernel) {
        if (!all.insert(value)) {
          return {};
        }
      }
    }
    const std::optional<double> scale = scale_of(all.take());
    return scale ? std::vector<double>(order_.kernels, *scale) : std::vector<double>{};
  }

  std::vector<double> with_scale_per_kernel() const {
    std::vector<double> scales;
    for (const std::vector<double>& kernel : distinct_) {
      const std::optional<double> scale = scale_of(kernel);
      if (!scale) {
        return {};
      }
      scales.push_back(*scale);
    }
    return scales;
  }

  double level(std::size_t kernel, double value, double scale) const {
    const double level = std::nearbyint(value / scale);
    return factors_[kernel] < 0 ? -level : factors_[kernel] == 0 ? 0 : level;
  }

  /// Kind, planes and real scales of the weights divided by `scales`, without their levels.
  QuantisedWeights described(const std::vector<double>& scales) const {
    QuantisedWeights weights;
    weights.scale.values.clear();
    LevelSurvey survey;
    for (std::size_t kernel = 0; kernel < scales.size(); ++kernel) {
      for (const double value : distinct_[kernel]) {
        survey.see(level(kernel, value, scales[kernel]));
      }
      const double factor = std::fabs(factors_[kernel]);
      weights.scale.values.push_back(factor == 0 ? 1.0 : scales[kernel] * factor);
    }
    survey.classify(weights);
    return weights;
  }

  void set_levels(QuantisedWeights& weights, const std::vector<double>& scales) const {
    weights.levels.reserve(order_.kernels * order_.kernel.elements());
    const std::int8_t* bytes = exact_ ? tensor_.int8_data() : nullptr;
    std::array<std::int16_t, 256> level_of{};  // of each byte
    for (std::size_t kernel = 0; kernel < order_.kernels; ++kernel) {
      if (bytes == nullptr) {
        for_each_weight(kernel, [&](std::size_t index) {
          weights.levels.push_back(static_cast<std::int16_t>(level(kernel, weight(index), scales[kernel])));
        });
        continue;
      }
      for (const double value : distinct_[kernel]) {
        level_of[static_cast<std::uint8_t>(static_cast<int>(value))] =
            static_cast<std::int16_t>(level(kernel, value, scales[kernel]));
      }
      for_each_weight(kernel, [&](std::size_t index) {
        weights.levels.push_back(level_of[static_cast<std::uint8_t>(bytes[index])]);
      });
    }
  }

  const Tensor& tensor_;
  const KernelOrder& order_;
  bool exact_ = false;
  std::vector<double> factors_;                ///< one a kernel, where weights are exact
  std::vector<std::vector<double>> distinct_;  ///< of each kernel
};

}  // namespace

std::optional<QuantisedWeights> quantise_weights(const Tensor& tensor, const KernelOrder& order) {
  return Quantiser(tensor, order).run();
}

}  // namespace spinvp::network::onnx
