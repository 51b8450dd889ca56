#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "network/onnx/model/per_channel.h"

/// What stands elementwise between a layer's accumulators and the next layer: one function of one variable a channel.
namespace spinvp::network::onnx {

struct Node;

/// Ascending thresholds, one list for all channels or one for each.
struct ThresholdLists {
  std::vector<std::vector<double>> lists;

  const std::vector<double>& operator[](std::size_t channel) const { return lists[lists.size() == 1 ? 0 : channel]; }
};

/// Every operation is monotone in x, so that a chain of them is; in floating point as well, but for Tanh and Sigmoid,
/// which are as monotone as the C library's (see has_library_function()).
struct ScalarOp {
  enum class Kind {
    Add,       ///< x + a
    Multiply,  ///< x * a
    Divide,    ///< x / a, a != 0
    Clip,      ///< min(max(x, a), b)
    Within,    ///< x, which must be from a to b: folding refuses a chain where it is not
    // To integers.
    Round,            ///< to the nearest, halves to even
    RoundHalfAway,    ///< to the nearest, halves away from zero
    RoundHalfToZero,  ///< to the nearest, halves towards zero
    RoundAway,        ///< away from zero
    Truncate,         ///< towards zero; a cast to integers
    Floor,
    Ceil,
    AtLeast,  ///< 1 where x >= a, else 0
    Above,    ///< 1 where x > a, else 0
    AtMost,   ///< 1 where x <= a, else 0
    Below,    ///< 1 where x < a, else 0
    Sign,     ///< -1, 0 or 1
    Bipolar,  ///< 1 where x >= 0, else -1
    Choose,   ///< a where x is not 0, else b; only for x that are never negative, so that it is a where x > 0
    Steps,    ///< the number of thresholds t with x >= t
    // Curves that meet zero.
    Slope,    ///< a * x where x < 0, else x; a >= 0
    Tanh,     ///< std::tanh(x)
    Sigmoid,  ///< 1 / (1 + std::exp(-x))
  } kind;
  PerChannel a;
  PerChannel b;
  const Node* node = nullptr;                                  ///< where the graph writes it
  std::shared_ptr<const ThresholdLists> thresholds = nullptr;  ///< of Steps

  /// What every kind but Steps does.
  static double apply(Kind kind, double a, double b, double x);
  double apply(std::size_t channel, double x) const;
  /// True for x -> gain * x + offset.
  bool is_affine() const { return kind == Kind::Add || kind == Kind::Multiply || kind == Kind::Divide; }
  /// The factor when the operation is a multiplication by one positive number for all channels.
  std::optional<double> positive_scale() const;
  /// True when it leaves every x as it is, written down for form's sake: + 0, * 1, / 1.
  bool is_neutral() const;
  /// +1 when it never falls as x grows, -1 when it never rises, 0 when it is constant.
  int direction(std::size_t channel) const;
  /// The distance of neighbouring results in a channel, for kinds that give few numbers whatever they are given.
  std::optional<double> own_step(std::size_t channel) const;
};

using ScalarChain = std::vector<ScalarOp>;

double evaluate(const ScalarChain& chain, std::size_t channel, double x);

/// A chain in one channel, laid out for many evaluations. The chain must outlive it.
class ChannelFunction {
 public:
  ChannelFunction(const ScalarChain& chain, std::size_t channel);

  double operator()(double x) const {
    for (const Step& step : steps_) {
      x = step.thresholds == nullptr ? ScalarOp::apply(step.kind, step.a, step.b, x) : passed(*step.thresholds, x);
    }
    return x;
  }
  /// The largest magnitude that stands between two operations, operands included, for x up to `largest` in magnitude.
  /// For affine chains.
  double largest_between(double largest) const;

 private:
  struct Step {
    ScalarOp::Kind kind;
    double a;
    double b;
    const std::vector<double>* thresholds;
  };

  static double passed(const std::vector<double>& thresholds, double x);

  std::vector<Step> steps_;
};

/// True when operations first .. last-1 are x -> gain * x + offset.
bool is_affine(const ScalarChain& chain, std::size_t first, std::size_t last);

/// The gain of such operations, each x -> gain * x + offset.
double gain_of(const ScalarChain& chain, std::size_t channel);

/// +1 when the chain's operations first .. last-1 never fall as x grows, -1 when they never rise, 0 when they are
/// constant.
int direction(const ScalarChain& chain, std::size_t channel, std::size_t first, std::size_t last);

/// True for chains with Tanh or Sigmoid: the C library promises results within a unit in the last place or two, not
/// that they rise, so that a threshold found by bisection needs a look at its neighbours.
bool has_library_function(const ScalarChain& chain);

/// How far apart a chain's outputs stand.
struct OutputStep {
  std::optional<double> step;      ///< nothing when nothing makes outputs discrete, or channels differ
  const ScalarOp* lost = nullptr;  ///< the operation that took a rounding's step away again
};

/// The spacing of the chain's outputs over `channels` channels, for inputs that are multiples of `input_step` away from
/// each other. (Whether outputs stand on such a grid, not beside it, is for the caller to check.)
OutputStep output_step(const ScalarChain& chain, std::optional<double> input_step, std::size_t channels);

}  // namespace spinvp::network::onnx
