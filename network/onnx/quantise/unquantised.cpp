#include "network/onnx/quantise/unquantised.h"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace spinvp::network::onnx {
namespace {

bool is_any(const std::string& op, const std::set<std::string>& ops) {
  return ops.count(op) != 0;
}

bool is_layer(const Node& node) {
  static const std::set<std::string> layers{"Conv", "Gemm", "MatMul"};
  return node.domain.empty() && is_any(node.op, layers);
}

/// Gives few values whatever comes in.
bool rounds(const Node& node) {
  static const std::set<std::string> quantisers{
      "Quant", "IntQuant",    "BipolarQuant", "Trunc", "MultiThreshold", "QuantizeLinear", "DequantizeLinear",
      "Round", "Floor",       "Ceil",         "Sign",  "Where",          "Greater",        "GreaterOrEqual",
      "Less",  "LessOrEqual", "Not",          "Equal"};
  return is_any(node.op, quantisers);
}

/// Moves numbers or takes means of them: levels stay levels.
bool passes_levels(const Node& node) {
  static const std::set<std::string> operators{
      "MaxPool", "Flatten",     "Reshape",           "Squeeze",       "Unsqueeze",  "Transpose", "Identity", "Dropout",
      "Pad",     "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "ReduceMean", "Slice",     "Cast"};
  return is_any(node.op, operators);
}

bool is_arithmetic(const Node& node) {
  static const std::set<std::string> operators{"Add", "Sub", "Mul", "Div"};
  return is_any(node.op, operators);
}

class Search {
 public:
  explicit Search(const Graph& graph) : graph_(graph) {
    for (const Node& node : graph.nodes) {
      for (const std::string& output : node.outputs) {
        producers_[output] = &node;
      }
    }
  }

  std::vector<std::string> run() {
    for (const Node& node : graph_.nodes) {
      const std::vector<std::string> data = data_inputs(node);
      if (is_layer(node) && data.size() == 1) {
        want(missing_before(data[0]));
      }
      if (data.size() == 2 && is_arithmetic(node)) {
        for (const std::string& operand : data) {
          if (!is_layer_sum(operand)) {
            want(missing_before(operand));
          }
        }
      }
    }
    std::vector<std::string> ordered;
    for (const Node& node : graph_.nodes) {
      if (!node.outputs.empty() && wanted_.count(node.outputs[0]) != 0) {
        ordered.push_back(node.outputs[0]);
      }
    }
    return ordered;
  }

 private:
  std::vector<std::string> data_inputs(const Node& node) const {
    std::vector<std::string> data;
    for (const std::string& input : node.inputs) {
      if (!input.empty() && graph_.constants.count(input) == 0) {
        data.push_back(input);
      }
    }
    return data;
  }

  const Node* producer(const std::string& value) const {
    const auto found = producers_.find(value);
    return found == producers_.end() ? nullptr : found->second;
  }

  /// The same number for all elements on the other side.
  bool has_one_number(const Node& node) const {
    return std::all_of(node.inputs.begin(), node.inputs.end(), [&](const std::string& input) {
      const auto constant = graph_.constants.find(input);
      return constant == graph_.constants.end() || constant->second.size() == 1;
    });
  }

  /// The value that must be rounded so that this one has levels; empty when it has.
  std::string missing_before(const std::string& value) const {
    const Node* node = producer(value);
    if (node == nullptr || rounds(*node)) {
      return {};
    }
    const std::vector<std::string> data = data_inputs(*node);
    if (is_layer(*node) || data.size() != 1) {
      return value;
    }
    const std::string missing = missing_before(data[0]);
    const bool moves_only = passes_levels(*node) || (is_arithmetic(*node) && has_one_number(*node));
    return moves_only || missing.empty() ? missing : value;
  }

  /// Sums of a layer, scaled and shifted: additions can take them as they are.
  bool is_layer_sum(const std::string& value) const {
    const Node* node = producer(value);
    if (node == nullptr) {
      return false;
    }
    if (is_layer(*node)) {
      return true;
    }
    const std::vector<std::string> data = data_inputs(*node);
    const bool is_affine = is_arithmetic(*node) || node->op == "BatchNormalization" || node->op == "Identity";
    return is_affine && std::all_of(data.begin(), data.end(), [&](const std::string& input) {
             return is_layer_sum(input) || (data.size() == 2 && missing_before(input).empty());
           });
  }

  void want(const std::string& value) {
    if (!value.empty()) {
      wanted_.insert(value);
    }
  }

  const Graph& graph_;
  std::unordered_map<std::string, const Node*> producers_;
  std::set<std::string> wanted_;
};

}  // namespace

bool is_layer_with_weights(const Graph& graph, const Node& node) {
  const Tensor* weights = graph.constant(node, 1);
  return is_layer(node) && weights != nullptr && weights->dims().size() >= 2 && weights->size() > 0;
}

std::size_t output_axis(const Graph& graph, const Node& node) {
  const bool first = node.op == "Conv" || (node.op == "Gemm" && graph.integer(node, "transB", 0) != 0);
  return first ? 0 : 1;
}

std::vector<std::string> unquantised_values(const Graph& graph) {
  return Search(graph).run();
}

}  // namespace spinvp::network::onnx
