#include "network/onnx/draft/scalar_chain.h"

#include <algorithm>
#include <cmath>

namespace spinvp::network::onnx {
namespace {

double number(bool truth) {
  return truth ? 1.0 : 0.0;
}

int sign_of(double x) {
  return x > 0 ? 1 : (x < 0 ? -1 : 0);
}

double round_half_to_zero(double x) {
  const double towards_zero = std::trunc(x);
  return std::fabs(x - towards_zero) > 0.5 ? towards_zero + std::copysign(1.0, x) : towards_zero;
}

/// How much farther apart an operation puts numbers; the same magnitude in all channels that it does not make constant.
std::optional<double> stretched(const ScalarOp& op, double step) {
  double result = 0;
  for (std::size_t channel = 0; channel < op.a.values.size(); ++channel) {
    const double own = std::fabs(op.apply(channel, step));
    if (own != 0 && result != 0 && own != result) {
      return std::nullopt;
    }
    result = own == 0 ? result : own;
  }
  return result;
}

/// The step that an operation gives by itself in all channels that it does not make constant.
std::optional<double> common_own_step(const ScalarOp& op, std::size_t channels) {
  double result = 0;
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const double own = *op.own_step(channel);
    if (own != 0 && result != 0 && own != result) {
      return std::nullopt;
    }
    result = own == 0 ? result : own;
  }
  return result;
}

}  // namespace

double ScalarOp::apply(Kind kind, double a, double b, double x) {
  switch (kind) {
    case Kind::Add:
      return x + a;
    case Kind::Multiply:
      return x * a;
    case Kind::Divide:
      return x / a;
    case Kind::Clip:
      return std::min(std::max(x, a), b);
    case Kind::Round:
      return std::nearbyint(x);
    case Kind::RoundHalfAway:
      return std::round(x);
    case Kind::RoundHalfToZero:
      return round_half_to_zero(x);
    case Kind::RoundAway:
      return x < 0 ? std::floor(x) : std::ceil(x);
    case Kind::Truncate:
      return std::trunc(x);
    case Kind::Floor:
      return std::floor(x);
    case Kind::Ceil:
      return std::ceil(x);
    case Kind::AtLeast:
      return number(x >= a);
    case Kind::Above:
      return number(x > a);
    case Kind::AtMost:
      return number(x <= a);
    case Kind::Below:
      return number(x < a);
    case Kind::Sign:
      return sign_of(x);
    case Kind::Bipolar:
      return x >= 0 ? 1.0 : -1.0;
    case Kind::Choose:
      return x > 0 ? a : b;
    case Kind::Slope:
      return x < 0 ? a * x : x;
    case Kind::Tanh:
      return std::tanh(x);
    case Kind::Sigmoid:
      return 1.0 / (1.0 + std::exp(-x));
    case Kind::Within:
    case Kind::Steps:
      break;
  }
  return x;
}

double ScalarOp::apply(std::size_t channel, double x) const {
  if (kind != Kind::Steps) {
    return apply(kind, a[channel], b[channel], x);
  }
  const std::vector<double>& list = (*thresholds)[channel];
  return static_cast<double>(std::upper_bound(list.begin(), list.end(), x) - list.begin());
}

std::optional<double> ScalarOp::positive_scale() const {
  const std::optional<double> factor = a.uniform();
  if ((kind != Kind::Multiply && kind != Kind::Divide) || !factor || !(*factor > 0)) {
    return std::nullopt;
  }
  return kind == Kind::Multiply ? *factor : 1.0 / *factor;
}

bool ScalarOp::is_neutral() const {
  return (kind == Kind::Add && a.uniform() == 0.0) ||
         ((kind == Kind::Multiply || kind == Kind::Divide) && a.uniform() == 1.0);
}

int ScalarOp::direction(std::size_t channel) const {
  switch (kind) {
    case Kind::Multiply:
    case Kind::Divide:
      return sign_of(a[channel]);
    case Kind::AtMost:
    case Kind::Below:
      return -1;
    case Kind::Choose:
      return sign_of(a[channel] - b[channel]);
    default:
      return 1;
  }
}

