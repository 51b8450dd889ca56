#include "network/onnx/recognise/quantised_operators.h"

#include <fmt/format.h>

#include <algorithm>

namespace spinvp::network::onnx {
namespace {

using Numbers = std::vector<double>;
using Dims = std::vector<std::int64_t>;

class Expansion {
 public:
  explicit Expansion(Graph& graph) : graph_(graph) {}

  void run() {
    for (Node& node : graph_.nodes) {
      if (!expand(node)) {
        result_.push_back(std::move(node));
      }
    }
    graph_.nodes = std::move(result_);
  }

 private:
  bool expand(const Node& node) {
    const bool standard = node.domain.empty();
    const bool contributed = node.domain == "com.microsoft";
    if (standard && node.op == "QLinearConv") {
      quantised_layer(node, "Conv", 8);
    } else if (standard && node.op == "QLinearMatMul") {
      quantised_layer(node, "MatMul", 8);
    } else if (contributed && node.op == "QGemm") {
      quantised_gemm(node);
    } else if (standard && node.op == "ConvInteger") {
      integer_layer(node, "Conv");
    } else if (standard && node.op == "MatMulInteger") {
      integer_layer(node, "MatMul");
    } else if (contributed && node.op == "QLinearAdd") {
      quantised_sum(node);
    } else if (contributed && node.op == "QLinearGlobalAveragePool") {
      quantised_mean(node);
    } else {
      return false;
    }
    return true;
  }

  const Numbers parameter(const Node& node, std::size_t index, const char* what, double missing = 0) const {
    if (node.input(index).empty()) {
      return {missing};
    }
    const Tensor* tensor = graph_.constant(node, index);
    if (tensor == nullptr || tensor->size() == 0) {
      graph_.refuse(node, fmt::format("its {} '{}' is no constant", what, node.input(index)));
    }
    return tensor->values();
  }

  double number(const Node& node, std::size_t index, const char* what) const {
    const Numbers values = parameter(node, index, what);
    if (values.size() != 1) {
      graph_.refuse(node, fmt::format("its {} has {} numbers; expected one", what, values.size()));
    }
    return values[0];
  }

  std::string constant(const std::string& name, Numbers values, Dims dims) {
    graph_.constants.emplace(name, Tensor(ElementType::Double, std::move(dims), std::move(values)));
    return name;
  }

  std::string add(const std::string& op, const std::string& name, std::vector<std::string> inputs,
                  const std::string& output, std::unordered_map<std::string, Attribute> attributes = {}) {
    Node node;
    node.name = name;
    node.op = op;
    node.inputs = std::move(inputs);
    node.outputs = {output};
    node.attributes = std::move(attributes);
    result_.push_back(std::move(node));
    return output;
  }

  static Attribute to_float() {
    Attribute attribute;
    attribute.kind = Attribute::Kind::Integer;
    attribute.integer = static_cast<std::int64_t>(ElementType::Float);
    return attribute;
  }

  /// The input less its zero point.
  std::string centred(const Node& node, std::size_t input, std::size_t zero_index) {
    const double zero = node.input(zero_index).empty() ? 0 : number(node, zero_index, "zero point");
    const std::string name = fmt::format("{}.{}", node.name, input);
    const std::string real = add("Cast", node.name, {node.input(input)}, name + ".real", {{"to", to_float()}});
    return zero == 0 ? real : add("Sub", node.name, {real, constant(name + ".zero", {zero}, {})}, name + ".centred");
  }

  /// Weights less their zero points, one for all or one an output: along the first dimension of convolutions and
  /// transposed matrices, along the last of others.
  std::string centred_weights(const Node& node, std::size_t input, std::size_t zero_index, bool outputs_first) {
    const Tensor* weights = graph_.constant(node, input);
    if (weights == nullptr) {
      graph_.refuse(node, fmt::format("its weights '{}' are no initialiser", node.input(input)));
    }
    const Numbers zeros = parameter(node, zero_index, "weights' zero point");
    const std::string name = node.name + ".weights";
    const std::string real = add("Cast", node.name, {node.input(input)}, name + ".real", {{"to", to_float()}});
    if (std::all_of(zeros.begin(), zeros.end(), [](double zero) { return zero == 0; })) {
      return real;
    }
    Dims dims = {static_cast<std::int64_t>(zeros.size())};
    if (outputs_first) {
      dims.resize(weights->dims().size(), 1);
    }
    return add("Sub", node.name, {real, constant(name + ".zero", zeros, dims)}, name + ".centred");
  }

