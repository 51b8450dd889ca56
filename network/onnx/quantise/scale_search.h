#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace spinvp::network::onnx {

/// Integers that a uniform quantiser gives: round(x / scale), half to even, kept between lowest and highest.
struct QuantiserRange {
  int lowest = 0;
  int highest = 255;
  bool two_levels = false;  ///< lowest and highest alone, by the sign of x

  /// The integer that stands for x, given x / scale.
  double level(double quotient) const;
};

/// QONNX's Quant; of one signed bit its BipolarQuant, -1 and +1.
QuantiserRange quantiser_range(int bits, bool is_signed, bool is_narrow);

/// How often numbers occur. Bins are as wide as a power of two and grow with what is added, so that nobody has to know
/// the range beforehand; what is counted does not depend on the order of the numbers.
class Histogram {
 public:
  Histogram();

  /// A finite number.
  void add(double number);

  std::size_t count() const { return count_; }
  /// The least and the largest number, and 0.
  double low() const { return low_; }
  double high() const { return high_; }

  /// Mean squared difference between numbers and what the quantiser makes of them.
  double error(double scale, const QuantiserRange& range) const;
  /// Share of the numbers that lie beyond the quantiser's ends by more than half a step.
  double clipped(double scale, const QuantiserRange& range) const;
  double mean_magnitude() const;
  double mean_square() const;

 private:
  void make_room_for(double magnitude);
  /// Sums what `of` makes of each bin's centre, times the bin's count; over all numbers.
  template <typename Of>
  double mean(Of of) const;

  double low_ = 0;
  double high_ = 0;
  double width_ = 0;  // of a bin; 0 until a number is not 0
  std::vector<std::uint64_t> bins_;
  std::uint64_t zeros_ = 0;  // exactly 0: rectified values often are
  std::size_t count_ = 0;
};

/// The scale with the least squared error, positive. Fractions of the scale that clips nothing are tried, those around
/// the best one more finely; of two levels it is the mean magnitude. 1 where all numbers are 0.
double best_scale(const Histogram& numbers, const QuantiserRange& range);
/// The same for all numbers as they are.
double best_scale(const std::vector<double>& numbers, const QuantiserRange& range);

/// Mean squared difference between numbers and what the quantiser makes of them.
double squared_error(const std::vector<double>& numbers, double scale, const QuantiserRange& range);

}  // namespace spinvp::network::onnx
