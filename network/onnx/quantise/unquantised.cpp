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

/// Gives sums of products, as layers do.
bool is_product(const Node& node) {
  return is_layer(node) || is_any(node.op, {"ConvInteger", "MatMulInteger"});
}

/// Gives few values whatever comes in.
bool rounds(const Node& node) {
  static const std::set<std::string> quantisers{
      "Quant", "IntQuant",    "BipolarQuant", "Trunc", "MultiThreshold", "QuantizeLinear", "DequantizeLinear",
      "Round", "Floor",       "Ceil",         "Sign",  "Where",          "Greater",        "GreaterOrEqual",
      "Less",  "LessOrEqual", "Not",          "Equal", "QLinearConv",    "QLinearMatMul"};
  return is_any(node.op, quantisers);
}

/// Moves numbers or takes means of them: levels stay levels.
bool passes_levels(const Node& node) {
  static const std::set<std::string> operators{
      "MaxPool", "Flatten",     "Reshape",           "Squeeze",       "Unsqueeze",  "Transpose", "Identity", "Dropout",
      "Pad",     "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "ReduceMean", "Slice",     "Cast"};
  return is_any(node.op, operators);
}

/// Levels at equal distances stay so: what bounds cut off is merged into the last level.
bool cuts_levels(const Node& node) {
  return is_any(node.op, {"Relu", "Clip", "Min", "Max"});
}

bool is_arithmetic(const Node& node) {
  static const std::set<std::string> operators{"Add", "Sub", "Mul", "Div"};
  return is_any(node.op, operators);
}

/// One pass over the nodes in their order says of each value what it is made of, a second one what its readers need.
class Search {
 public:
  explicit Search(const Graph& graph) : graph_(graph) {
    for (const ValueInfo& input : graph.inputs) {
      values_[input.name].is_image = true;
    }
    for (const Node& node : graph.nodes) {
      const std::vector<std::string> data = data_inputs(node);
      for (const std::string& input : data) {
        values_[input].readers.push_back(&node);
      }
      for (const std::string& output : node.outputs) {
        describe(node, data, output);
      }
    }
  }

  std::vector<std::string> run() {
    for (const Node& node : graph_.nodes) {
      const std::vector<std::string> data = data_inputs(node);
      if (is_layer(node) && data.size() == 1) {
        want(data[0]);
      }
      if (is_sum_of_maps(node)) {
        want_operands(data);
      }
    }
    for (const auto& [name, value] : values_) {
      if (is_fork(value)) {
        want(name);
      }
    }
    std::vector<std::string> ordered;
    for (const Node& node : graph_.nodes) {
      for (const std::string& output : node.outputs) {
        if (wanted_.count(output) != 0) {
          ordered.push_back(output);
        }
      }
    }
    return ordered;
  }

 private:
  struct MapValue {
    std::string missing;        ///< the value that must be rounded so that this one has levels; empty when it has
    bool is_image = false;      ///< the image, scaled and shifted
    bool is_layer_sum = false;  ///< sums of a layer, scaled and shifted: additions can take them as they are
    std::vector<const Node*> readers;
  };

  /// Computed inputs that stand for maps; what is behind the first input of a reshape or a window describes it.
  std::vector<std::string> data_inputs(const Node& node) const {
    std::vector<std::string> data;
    const std::size_t most = passes_levels(node) || is_product(node) ? 1 : node.inputs.size();
    for (std::size_t i = 0; i < std::min(most, node.inputs.size()); ++i) {
      if (!node.inputs[i].empty() && graph_.constants.count(node.inputs[i]) == 0 && node.op != "Shape") {
        data.push_back(node.inputs[i]);
      }
    }
    return data;
  }

  void describe(const Node& node, const std::vector<std::string>& data, const std::string& output) {
    MapValue made;
    if (is_product(node)) {
      made.missing = output;
      made.is_layer_sum = true;
    } else if (data.size() != 1) {
      made.missing = rounds(node) || data.empty() ? "" : output;
    } else {
      const MapValue& read = values_[data[0]];
      const bool moves_only = passes_levels(node) || (is_arithmetic(node) && has_one_number(node));
      const bool is_affine = is_arithmetic(node) || node.op == "BatchNormalization" || node.op == "Identity";
      const bool keeps_levels = moves_only || cuts_levels(node) || (is_affine && read.is_image);
      made.missing = rounds(node) ? "" : moves_only ? read.missing : keeps_levels && read.missing.empty() ? "" : output;
      made.is_image = read.is_image && (moves_only || is_affine);
      made.is_layer_sum = read.is_layer_sum && is_affine;
    }
    made.readers = std::move(values_[output].readers);
    values_[output] = std::move(made);
  }

  bool is_sum_of_maps(const Node& node) const {
    return (is_arithmetic(node) || node.op == "Sum") && data_inputs(node).size() == 2;
  }

  /// Read more than once, and not by sums alone: then readers need levels.
  bool is_fork(const MapValue& value) const {
    return value.readers.size() > 1 && !std::all_of(value.readers.begin(), value.readers.end(),
                                                    [&](const Node* reader) { return is_sum_of_maps(*reader); });
  }

  void want_operands(const std::vector<std::string>& data) {
    bool any_has_room = false;  // for the other one to be added to it
    for (const std::string& operand : data) {
      const MapValue& value = values_.at(operand);
      if (!value.is_layer_sum) {
        want(operand);
      }
      any_has_room = any_has_room || !value.is_layer_sum || value.readers.size() == 1;
    }
    if (!any_has_room) {
      want(data[0]);
    }
  }

  /// The same number for all elements on the other side.
  bool has_one_number(const Node& node) const {
    return std::all_of(node.inputs.begin(), node.inputs.end(), [&](const std::string& input) {
      const auto constant = graph_.constants.find(input);
      if (constant == graph_.constants.end()) {
        return true;
      }
      const Tensor& numbers = constant->second;
      bool equal = true;
      for (std::size_t i = 1; equal && i < numbers.size(); ++i) {
        equal = numbers[i] == numbers[0];
      }
      return equal;
    });
  }

  void want(const std::string& value) {
    const std::string& missing = values_.at(value).missing;
    if (!missing.empty()) {
      wanted_.insert(missing);
    }
  }

  const Graph& graph_;
  std::unordered_map<std::string, MapValue> values_;
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

std::set<std::string> padded_values(const Graph& graph) {
  std::set<std::string> padded;
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    if (node->inputs.empty() || node->outputs.empty() || node->outputs[0].empty()) {
      continue;
    }
    const std::vector<std::int64_t> pads = graph.integers(*node, "pads", {});
    const bool pads_itself = node->op != "MaxPool" &&  // which ignores padding
                             (std::any_of(pads.begin(), pads.end(), [](std::int64_t pad) { return pad != 0; }) ||
                              graph.text(*node, "auto_pad", "NOTSET").rfind("SAME", 0) == 0);
    if (node->op == "Pad" || pads_itself || (passes_levels(*node) && padded.count(node->outputs[0]) != 0)) {
      padded.insert(node->inputs[0]);
    }
  }
  return padded;
}

std::vector<std::string> unquantised_values(const Graph& graph) {
  return Search(graph).run();
}

}  // namespace spinvp::network::onnx
