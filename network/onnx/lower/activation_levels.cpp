#include "network/onnx/lower/activation_levels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "network/onnx/model/graph.h"

namespace spinvp::network::onnx {
namespace {

constexpr int most_bits = 8;
constexpr int most_levels = (1 << most_bits) - 1;
constexpr double tolerance = 1e-6;  ///< of a level; levels are whole numbers times and divided by the same step
constexpr double same = 1e-12;      ///< values of one meaning that were computed in different orders
constexpr double beyond_every_accumulator = 1e30;

std::string name_of(const ScalarOp& op) {
  return op.node == nullptr ? "an operation" : fmt::format("'{}' ({})", op.node->name, op.node->op);
}

/// `values` widened by the function's values at both ends of `range`.
void widen(RealRange& values, const ChannelFunction& function, const RealRange& range) {
  for (const double end : {range.low, range.high}) {
    const double value = function(end);
    values.low = std::min(values.low, std::isnan(value) ? -std::numeric_limits<double>::infinity() : value);
    values.high = std::max(values.high, std::isnan(value) ? std::numeric_limits<double>::infinity() : value);
  }
}

/// The double half way between two, counted in doubles.
double middle_double(double low, double high) {
  if (low < 0 && high > 0) {
    return 0;
  }
  const double smaller = std::min(std::fabs(low), std::fabs(high));
  const double larger = std::max(std::fabs(low), std::fabs(high));
  const double sign = low < 0 || high < 0 ? -1 : 1;
  const double geometric = std::sqrt(std::max(smaller, std::numeric_limits<double>::denorm_min())) * std::sqrt(larger);
  const double middle = larger > 2 * smaller ? geometric : smaller + (larger - smaller) / 2;
  return sign * middle;
}

/// True when the function, which is monotone, gives nothing but its values at the two ends.
bool jumps_once(const ChannelFunction& function) {
  double low = -beyond_every_accumulator;
  double high = beyond_every_accumulator;
  const double first = function(low);
  const double last = function(high);
  for (double middle = 0; middle > low && middle < high; middle = middle_double(low, high)) {
    const double value = function(middle);
    if (value != first && value != last) {
      return false;
    }
    (value == first ? low : high) = middle;
  }
  return true;
}

/// True when every channel gives nothing but the two ends of `values`.
bool is_two_valued(const std::vector<ChannelFunction>& functions, const RealRange& values) {
  const double allowed = tolerance * (values.high - values.low);
  const auto is_end = [&](double value) {
    return std::fabs(value - values.low) <= allowed || std::fabs(value - values.high) <= allowed;
  };
  return std::all_of(functions.begin(), functions.end(), [&](const ChannelFunction& function) {
    const double first = function(-beyond_every_accumulator);
    const double last = function(beyond_every_accumulator);
    return is_end(first) && is_end(last) && (first == last || jumps_once(function));
  });
}

/// Refuses an operation for what it is given in a channel.
void check_condition(const ScalarOp& op, std::size_t channel, const RealRange& range) {
  const double least = std::min(range.low, range.high);
  const double most = std::max(range.low, range.high);
  if (op.kind == ScalarOp::Kind::Choose && least < 0) {
    throw Unfoldable(
        fmt::format("{} asks whether numbers that fall to {:g} (channel {}) differ from 0; expected the result of a "
                    "comparison (Greater, GreaterOrEqual, Less, LessOrEqual), or numbers that are never negative",
                    name_of(op), least, channel));
  }
  if (op.kind == ScalarOp::Kind::Within && !(least >= op.a[channel] && most <= op.b[channel])) {
    throw Unfoldable(
        fmt::format("{} is given numbers from {:g} to {:g} (channel {}); expected at least {} and at most {}, beyond "
                    "which its result is not defined",
                    name_of(op), least, most, channel, op.a[channel], op.b[channel]));
  }
}

/// Choose asks whether x is 0, which is monotone for numbers that are never negative; Within is what it says.
void check_conditions(const ScalarChain& chain, const std::vector<RealRange>& reach) {
  const bool has_conditions = std::any_of(chain.begin(), chain.end(), [](const ScalarOp& op) {
    return op.kind == ScalarOp::Kind::Choose || op.kind == ScalarOp::Kind::Within;
  });
  for (std::size_t channel = 0; has_conditions && channel < reach.size(); ++channel) {
    RealRange range = reach[channel];
    for (const ScalarOp& op : chain) {
      check_condition(op, channel, range);
      range = {op.apply(channel, range.low), op.apply(channel, range.high)};
    }
  }
}

ActivationForm constant_form(double value) {
  ActivationForm form;
  // One of the two levels is zero, so that a reader's padding has a level.
  form.base = std::min(value, 0.0) + 0.0;
  form.step = value == 0 ? 1.0 : std::fabs(value);
  return form;
}

double require_step(const OutputStep& output) {
  if (!output.step && output.lost != nullptr) {
    throw Unfoldable(fmt::format(
        "{} puts the rounded levels at distances that differ between channels or levels; expected one step, the same "
        "scale for all channels behind the last rounding",
        name_of(*output.lost)));
  }
  if (!output.step) {
    throw Unfoldable(
        "nothing between it and the next layer rounds all channels to multiples of one step; "
        "write the activation as Clip(0, 1), Mul(2^b - 1), Round, Mul(1 / (2^b - 1)), or as Quant, Sign or "
        "MultiThreshold");
  }
  if (!(*output.step > 0) || !std::isfinite(*output.step)) {
    throw Unfoldable("its activation is scaled by zero");
  }
  return *output.step;
}

/// Ends of the levels: by construction as far as that makes few.
RealRange choose_ends(const RealRange& construction, const RealRange& reached, double step) {
  const RealRange candidates[] = {
      construction, {construction.low, reached.high}, {reached.low, construction.high}, reached};
  for (const RealRange& ends : candidates) {
    if (std::isfinite(ends.low) && std::isfinite(ends.high) && ends.high - ends.low <= (most_levels + 0.5) * step) {
      return ends;
    }
  }
  throw Unfoldable(
      fmt::format("its activation has {:.0f} levels above the lowest; at most {} ({} bits) can be run, or quantise the "
                  "model on the way: --quantize",
                  (reached.high - reached.low) / step, most_levels, most_bits));
}

int bits_for(std::int64_t highest) {
  int bits = 1;
  while ((1 << bits) - 1 < highest) {
    ++bits;
  }
  return bits;
}

}  // namespace

std::int64_t ActivationLevels::at(double x) const {
  const double value = function_(x);
  const double level = (value - base_) / step_;
  const double nearest = std::nearbyint(level);
  if (!(std::fabs(level - nearest) <= tolerance * std::max(1.0, std::fabs(nearest)))) {
    throw Unfoldable(
        fmt::format("its activation takes the value {:g} (channel {}), which is {:g} steps of {:g} above {:g}; "
                    "activations must be whole multiples of one step above the lowest",
                    value, channel_, level, step_, base_));
  }
  return static_cast<std::int64_t>(std::max(-1e15, std::min(nearest, 1e15)));
}

ActivationForm activation_form(const ScalarChain& chain, std::optional<double> input_step,
                               const std::vector<RealRange>& reach) {
  check_conditions(chain, reach);
  std::vector<ChannelFunction> functions;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  RealRange construction{infinity, -infinity};
  RealRange reached{infinity, -infinity};
  for (std::size_t channel = 0; channel < reach.size(); ++channel) {
    functions.emplace_back(chain, channel);
    widen(construction, functions.back(), {-beyond_every_accumulator, beyond_every_accumulator});
    widen(reached, functions.back(), reach[channel]);
  }
  const double spread = construction.high - construction.low;
  if (spread <= same * std::max(std::fabs(construction.low), std::fabs(construction.high))) {
    return constant_form(construction.low);
  }
  const bool bounded = construction.low > -beyond_every_accumulator && construction.high < beyond_every_accumulator;
  if (bounded && is_two_valued(functions, construction)) {
    return ActivationForm{1, spread, construction.low + 0.0, 1};
  }
  ActivationForm form;
  form.step = require_step(output_step(chain, input_step, reach.size()));
  RealRange ends = choose_ends(construction, reached, form.step);
  const double above_zero = ends.low / form.step;
  const bool counts_from_zero = ends.low > 0 && std::fabs(above_zero - std::nearbyint(above_zero)) <= tolerance &&
                                ends.high <= (most_levels + 0.5) * form.step;
  form.base = counts_from_zero ? 0.0 : ends.low + 0.0;
  form.highest = std::llround((ends.high - form.base) / form.step);
  form.bits = bits_for(form.highest);
  return form;
}

}  // namespace spinvp::network::onnx
