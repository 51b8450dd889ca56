#pragma once

#include <cstddef>
#include <vector>

namespace spinvp::network::onnx {

/// Integers that a uniform quantiser gives: round(x / scale) kept between lowest and highest.
struct QuantiserRange {
  int lowest = 0;
  int highest = 255;
};

QuantiserRange quantiser_range(int bits, bool is_signed, bool is_narrow);

/// How often numbers occur: equal bins from low to high.
class Histogram {
 public:
  /// Bins for numbers between low and high; other numbers count in the first or last bin.
  Histogram(double low, double high);
  void add(double number);

  std::size_t count() const { return count_; }
  double low() const { return low_; }
  double high() const { return high_; }

  /// Mean squared difference between numbers and what the quantiser makes of them.
  double error(double scale, const QuantiserRange& range) const;
  /// Share of the numbers that lie beyond the quantiser's ends by more than half a step.
  double clipped(double scale, const QuantiserRange& range) const;

 private:
  double centre(std::size_t bin) const;
  double low_;
  double high_;
  std::vector<std::size_t> bins_;
  std::size_t count_ = 0;
};

/// The scale with the least squared error: fractions of the one that clips nothing are tried. Positive.
double best_scale(const Histogram& numbers, const QuantiserRange& range);

}  // namespace spinvp::network::onnx
