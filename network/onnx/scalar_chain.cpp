#include "network/onnx/scalar_chain.h"

#include <algorithm>
#include <cmath>

namespace spinvp::network::onnx {

std::optional<double> PerChannel::uniform() const {
  for (const double value : values) {
    if (value != values[0]) {
      return std::nullopt;
    }
  }
  return values[0];
}

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
    case Kind::Floor:
      return std::floor(x);
    case Kind::Ceil:
      return std::ceil(x);
    case Kind::Truncate:
      return std::trunc(x);
  }
  return x;
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

ChannelFunction::ChannelFunction(const ScalarChain& chain, std::size_t channel) {
  for (const ScalarOp& op : chain) {
    steps_.push_back({op.kind, op.a[channel], op.b[channel]});
  }
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
    const ScalarOp& op = chain[index];
    if (op.kind == ScalarOp::Kind::Multiply || op.kind == ScalarOp::Kind::Divide) {
      const double factor = op.a[channel];
      sign *= factor > 0 ? 1 : (factor < 0 ? -1 : 0);
    }
  }
  return sign;
}

std::optional<double> output_step(const ScalarChain& chain, std::optional<double> input_step) {
  std::optional<double> step = input_step;
  for (const ScalarOp& op : chain) {
    if (op.makes_integers()) {
      step = 1.0;
    } else if (step && (op.kind == ScalarOp::Kind::Multiply || op.kind == ScalarOp::Kind::Divide)) {
      const std::optional<double> factor = op.a.uniform();
      step = factor ? std::optional<double>(std::fabs(op.apply(0, *step))) : std::nullopt;
    }
  }
  return step;
}

}  // namespace spinvp::network::onnx