  /// Scale of the accumulators over that of the output, one or one an output; a shape that spreads along channels.
  std::string quotient(const Node& node, std::size_t input_scale, std::size_t weight_scale, double output_scale,
                       bool is_map) {
    const double input = number(node, input_scale, "scale");
    Numbers scales = parameter(node, weight_scale, "weights' scale");
    for (double& scale : scales) {
      scale = input * scale / output_scale;
    }
    Dims dims = {static_cast<std::int64_t>(scales.size())};
    if (is_map) {
      dims.insert(dims.end(), 2, 1);
    }
    return constant(node.name + ".scale", std::move(scales), std::move(dims));
  }

  void quantise(const Node& node, const std::string& value, std::size_t scale, std::size_t zero) {
    std::vector<std::string> inputs{value, node.input(scale), node.input(zero)};
    add("QuantizeLinear", node.name, std::move(inputs), node.outputs.at(0));
  }

  /// (x - zx) * (w - zw), + bias, times sx sw / sy, rounded, + zy.
  void quantised_layer(const Node& node, const std::string& op, std::size_t bias) {
    require_output(node);
    const bool is_map = op == "Conv";
    std::vector<std::string> inputs{centred(node, 0, 2), centred_weights(node, 3, 5, is_map)};
    if (!node.input(bias).empty() && is_map) {
      inputs.push_back(node.input(bias));
    }
    const std::string sum = add(op, node.name, std::move(inputs), node.name + ".sum", node.attributes);
    const double scale = number(node, 6, "output's scale");
    require_positive(node, scale);
    const std::string scaled = add("Mul", node.name, {sum, quotient(node, 1, 4, scale, is_map)}, node.name + ".scaled");
    requantise(node, scaled, 7);
  }

  void quantised_gemm(const Node& node) {
    require_output(node);
    const bool transposed = graph_.integer(node, "transB", 0) != 0;
    std::vector<std::string> inputs{centred(node, 0, 2), centred_weights(node, 3, 5, transposed)};
    if (!node.input(6).empty()) {
      inputs.push_back(node.input(6));
    }
    if (graph_.number(node, "alpha", 1.0) != 1.0) {
      graph_.refuse(node, "alpha is not 1");
    }
    const std::string sum = add("Gemm", node.name, std::move(inputs), node.name + ".sum", node.attributes);
    if (node.input(7).empty()) {  // a real output
      add("Mul", node.name, {sum, quotient(node, 1, 4, 1.0, false)}, node.outputs[0]);
      return;
    }
    const double scale = number(node, 7, "output's scale");
    require_positive(node, scale);
    const std::string scaled = add("Mul", node.name, {sum, quotient(node, 1, 4, scale, false)}, node.name + ".scaled");
    requantise(node, scaled, 8);
  }

  /// QuantizeLinear with the scale 1: it has been divided by.
  void requantise(const Node& node, const std::string& scaled, std::size_t zero) {
    const std::string one = constant(node.name + ".one", {1.0}, {});
    add("QuantizeLinear", node.name, {scaled, one, node.input(zero)}, node.outputs[0]);
  }

  void integer_layer(const Node& node, const std::string& op) {
    require_output(node);
    std::vector<std::string> inputs{centred(node, 0, 2), centred_weights(node, 1, 3, op == "Conv")};
    add(op, node.name, std::move(inputs), node.outputs[0], node.attributes);
  }

  std::string real(const Node& node, std::size_t input) {
    return add("DequantizeLinear", node.name, {node.input(input), node.input(input + 1), node.input(input + 2)},
               fmt::format("{}.{}.real", node.name, input));
  }

  void quantised_sum(const Node& node) {
    require_output(node);
    quantise(node, add("Add", node.name, {real(node, 0), real(node, 3)}, node.name + ".sum"), 6, 7);
  }

  void quantised_mean(const Node& node) {
    require_output(node);
    if (graph_.integer(node, "channels_last", 0) != 0) {
      graph_.refuse(node, "stands on a map with its channels last; expected channels_last = 0");
    }
    quantise(node, add("GlobalAveragePool", node.name, {real(node, 0)}, node.name + ".mean"), 3, 4);
  }

  void require_output(const Node& node) const {
    if (node.outputs.size() != 1 || node.outputs[0].empty()) {
      graph_.refuse(node, "expected one output");
    }
  }

  void require_positive(const Node& node, double scale) const {
    if (!(scale > 0)) {
      graph_.refuse(node, fmt::format("its output's scale is {}; expected a positive number", scale));
    }
  }

  Graph& graph_;
  std::vector<Node> result_;
};

}  // namespace

void expand_quantised_operators(Graph& graph) {
  Expansion(graph).run();
}

}  // namespace spinvp::network::onnx
