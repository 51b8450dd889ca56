#include "network/onnx/quantise/post_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "network/onnx/constants/constants.h"
#include "network/onnx/model/order.h"
#include "network/onnx/quantise/calibration.h"
#include "network/onnx/quantise/scale_search.h"
#include "network/onnx/quantise/unquantised.h"
#include "network/onnx/weights/weights.h"

namespace spinvp::network::onnx {
namespace {

/// A scale of 12 significant bits: products of such scales and levels add up in float64 without rounding (for sums up
/// to 2^29 products of levels), so that a sum that meets a threshold exactly does so in the float64 reference as well.
double short_scale(double scale) {
  int exponent = 0;
  const double fraction = std::frexp(scale, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(fraction, 12)), exponent - 12);
}

class Quantisation {
 public:
  Quantisation(Graph& graph, const PostTraining& options) : graph_(graph), options_(options) {}

  std::vector<std::string> run(const FloatReference& reference) {
    fold();
    for (Node& node : graph_.nodes) {
      if (is_layer_with_weights(graph_, node)) {
        quantise_weights_of(node);
      }
    }
    const std::vector<std::string> values = unquantised_values(graph_);
    padded_ = padded_values(graph_);
    const std::map<std::string, Histogram> histograms = calibrate(graph_, reference, options_, values);
    for (const std::string& value : values) {
      quantise_value(value, histograms.at(value));
    }
    graph_.nodes.insert(graph_.nodes.end(), std::make_move_iterator(added_.begin()),
                        std::make_move_iterator(added_.end()));
    report_.insert(report_.begin(), summary(values.size()));
    return std::move(report_);
  }

 private:
  /// Weights can hide behind nodes on constants.
  void fold() {
    std::vector<const Node*> order = topological_order(graph_);
    fold_constants(graph_, order);
    std::vector<Node> rest;
    rest.reserve(order.size());
    for (const Node* node : order) {
      rest.push_back(*node);
    }
    graph_.nodes = std::move(rest);
  }

  /// A new constant; its name is changed where the model has one of this name.
  std::string constant(std::string name, std::vector<double> values, std::vector<std::int64_t> dims) {
    while (graph_.constants.count(name) != 0) {
      name += '\'';
    }
    graph_.constants.emplace(name, Tensor(ElementType::Double, std::move(dims), std::move(values)));
    return name;
  }

  static Attribute integer(std::int64_t value) {
    Attribute attribute;
    attribute.kind = Attribute::Kind::Integer;
    attribute.integer = value;
    return attribute;
  }

  /// A quantiser behind `value`; gives the name of what it computes.
  std::string add_quantiser(const std::string& name, const std::string& value, const std::string& scale, int bits,
                            bool is_signed, bool is_narrow) {
    Node node;
    node.name = name;
    node.domain = "qonnx.custom_op.general";
    node.outputs = {name + ".quantised"};
    if (bits == 1 && is_signed) {
      node.op = "BipolarQuant";
      node.inputs = {value, scale};
    } else {
      node.op = "Quant";
      node.inputs = {value, scale, constant(name + ".zero", {0.0}, {}),
                     constant(name + ".bits", {static_cast<double>(bits)}, {})};
      node.attributes["signed"] = integer(is_signed ? 1 : 0);
      node.attributes["narrow"] = integer(is_narrow ? 1 : 0);
    }
    added_.push_back(std::move(node));
    return added_.back().outputs[0];
  }

  void quantise_weights_of(Node& node) {
    const Tensor& weights = *graph_.constant(node, 1);
    if (!weights.is_finite()) {
      graph_.refuse(node, "one of its weights is not a finite number");
    }
    const std::size_t axis = output_axis(graph_, node);
    const auto outputs = static_cast<std::size_t>(weights.dims()[axis]);
    const std::size_t size = weights.size() / outputs;
    const KernelOrder order{outputs, Shape{1, 1, static_cast<int>(size)}, axis == 0 ? size : 1,
                            axis == 0 ? 1 : outputs};
    if (quantise_weights(weights, order)) {
      return;
    }
    const Scales found = scales_of(weights, order);
    std::vector<std::int64_t> dims(weights.dims().size(), 1);
    dims[axis] = static_cast<std::int64_t>(outputs);
    const std::string name = node.name + ".weights";
    const std::string scale = constant(name + ".scale", found.values, dims);
    node.inputs[1] = add_quantiser(name, node.inputs[1], scale, options_.weight_bits, true, true);
    report_.push_back(fmt::format(
        "quantised the weights of node '{}' ({}) to {} bits, a scale an output channel ({:.3g} to {:.3g}), signal to "
        "noise {:.1f} dB",
        node.name, node.op, options_.weight_bits, *std::min_element(found.values.begin(), found.values.end()),
        *std::max_element(found.values.begin(), found.values.end()), decibels(found.signal, found.noise)));
    ++quantised_layers_;
  }