std::optional<double> ScalarOp::own_step(std::size_t channel) const {
  switch (kind) {
    case Kind::Add:
    case Kind::Multiply:
    case Kind::Divide:
    case Kind::Clip:
    case Kind::Within:
    case Kind::Slope:
    case Kind::Tanh:
    case Kind::Sigmoid:
      return std::nullopt;
    case Kind::Bipolar:
      return 2.0;
    case Kind::Choose:
      return std::fabs(a[channel] - b[channel]);
    default:
      return 1.0;
  }
}

ChannelFunction::ChannelFunction(const ScalarChain& chain, std::size_t channel) {
  for (const ScalarOp& op : chain) {
    const std::vector<double>* thresholds = op.kind == ScalarOp::Kind::Steps ? &(*op.thresholds)[channel] : nullptr;
    steps_.push_back({op.kind, op.a[channel], op.b[channel], thresholds});
  }
}

double ChannelFunction::passed(const std::vector<double>& thresholds, double x) {
  return static_cast<double>(std::upper_bound(thresholds.begin(), thresholds.end(), x) - thresholds.begin());
}

double ChannelFunction::largest_between(double largest) const {
  double magnitude = std::fabs(largest);
  double most = magnitude;
  for (const Step& step : steps_) {
    if (step.kind == ScalarOp::Kind::Add) {
      magnitude += std::fabs(step.a);
    } else {
      magnitude = std::fabs(ScalarOp::apply(step.kind, step.a, step.b, magnitude));
    }
    most = std::max(most, magnitude);
  }
  return most;
}

double evaluate(const ScalarChain& chain, std::size_t channel, double x) {
  for (const ScalarOp& op : chain) {
    x = op.apply(channel, x);
  }
  return x;
}

bool is_affine(const ScalarChain& chain, std::size_t first, std::size_t last) {
  return std::all_of(chain.begin() + static_cast<std::ptrdiff_t>(first),
                     chain.begin() + static_cast<std::ptrdiff_t>(last),
                     [](const ScalarOp& op) { return op.is_affine(); });
}

double gain_of(const ScalarChain& chain, std::size_t channel) {
  double gain = 1;
  for (const ScalarOp& op : chain) {
    gain = op.kind == ScalarOp::Kind::Add ? gain : op.apply(channel, gain);
  }
  return gain;
}

int direction(const ScalarChain& chain, std::size_t channel, std::size_t first, std::size_t last) {
  int sign = 1;
  for (std::size_t index = first; index < last; ++index) {
    sign *= chain[index].direction(channel);
  }
  return sign;
}

bool has_library_function(const ScalarChain& chain) {
  return std::any_of(chain.begin(), chain.end(), [](const ScalarOp& op) {
    return op.kind == ScalarOp::Kind::Tanh || op.kind == ScalarOp::Kind::Sigmoid;
  });
}

OutputStep output_step(const ScalarChain& chain, std::optional<double> input_step, std::size_t channels) {
  using Kind = ScalarOp::Kind;
  OutputStep output{input_step, nullptr};
  bool is_rounded = false;
  for (const ScalarOp& op : chain) {
    const bool had_step = output.step.has_value();
    if (op.own_step(0)) {
      is_rounded = true;
      output = {common_own_step(op, channels), nullptr};
      output.lost = output.step ? nullptr : &op;
      continue;
    }
    if (had_step && (op.kind == Kind::Multiply || op.kind == Kind::Divide)) {
      output.step = stretched(op, *output.step);
    } else if (op.kind == Kind::Slope || op.kind == Kind::Tanh || op.kind == Kind::Sigmoid) {
      output.step = std::nullopt;
    }
    if (is_rounded && had_step && !output.step) {
      output.lost = &op;
    }
  }
  return output;
}

}  // namespace spinvp::network::onnx
