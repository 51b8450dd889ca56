#pragma once

#include <cstddef>
#include <optional>
#include <vector>

/// How weights that are levels times a scale are told from others, and their scale found.
namespace spinvp::network::onnx {

constexpr int most_weight_bits = 8;
constexpr int most_odd_level = (1 << most_weight_bits) - 1;

/// What is known of levels, whole numbers, while they are looked through.
class LevelSurvey {
 public:
  void see(double level);

  double low() const { return low_; }
  double high() const { return high_; }
  bool all_odd() const { return odd_; }
  /// Bits of two's complement.
  int bits() const;
  /// True when most_weight_bits planes hold them: as two's complement, or as odd numbers, which take a plane less.
  bool fits() const;

 private:
  double low_ = 0;
  double high_ = 0;
  bool odd_ = true;
};

/// The largest scale, the largest magnitude / 1 .. most, of which all values are whole multiples but for a few
/// roundings of float32; nothing when there is none. All zeros have the scale 1.
std::optional<double> find_scale(const std::vector<double>& values, int most);

/// The largest number of which all values, whole themselves, are multiples; 1 for zeros.
double common_divisor(const std::vector<double>& values);

/// The scale that levels were multiplied by, from the rounded products. `found` is the largest product over its level,
/// `fitted` what least squares give over all weights. One of them, or what float32 makes of it, that gives the products
/// back to the last bit is the exporter's own; where roundings piled up and none does, it is the fitted one.
double recover_scale(const std::vector<const std::vector<double>*>& products, double found, double fitted);

}  // namespace spinvp::network::onnx
