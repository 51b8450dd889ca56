#include "network/onnx/weights/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "network/onnx/weights/distinct_values.h"
#include "network/onnx/weights/level_scale.h"

namespace spinvp::network::onnx {
namespace {

/// Wider levels than can be run, to tell users how wide theirs are.
constexpr int most_explained = 1023;

/// Which kind and how many planes hold levels.
void classify(const LevelSurvey& survey, QuantisedWeights& weights) {
  if (survey.all_odd()) {
    weights.kind = WeightKind::Binary;
    weights.bits = 1;
    while ((1 << weights.bits) - 1 < std::max(survey.high(), -survey.low())) {
      ++weights.bits;
    }
  } else if (survey.low() >= -1 && survey.high() <= 1) {
    weights.kind = WeightKind::Ternary;
    weights.bits = 2;
  } else {
    weights.kind = WeightKind::Integer;
    weights.bits = survey.bits();
  }
}

/// The scale with the least squares of what products of it and levels leave of the weights.
class LeastSquares {
 public:
  void see(double value, double level) {
    products_ += value * level;
    squares_ += level * level;
  }
  double scale(double without_levels) const { return squares_ > 0 ? products_ / squares_ : without_levels; }

 private:
  double products_ = 0;
  double squares_ = 0;
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
    set_levels(weights, uniform ? one_scale : many_scales, uniform);
    if (uniform) {
      weights.scale.values.resize(1);
    }
    return weights;
  }

  /// Why run() gives nothing.
  std::string explain() {
    if (!collect()) {
      return fmt::format("they take more than {} different values", DistinctValues::most);
    }
    LevelSurvey widest;
    std::size_t at = 0;
    for (std::size_t kernel = 0; kernel < distinct_.size(); ++kernel) {
      const std::vector<double>& values = distinct_[kernel];
      const std::optional<double> scale = exact_ ? common_divisor(values) : find_scale(values, most_explained);
      if (!scale) {
        return fmt::format("output channel {} takes {} different values that are no whole multiples of one number",
                           kernel, values.size());
      }
      const LevelSurvey survey = surveyed(values, *scale);
      if (kernel == 0 || survey.bits() > widest.bits()) {
        widest = survey;
        at = kernel;
      }
    }
    return fmt::format("those of output channel {} are {} .. {} times one number, which takes {} bits", at,
                       widest.low(), widest.high(), widest.bits());
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

  static LevelSurvey surveyed(const std::vector<double>& distinct, double scale) {
    LevelSurvey survey;
    for (const double value : distinct) {
      survey.see(std::nearbyint(value / scale));
    }
    return survey;
  }

  std::optional<double> scale_of(const std::vector<double>& distinct) const {
    const std::optional<double> scale = exact_ ? common_divisor(distinct) : find_scale(distinct, most_odd_level);
    return scale && surveyed(distinct, *scale).fits() ? scale : std::nullopt;
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
    classify(survey, weights);
    return weights;
  }

  void set_levels(QuantisedWeights& weights, const std::vector<double>& scales, bool uniform) const {
    weights.levels.reserve(order_.kernels * order_.kernel.elements());
    if (exact_ && tensor_.int8_data() != nullptr) {
      set_levels_of_bytes(weights, scales);
      return;
    }
    LeastSquares fit;
    for (std::size_t kernel = 0; kernel < order_.kernels; ++kernel) {
      for_each_weight(kernel, [&](std::size_t index) {
        const double value = weight(index);
        const double own = level(kernel, value, scales[kernel]);
        weights.levels.push_back(static_cast<std::int16_t>(own));
        fit.see(value, own);
      });
      if (!exact_ && !uniform) {
        weights.scale.values[kernel] = recover_scale({&distinct_[kernel]}, scales[kernel], fit.scale(scales[kernel]));
        fit = LeastSquares{};
      }
    }
    if (!exact_ && uniform) {
      std::vector<const std::vector<double>*> all;
      for (const std::vector<double>& kernel : distinct_) {
        all.push_back(&kernel);
      }
      std::fill(weights.scale.values.begin(), weights.scale.values.end(),
                recover_scale(all, scales[0], fit.scale(scales[0])));
    }
  }

  void set_levels_of_bytes(QuantisedWeights& weights, const std::vector<double>& scales) const {
    const std::int8_t* bytes = tensor_.int8_data();
    std::array<std::int16_t, 256> level_of{};  // of each byte
    for (std::size_t kernel = 0; kernel < order_.kernels; ++kernel) {
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

std::string explain_misfit(const Tensor& tensor, const KernelOrder& order) {
  return Quantiser(tensor, order).explain();
}

}  // namespace spinvp::network::onnx