  /// One an output, and what they make of the weights.
  struct Scales {
    std::vector<double> values;
    double signal = 0;  ///< sum of squares of the weights
    double noise = 0;   ///< likewise of their errors
  };

  Scales scales_of(const Tensor& weights, const KernelOrder& order) const {
    const QuantiserRange range = quantiser_range(options_.weight_bits, true, true);
    Scales scales;
    double largest = 0;
    std::vector<double> kernel(static_cast<std::size_t>(order.kernel.channels));
    for (std::size_t output = 0; output < order.kernels; ++output) {
      double squares = 0;
      for (std::size_t i = 0; i < kernel.size(); ++i) {
        kernel[i] = weights[output * order.kernel_stride + i * order.channel_stride];
        squares += kernel[i] * kernel[i];
      }
      const bool is_empty = squares == 0;
      scales.values.push_back(is_empty ? 0 : short_scale(best_scale(kernel, range)));
      scales.noise +=
          is_empty ? 0 : squared_error(kernel, scales.values.back(), range) * static_cast<double>(kernel.size());
      scales.signal += squares;
      largest = std::max(largest, scales.values.back());
    }
    // A kernel of zeros has the scale of others where zero is a level; otherwise it is as good as nothing.
    const double of_nothing = (largest > 0 ? largest : 1) * (range.two_levels ? 0x1p-30 : 1);
    std::replace(scales.values.begin(), scales.values.end(), 0.0, of_nothing);
    return scales;
  }

  static double decibels(double signal, double noise) {
    return noise > 0 && signal > 0 ? 10 * std::log10(signal / noise) : std::numeric_limits<double>::infinity();
  }

  void quantise_value(const std::string& value, const Histogram& numbers) {
    const int bits = options_.activation_bits;
    const bool is_negative = numbers.low() < 0;
    // -1 and +1 hold no zero for padding to be.
    const bool is_signed = is_negative && !(bits == 1 && padded_.count(value) != 0);
    const QuantiserRange range = quantiser_range(bits, is_signed, false);
    const double scale = short_scale(best_scale(numbers, range));
    const std::string name = value + ".activation";
    const std::string quantised =
        add_quantiser(name, value, constant(name + ".scale", {scale}, {}), bits, is_signed, false);
    for (Node& node : graph_.nodes) {
      std::replace(node.inputs.begin(), node.inputs.end(), value, quantised);
    }
    report_.push_back(fmt::format(
        "quantised the value '{}' to {} {}, {}: a level is {:.4g}, the range {:.4g} to {:.4g}; seen {:.4g} to {:.4g}, "
        "{:.3f} % of it beyond; signal to noise {:.1f} dB",
        value, bits, bits == 1 ? "bit" : "bits",
        range.two_levels ? "two signs"
        : is_signed      ? "signed"
        : is_negative    ? "unsigned since padding is zero"
                         : "unsigned",
        scale, scale * range.lowest, scale * range.highest, numbers.low(), numbers.high(),
        100 * numbers.clipped(scale, range), decibels(numbers.mean_square(), numbers.error(scale, range))));
  }

  std::string summary(std::size_t values) const {
    if (quantised_layers_ == 0 && values == 0) {
      return "--quantize found nothing to do: all that layers read is quantised already";
    }
    return fmt::format(
        "quantised after training to {}:{} bits (W:A) with {} calibration image{}: the weights of {} layer{} and {} "
        "value{}; this is another network than the float model, and was not trained again",
        options_.weight_bits, options_.activation_bits, options_.count, plural(options_.count), quantised_layers_,
        plural(quantised_layers_), values, plural(values));
  }

  static const char* plural(std::size_t count) { return count == 1 ? "" : "s"; }

  Graph& graph_;
  const PostTraining& options_;
  std::set<std::string> padded_;
  std::vector<Node> added_;
  std::vector<std::string> report_;
  std::size_t quantised_layers_ = 0;
};

}  // namespace

std::vector<std::string> quantise_after_training(Graph& graph, const FloatReference& reference,
                                                 const PostTraining& options) {
  return Quantisation(graph, options).run(reference);
}

}  // namespace spinvp::network::onnx
