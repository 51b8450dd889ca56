#include "network/onnx/quantise/post_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <unordered_map>

#include "network/onnx/constants.h"
#include "network/onnx/order.h"
#include "network/onnx/quantise/scale_search.h"
#include "network/onnx/quantise/unquantised.h"
#include "network/onnx/weights.h"

namespace spinvp::network::onnx {
namespace {

struct ValueRangeSeen {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
};

/// What the float64 reference gives for some values over all calibration images.
class Calibration {
 public:
  Calibration(const FloatReference& reference, const PostTraining& options, std::vector<std::string> values)
      : reference_(reference), options_(options), values_(std::move(values)) {}

  std::map<std::string, Histogram> run() const {
    std::map<std::string, ValueRangeSeen> ranges;
    for_each_number([&](const std::string& name, double number) {
      ValueRangeSeen& range = ranges[name];
      range.low = std::min(range.low, number);
      range.high = std::max(range.high, number);
    });
    std::map<std::string, Histogram> histograms;
    for (const auto& [name, range] : ranges) {
      histograms.emplace(name, Histogram(std::min(range.low, 0.0), std::max(range.high, 0.0)));
    }
    for_each_number([&](const std::string& name, double number) { histograms.at(name).add(number); });
    return histograms;
  }

 private:
  template <typename Visit>
  void for_each_number(Visit visit) const {
    for (std::size_t image = 0; image < options_.count; ++image) {
      const auto all = reference_.run_all(options_.images.data() + image * options_.shape.elements(), options_.shape);
      for (const std::string& name : values_) {
        const auto found = all.find(name);
        if (found == all.end()) {
          continue;
        }
        for (const double number : found->second.numbers) {
          visit(name, number);
        }
      }
    }
  }

  const FloatReference& reference_;
  const PostTraining& options_;
  const std::vector<std::string> values_;
};

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
    const std::map<std::string, Histogram> histograms = Calibration(reference, options_, values).run();
    for (const std::string& value : values) {
      const auto found = histograms.find(value);
      if (found == histograms.end()) {
        graph_.refuse(fmt::format("calibration does not reach the value '{}'", value));
      }
      quantise_value(value, found->second);
    }
    graph_.nodes.insert(graph_.nodes.end(), std::make_move_iterator(added_.begin()),
                        std::make_move_iterator(added_.end()));
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

  std::string constant(const std::string& name, std::vector<double> values, std::vector<std::int64_t> dims) {
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
    std::vector<double> scales;
    double noise = 0;
    double signal = 0;
    for (std::size_t output = 0; output < outputs; ++output) {
      scales.push_back(scale_of_kernel(weights, order, output, noise, signal));
    }
    std::vector<std::int64_t> dims(weights.dims().size(), 1);
    dims[axis] = static_cast<std::int64_t>(outputs);
    const std::string name = node.name + ".weights";
    const std::string scale = constant(name + ".scale", scales, dims);
    node.inputs[1] = add_quantiser(name, node.inputs[1], scale, options_.weight_bits, true, true);
    report_.push_back(fmt::format(
        "quantised the weights of node '{}' ({}) to {} bits, a scale an output channel ({:.3g} to {:.3g}), signal to "
        "noise {:.1f} dB",
        node.name, node.op, options_.weight_bits, *std::min_element(scales.begin(), scales.end()),
        *std::max_element(scales.begin(), scales.end()), decibels(signal, noise)));
  }

  double scale_of_kernel(const Tensor& weights, const KernelOrder& order, std::size_t output, double& noise,
                         double& signal) const {
    double largest = 0;
    double sum = 0;
    const auto size = static_cast<std::size_t>(order.kernel.channels);
    const auto weight = [&](std::size_t i) { return weights[output * order.kernel_stride + i * order.channel_stride]; };
    for (std::size_t i = 0; i < size; ++i) {
      largest = std::max(largest, std::fabs(weight(i)));
      sum += std::fabs(weight(i));
      signal += weight(i) * weight(i);
    }
    const double mean = sum / static_cast<double>(size);
    if (options_.weight_bits == 1) {
      for (std::size_t i = 0; i < size; ++i) {
        noise += (std::fabs(weight(i)) - mean) * (std::fabs(weight(i)) - mean);
      }
      return mean > 0 ? mean : 1;
    }
    Histogram histogram(-largest, largest);
    for (std::size_t i = 0; i < size; ++i) {
      histogram.add(weight(i));
    }
    const QuantiserRange range = quantiser_range(options_.weight_bits, true, true);
    const double scale = best_scale(histogram, range);
    for (std::size_t i = 0; i < size; ++i) {
      const double level = std::clamp<double>(std::nearbyint(weight(i) / scale), range.lowest, range.highest);
      noise += (weight(i) - level * scale) * (weight(i) - level * scale);
    }
    return scale;
  }

  static double decibels(double signal, double noise) {
    return noise > 0 && signal > 0 ? 10 * std::log10(signal / noise) : std::numeric_limits<double>::infinity();
  }

  void quantise_value(const std::string& value, const Histogram& numbers) {
    const bool is_signed = numbers.low() < 0;
    const int bits = options_.activation_bits;
    const bool bipolar = bits == 1 && is_signed;
    const QuantiserRange range = bipolar ? QuantiserRange{-1, 1} : quantiser_range(bits, is_signed, false);
    const double scale = best_scale(numbers, range);
    const std::string name = value + ".activation";
    const std::string quantised =
        add_quantiser(name, value, constant(name + ".scale", {scale}, {}), bits, is_signed, false);
    const std::string& own_name = added_.back().name;
    for (Node& node : graph_.nodes) {
      std::replace(node.inputs.begin(), node.inputs.end(), value, quantised);
    }
    report_.push_back(fmt::format(
        "quantised the value '{}' to {} bits, {}: levels of {:.4g}, {:.4g} to {:.4g}; seen {:.4g} to {:.4g}, "
        "{:.3f} % of it beyond (node '{}')",
        value, bits, is_signed ? "signed" : "unsigned", scale, scale * range.lowest, scale * range.highest,
        numbers.low(), numbers.high(), 100 * numbers.clipped(scale, range), own_name));
  }

  Graph& graph_;
  const PostTraining& options_;
  std::vector<Node> added_;
  std::vector<std::string> report_;
};

}  // namespace

std::vector<std::string> quantise_after_training(Graph& graph, const FloatReference& reference,
                                                 const PostTraining& options) {
  return Quantisation(graph, options).run(reference);
}

}  // namespace spinvp::network::onnx
