#include "network/onnx/quantise/scale_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spinvp::network::onnx {
namespace {

constexpr int bin_bits = 13;
constexpr int bins_a_side = 1 << bin_bits;  // 32 of them and more a step of 8 bits
constexpr int coarse_parts = 64;
constexpr int fine_parts = 8;  // of a coarse one

/// Half to even for magnitudes up to 2^51, in a form that compilers vectorise.
double rounded(double number) {
  constexpr double half_even = 0x1.8p52;
  return (number + half_even) - half_even;
}

double widest_scale(double low, double high, const QuantiserRange& range) {
  const double above = range.highest > 0 ? high / range.highest : 0;
  const double below = range.lowest < 0 ? low / range.lowest : 0;
  return std::max(above, below);
}

/// The scale up to `widest` with the least error.
template <typename Error>
double search(double widest, Error error) {
  double best = widest;
  double least = error(widest);
  const auto attempt = [&](double scale) {
    const double found = scale > 0 ? error(scale) : least;
    if (found < least) {
      least = found;
      best = scale;
    }
  };
  int best_part = coarse_parts;
  for (int part = coarse_parts - 1; part > 0; --part) {
    attempt(widest * part / coarse_parts);
    best_part = best == widest * part / coarse_parts ? part : best_part;
  }
  const int centre = best_part * fine_parts;
  for (int part = centre - fine_parts + 1; part < std::min(centre + fine_parts, coarse_parts * fine_parts); ++part) {
    attempt(widest * part / (coarse_parts * fine_parts));
  }
  return best;
}

}  // namespace

double QuantiserRange::level(double quotient) const {
  if (two_levels) {
    return quotient >= 0 ? highest : lowest;
  }
  return rounded(std::min<double>(std::max<double>(quotient, lowest), highest));
}

QuantiserRange quantiser_range(int bits, bool is_signed, bool is_narrow) {
  if (bits == 1 && is_signed) {
    return QuantiserRange{-1, 1, true};
  }
  const int half = 1 << (bits - 1);
  return is_signed ? QuantiserRange{is_narrow ? 1 - half : -half, half - 1} : QuantiserRange{0, 2 * half - 1};
}

Histogram::Histogram() : bins_(2 * bins_a_side) {}

void Histogram::add(double number) {
  ++count_;
  if (number == 0) {
    ++zeros_;
    return;
  }
  low_ = std::min(low_, number);
  high_ = std::max(high_, number);
  make_room_for(std::fabs(number));
  ++bins_[static_cast<std::size_t>(static_cast<int>(std::floor(number / width_)) + bins_a_side)];
}

void Histogram::make_room_for(double magnitude) {
  if (width_ == 0) {
    const double width = std::ldexp(1.0, std::ilogb(magnitude) + 1 - bin_bits);
    width_ = std::max(width, std::numeric_limits<double>::min());
  }
  while (magnitude >= bins_a_side * width_) {
    std::vector<std::uint64_t> wider(bins_.size());
    for (int bin = -bins_a_side; bin < bins_a_side; ++bin) {
      const int pair = bin >= 0 ? bin / 2 : -((1 - bin) / 2);
      wider[static_cast<std::size_t>(pair + bins_a_side)] += bins_[static_cast<std::size_t>(bin + bins_a_side)];
    }
    bins_ = std::move(wider);
    width_ *= 2;
  }
}

template <typename Of>
double Histogram::mean(Of of) const {
  double sum = zeros_ > 0 ? static_cast<double>(zeros_) * of(0.0) : 0;
  for (int bin = -bins_a_side; bin < bins_a_side; ++bin) {
    const std::uint64_t count = bins_[static_cast<std::size_t>(bin + bins_a_side)];
    if (count != 0) {
      const double centre = (bin + 0.5) * width_;
      sum += static_cast<double>(count) * of(std::min(std::max(centre, low_), high_));
    }
  }
  return count_ > 0 ? sum / static_cast<double>(count_) : 0;
}

double Histogram::error(double scale, const QuantiserRange& range) const {
  return mean([&](double number) {
    const double difference = number - range.level(number / scale) * scale;
    return difference * difference;
  });
}

double Histogram::clipped(double scale, const QuantiserRange& range) const {
  return mean([&](double number) {
    return number > (range.highest + 0.5) * scale || number < (range.lowest - 0.5) * scale ? 1.0 : 0.0;
  });
}

double Histogram::mean_magnitude() const {
  return mean([](double number) { return std::fabs(number); });
}

double Histogram::mean_square() const {
  return mean([](double number) { return number * number; });
}

double squared_error(const std::vector<double>& numbers, double scale, const QuantiserRange& range) {
  double sum = 0;
  for (const double number : numbers) {
    const double difference = number - range.level(number / scale) * scale;
    sum += difference * difference;
  }
  return numbers.empty() ? 0 : sum / static_cast<double>(numbers.size());
}

double best_scale(const Histogram& numbers, const QuantiserRange& range) {
  const double widest =
      range.two_levels ? numbers.mean_magnitude() : widest_scale(numbers.low(), numbers.high(), range);
  if (!(widest > 0)) {
    return 1;
  }
  return range.two_levels ? widest : search(widest, [&](double scale) { return numbers.error(scale, range); });
}

double best_scale(const std::vector<double>& numbers, const QuantiserRange& range) {
  double low = 0;
  double high = 0;
  double magnitudes = 0;
  for (const double number : numbers) {
    low = std::min(low, number);
    high = std::max(high, number);
    magnitudes += std::fabs(number);
  }
  const double widest =
      range.two_levels ? magnitudes / static_cast<double>(numbers.size()) : widest_scale(low, high, range);
  if (!(widest > 0)) {
    return 1;
  }
  return range.two_levels ? widest : search(widest, [&](double scale) { return squared_error(numbers, scale, range); });
}

}  // namespace spinvp::network::onnx
