#include "network/onnx/quantise/scale_search.h"

#include <algorithm>
#include <cmath>

namespace spinvp::network::onnx {
namespace {

constexpr std::size_t bin_count = 2048;
constexpr int tried_fractions = 64;

}  // namespace

QuantiserRange quantiser_range(int bits, bool is_signed, bool is_narrow) {
  const int half = 1 << (bits - 1);
  return is_signed ? QuantiserRange{is_narrow ? 1 - half : -half, half - 1} : QuantiserRange{0, 2 * half - 1};
}

Histogram::Histogram(double low, double high) : low_(low), high_(std::max(high, low)), bins_(bin_count) {}

void Histogram::add(double number) {
  const double place = high_ > low_ ? (number - low_) / (high_ - low_) * static_cast<double>(bin_count) : 0;
  ++bins_[static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(bin_count - 1)))];
  ++count_;
}

double Histogram::centre(std::size_t bin) const {
  return low_ + (high_ - low_) * (static_cast<double>(bin) + 0.5) / static_cast<double>(bin_count);
}

double Histogram::error(double scale, const QuantiserRange& range) const {
  double sum = 0;
  for (std::size_t bin = 0; bin < bin_count; ++bin) {
    if (bins_[bin] != 0) {
      const double number = centre(bin);
      const double level = std::clamp<double>(std::nearbyint(number / scale), range.lowest, range.highest);
      sum += static_cast<double>(bins_[bin]) * (number - level * scale) * (number - level * scale);
    }
  }
  return count_ > 0 ? sum / static_cast<double>(count_) : 0;
}

double Histogram::clipped(double scale, const QuantiserRange& range) const {
  std::size_t beyond = 0;
  for (std::size_t bin = 0; bin < bin_count; ++bin) {
    const double level = centre(bin) / scale;
    beyond += level > range.highest + 0.5 || level < range.lowest - 0.5 ? bins_[bin] : 0;
  }
  return count_ > 0 ? static_cast<double>(beyond) / static_cast<double>(count_) : 0;
}

double best_scale(const Histogram& numbers, const QuantiserRange& range) {
  const double above = range.highest > 0 ? numbers.high() / range.highest : 0;
  const double below = range.lowest < 0 ? numbers.low() / range.lowest : 0;
  const double widest = std::max(above, below);
  if (!(widest > 0)) {
    return 1;
  }
  double best = widest;
  double least = numbers.error(widest, range);
  for (int part = 1; part < tried_fractions; ++part) {
    const double scale = widest * part / tried_fractions;
    const double error = numbers.error(scale, range);
    if (error < least) {
      least = error;
      best = scale;
    }
  }
  return best;
}

}  // namespace spinvp::network::onnx
