#include "network/onnx/weights/level_scale.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace spinvp::network::onnx {
namespace {

/// A few roundings of float32, relative to the largest magnitude: weights are products and differences of levels.
constexpr double rounding = 1.0 / (1 << 21);

bool is_odd(double level) {
  return std::fmod(level, 2.0) != 0;
}

bool are_multiples(const std::vector<double>& values, double scale, double allowed) {
  return std::all_of(values.begin(), values.end(),
                     [&](double value) { return std::fabs(value - std::nearbyint(value / scale) * scale) <= allowed; });
}

/// The least squares' scale near one that comes from a single value, whose rounding it takes over.
double fitted_scale(const std::vector<double>& values, double scale) {
  double products = 0;
  double squares = 0;
  for (const double value : values) {
    const double level = std::nearbyint(value / scale);
    products += value * level;
    squares += level * level;
  }
  return products / squares;
}

}  // namespace

void LevelSurvey::see(double level) {
  low_ = std::min(low_, level);
  high_ = std::max(high_, level);
  odd_ = odd_ && is_odd(level);
}

int LevelSurvey::bits() const {
  int bits = 2;
  while (low_ < -std::ldexp(1.0, bits - 1) || high_ >= std::ldexp(1.0, bits - 1)) {
    ++bits;
  }
  return bits;
}

bool LevelSurvey::fits() const {
  return bits() <= most_weight_bits || (odd_ && std::max(high_, -low_) <= most_odd_level);
}

std::optional<double> find_scale(const std::vector<double>& values, int most) {
  double largest = 0;
  for (const double value : values) {
    largest = std::max(largest, std::fabs(value));
  }
  if (largest == 0) {
    return 1.0;
  }
  for (int top = 1; top <= most; ++top) {
    const double scale = largest / top;
    if (are_multiples(values, scale, 4 * rounding * largest) &&
        are_multiples(values, fitted_scale(values, scale), rounding * largest)) {
      return scale;
    }
  }
  return std::nullopt;
}

double common_divisor(const std::vector<double>& values) {
  std::int64_t divisor = 0;
  for (const double value : values) {
    divisor = std::gcd(divisor, static_cast<std::int64_t>(value));
  }
  return divisor == 0 ? 1.0 : static_cast<double>(divisor);
}

double recover_scale(const std::vector<const std::vector<double>*>& products, double found, double fitted) {
  const auto in_float = [](double value) { return static_cast<double>(static_cast<float>(value)); };
  const auto gives_all = [&](double scale, bool rounded) {
    return std::all_of(products.begin(), products.end(), [&](const std::vector<double>* values) {
      return std::all_of(values->begin(), values->end(), [&](double value) {
        const double product = std::nearbyint(value / found) * scale;
        return (rounded ? in_float(product) : product) == value;
      });
    });
  };
  const double candidates[] = {in_float(found), in_float(fitted), found, fitted};
  for (const bool rounded : {false, true}) {
    for (const double scale : candidates) {
      if (gives_all(scale, rounded)) {
        return scale;
      }
    }
  }
  return fitted;
}

}  // namespace spinvp::network::onnx
