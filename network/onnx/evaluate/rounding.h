#pragma once

#include <cmath>
#include <string>

#include "network/onnx/evaluate/call.h"

namespace spinvp::network::onnx {

/// How quantisers make whole numbers.
enum class Rounding {
  HalfEven,          ///< ROUND
  HalfAwayFromZero,  ///< HALF_UP
  HalfTowardsZero,   ///< HALF_DOWN
  Up,                ///< CEIL
  Down,              ///< FLOOR
  AwayFromZero,      ///< UP
  TowardsZero,       ///< DOWN, ROUND_TO_ZERO
};

/// The attribute rounding_mode, in upper or lower case.
Rounding rounding_of(const Call& call, const char* missing);

double round_as(Rounding rounding, double x);

/// How far x is from the nearest place where round_as() changes its result, among those at which it changes between
/// whole numbers from `low` to `high`.
double distance_to_decision(Rounding rounding, double x, double low, double high);

}  // namespace spinvp::network::onnx
