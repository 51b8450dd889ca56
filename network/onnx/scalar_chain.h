#pragma once

#include <cstddef>
#include <optional>
#include <vector>

/// What stands elementwise between a layer's accumulators and the next layer: one function of one variable a channel.
namespace spinvp::network::onnx {

struct Node;

/// One value for all channels, or one for each.
struct PerChannel {
  std::vector<double> values{0.0};

  double operator[](std::size_t channel) const { return values.size() == 1 ? values[0] : values[channel]; }
  /// The value when it is the same in every channel.
  std::optional<double> uniform() const;
};

/// Every operation is monotone in x, in floating point as well, so that a chain of them is.
struct ScalarOp {
  enum class Kind {
    Add,       ///< x + a
    Multiply,  ///< x * a
    Divide,    ///< x / a, a != 0
    Clip,      ///< min(max(x, a), b)
    Round,     ///< to the nearest integer, halves to even
    Floor,
    Ceil,
    Truncate,  ///< a cast to integers
  } kind;
  PerChannel a;
  PerChannel b;
  const Node* node = nullptr;  ///< where the graph writes it

  static double apply(Kind kind, double a, double b, double x);
  double apply(std::size_t channel, double x) const { return apply(kind, a[channel], b[channel], x); }
  /// True for x -> gain * x + offset.
  bool is_affine() const { return kind == Kind::Add || kind == Kind::Multiply || kind == Kind::Divide; }
  bool makes_integers() const { return !is_affine() && kind != Kind::Clip; }
  /// The factor when the operation is a multiplication by one positive number for all channels.
  std::optional<double> positive_scale() const;
  /// True when it leaves every x as it is, written down for form's sake: + 0, * 1, / 1.
  bool is_neutral() const;
};

using ScalarChain = std::vector<ScalarOp>;

double evaluate(const ScalarChain& chain, std::size_t channel, double x);

/// A chain in one channel, laid out for many evaluations.
class ChannelFunction {
 public:
  ChannelFunction(const ScalarChain& chain, std::size_t channel);

  double operator()(double x) const {
    for (const Step& step : steps_) {
      x = ScalarOp::apply(step.kind, step.a, step.b, x);
    }
    return x;
  }
  /// The largest magnitude that stands between two operations, operands included, for x up to `largest` in magnitude.
  double largest_between(double largest) const;

 private:
  struct Step {
    ScalarOp::Kind kind;
    double a;
    double b;
  };
  std::vector<Step> steps_;
};

/// True when operations first .. last-1 are x -> gain * x + offset.
bool is_affine(const ScalarChain& chain, std::size_t first, std::size_t last);

/// The gain of such operations, each x -> gain * x + offset.
double gain_of(const ScalarChain& chain, std::size_t channel);

/// +1 when the chain's operations first .. last-1 never fall as x grows, -1 when they never rise, 0 when they are
/// constant.
int direction(const ScalarChain& chain, std::size_t channel, std::size_t first, std::size_t last);

/// The spacing of the chain's outputs, for inputs that are multiples of `input_step`; nothing when channels differ.
/// (Whether outputs stand on the multiples, not beside them, is for the caller to check.)
std::optional<double> output_step(const ScalarChain& chain, std::optional<double> input_step);

}  // namespace spinvp::network::onnx
