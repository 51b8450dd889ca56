#include "network/onnx/evaluate/rounding.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <map>

namespace spinvp::network::onnx {

Rounding rounding_of(const Call& call, const char* missing) {
  static const std::map<std::string, Rounding> modes{{"ROUND", Rounding::HalfEven},
                                                     {"HALF_EVEN", Rounding::HalfEven},
                                                     {"CEIL", Rounding::Up},
                                                     {"FLOOR", Rounding::Down},
                                                     {"UP", Rounding::AwayFromZero},
                                                     {"DOWN", Rounding::TowardsZero},
                                                     {"ROUND_TO_ZERO", Rounding::TowardsZero},
                                                     {"HALF_UP", Rounding::HalfAwayFromZero},
                                                     {"HALF_DOWN", Rounding::HalfTowardsZero}};
  std::string mode = call.text("rounding_mode", missing);
  std::transform(mode.begin(), mode.end(), mode.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
  const auto found = modes.find(mode);
  if (found == modes.end()) {
    call.refuse("rounding_mode is '{}'; expected ROUND, CEIL, FLOOR, UP, DOWN, ROUND_TO_ZERO, HALF_UP or HALF_DOWN",
                mode);
  }
  return found->second;
}

double round_as(Rounding rounding, double x) {
  switch (rounding) {
    case Rounding::HalfEven:
      return std::nearbyint(x);
    case Rounding::HalfAwayFromZero:
      return std::round(x);
    case Rounding::HalfTowardsZero: {
      const double whole = std::trunc(x);
      return std::fabs(x - whole) > 0.5 ? whole + std::copysign(1.0, x) : whole;
    }
    case Rounding::Up:
      return std::ceil(x);
    case Rounding::Down:
      return std::floor(x);
    case Rounding::AwayFromZero:
      return x < 0 ? std::floor(x) : std::ceil(x);
    case Rounding::TowardsZero:
      return std::trunc(x);
  }
  return x;
}

double distance_to_decision(Rounding rounding, double x, double low, double high) {
  if (!(low < high)) {
    return std::numeric_limits<double>::infinity();
  }
  const auto nearest = [&](double offset, double first, double last) {
    return std::fabs(x - std::min(std::max(std::nearbyint(x - offset) + offset, first), last));
  };
  switch (rounding) {
    case Rounding::HalfEven:
    case Rounding::HalfAwayFromZero:
    case Rounding::HalfTowardsZero:
      return nearest(0.5, low + 0.5, high - 0.5);
    case Rounding::Up:
      return nearest(0, low, high - 1);
    case Rounding::Down:
      return nearest(0, low + 1, high);
    case Rounding::AwayFromZero:
      return nearest(0, low < 0 ? low + 1 : low, high > 0 ? high - 1 : high);
    case Rounding::TowardsZero: {
      const double first = low < 0 ? low : low + 1;
      const double last = high > 0 ? high : high - 1;
      const double rounded = std::nearbyint(x);
      // Nothing changes at zero.
      return rounded == 0 ? std::min(first <= -1 ? std::fabs(x + 1) : std::numeric_limits<double>::infinity(),
                                     last >= 1 ? std::fabs(x - 1) : std::numeric_limits<double>::infinity())
                          : nearest(0, first, last);
    }
  }
  return std::numeric_limits<double>::infinity();
}

}  // namespace spinvp::network::onnx
