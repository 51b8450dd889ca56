#include "network/onnx/recognise/recognise.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "network/onnx/constants/constants.h"
#include "network/onnx/draft/map_view.h"
#include "network/onnx/model/refusals.h"
#include "network/onnx/recognise/draft_builder.h"
#include "network/onnx/recognise/elementwise.h"
#include "network/onnx/recognise/input.h"
#include "network/onnx/recognise/layer_nodes.h"
#include "network/onnx/recognise/selection.h"

namespace spinvp::network::onnx {
namespace {

template <std::size_t Size>
bool is_one_of(const std::string& op, const std::array<const char*, Size>& ops) {
  return std::any_of(ops.begin(), ops.end(), [&](const char* known) { return op == known; });
}

bool is_layer(const std::string& op) {
  return op == "Conv" || op == "Gemm" || op == "MatMul";
}

bool is_reshape(const std::string& op) {
  return is_one_of(op, std::array<const char*, 4>{"Flatten", "Reshape", "Squeeze", "Unsqueeze"});
}

class Recogniser {
 public:
  Recogniser(Graph& graph, const std::vector<const Node*>& order, const std::optional<InputScaling>& scaling)
      : graph_(graph), order_(order), folder_(graph), builder_(graph, graph.name.empty() ? "network" : graph.name) {
    count_readers();
    const GraphInput input = read_input(graph, order, scaling);
    input_shape_ = input.map.shape;
    needs_cast_ = input.is_bytes;
    values_[graph.inputs[0].name] = builder_.image(input.map, input.scaling);
  }

  DraftGraph run() {
    const Node* last = nullptr;
    for (const Node* node : order_) {
      if (folder_.fold(*node) || fold_shape(*node) || extend_selection(*node)) {
        continue;
      }
      Stream stream = visit(*node);
      require_moderate(graph_, *node, stream.map.shape);
      if (readers_[node->outputs[0]] > 1) {
        builder_.close(stream);
      }
      values_[node->outputs[0]] = std::move(stream);
      last = node;
    }
    DraftGraph result = builder_.finish(*last, output(*last));
    result.input = input_shape_;
    return result;
  }

 private:
  void count_readers() {
    for (const Node* node : order_) {
      for (const std::string& input : node->inputs) {
        ++readers_[input];
      }
    }
    for (const ValueInfo& value : graph_.outputs) {
      ++readers_[value.name];
    }
  }

  /// The scores' stream. A chip gives them pixel by pixel, so that only one pixel, one channel or channels last have
  /// the model's order.
  Stream output(const Node& last) {
    const std::string& name = graph_.outputs[0].name;
    const auto selection = selections_.find(name);
    if (selection != selections_.end()) {
      materialise(*selection->second.last, name);
    }
    const auto found = values_.find(name);
    if (found == values_.end()) {
      graph_.refuse(last, fmt::format("the graph's output '{}' does not depend on the image", name));
    }
    const MapView& map = found->second.map;
    if (!map.is_one_pixel() && map.shape.channels > 1 && !map.channels_last) {
      graph_.refuse(last,
                    fmt::format("ends the network with a map of {} x {} pixels and {} channels; expected one score "
                                "a class, from a Gemm, a MatMul or a global pooling",
                                map.shape.height, map.shape.width, map.shape.channels));
    }
    return found->second;
  }

  bool fold_shape(const Node& node);
  bool extend_selection(const Node& node);
  Stream materialise(const Node& reader, const std::string& name);
  std::vector<Stream> data_inputs(const Node& node);
  Stream visit(const Node& node);
  Stream start_layer(const Node& node, Stream input);
  Stream pool(const Node& node, const Stream& input);
  Stream reshape(const Node& node, Stream input);
  std::optional<Padding> padding_before(const Node& node) const;
  bool ends_in_softmax(const Node& node);

  /// A value that Slice and Pad nodes have made of another, until somebody reads it.
  struct PendingSelection {
    std::string source;
    Selection selection;
    const Node* last;
  };

  Graph& graph_;
  const std::vector<const Node*>& order_;
  ConstantFolder folder_;
  DraftBuilder builder_;
  Shape input_shape_;
  bool needs_cast_ = false;  ///< the image is bytes, and no Cast has made them numbers yet
  std::unordered_map<std::string, Stream> values_;
  std::unordered_map<std::string, PendingSelection> selections_;
  std::unordered_map<std::string, int> readers_;
};

/// The dimensions of a computed map are known.
bool Recogniser::fold_shape(const Node& node) {
  if (node.op != "Shape" || node.outputs.size() != 1) {
    return false;
  }
  const auto selection = selections_.find(node.input(0));
  const auto value = values_.find(node.input(0));
  if (selection == selections_.end() && value == values_.end()) {
    return false;
  }
  const std::vector<std::int64_t> all =
      selection != selections_.end() ? selection->second.selection.map().dims() : value->second.map.dims();
  const auto rank = static_cast<std::int64_t>(all.size());
  const auto bound = [&](const char* name, std::int64_t missing) {
    const std::int64_t axis = graph_.integer(node, name, missing);
    return std::clamp<std::int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
  };
  std::vector<double> dims(all.begin() + bound("start", 0),
                           all.begin() + std::max(bound("start", 0), bound("end", rank)));
  const auto count = static_cast<std::int64_t>(dims.size());
  graph_.constants.emplace(node.outputs[0], Tensor(ElementType::Int64, {count}, std::move(dims)));
  return true;
}

/// Slice and Pad of a map wait for who reads them.
bool Recogniser::extend_selection(const Node& node) {
  if ((node.op != "Slice" && node.op != "Pad") || !node.domain.empty() || node.outputs.empty()) {
    return false;
  }
  data_inputs(node);  // refuses computed parameters
  const std::string& input = node.inputs[0];
  const auto earlier = selections_.find(input);
  if (earlier != selections_.end() && readers_[input] == 1) {
    PendingSelection longer = earlier->second;
    longer.last = &node;
    if (longer.selection.add(graph_, node)) {
      selections_.insert_or_assign(node.outputs[0], std::move(longer));
      return true;
    }
  }
  if (earlier != selections_.end()) {
    materialise(*earlier->second.last, input);
  }
  Stream& source = values_.at(input);
  if (readers_[node.outputs[0]] > 1) {
    builder_.close(source);
  }
  PendingSelection fresh{input, Selection(source.map), &node};
  fresh.selection.add(graph_, node);
  require_moderate(graph_, node, fresh.selection.map().shape);
  selections_.insert_or_assign(node.outputs[0], std::move(fresh));
  return true;
}

/// Makes a layer of a selection that somebody else than a window reads.
Stream Recogniser::materialise(const Node& reader, const std::string& name) {
  const auto found = selections_.find(name);
  const PendingSelection pending = found->second;
  selections_.erase(found);
  Stream& source = values_.at(pending.source);
  LayerDraft draft = pending.selection.as_layer(graph_, *pending.last, name);
  require_moderate(graph_, reader, draft.layer.output);
  Stream stream = builder_.layer(std::move(draft), source, false);
  stream.map = pending.selection.map();
  source.open = false;
  if (readers_[name] > 1) {
    builder_.close(stream);
  }
  values_[name] = stream;
  return stream;
}

/// The computed values that a node reads.
std::vector<Stream> Recogniser::data_inputs(const Node& node) {
  if (node.outputs.empty() || node.outputs[0].empty()) {
    graph_.refuse(node, "has no output");
  }
  const bool any_side = is_elementwise(node.op);
  std::vector<Stream> streams;
  for (const std::string& input : node.inputs) {
    if (input.empty() || graph_.constants.count(input) != 0) {
      continue;
    }
    const bool windows = node.op == "Conv" || is_pooling(node.op) || node.op == "Slice" || node.op == "Pad";
    if (selections_.count(input) != 0 && !windows) {
      materialise(node, input);
    }
    const auto selection = selections_.find(input);
    const auto found = values_.find(selection != selections_.end() ? selection->second.source : input);
    if (found == values_.end()) {
      graph_.refuse(node,
                    fmt::format("reads '{}', a second output of its node; only first outputs can be read", input));
    }
    if (!streams.empty() && node.op == "Concat") {
      refuse_operator(graph_, node);
    }
    if (!any_side && (&input != &node.inputs[0] || !streams.empty())) {
      graph_.refuse(node, fmt::format("reads '{}' as a parameter; its parameters must be constants", input));
    }
    streams.push_back(found->second);
  }
  if (streams.empty()) {
    graph_.refuse(node, "works on constants only, and is no operator that is computed beforehand");
  }
  return streams;
}

Stream Recogniser::visit(const Node& node) {
  std::vector<Stream> inputs = data_inputs(node);
  if (inputs.size() > 1) {
    if (inputs.size() > 2 || (node.op != "Add" && node.op != "Sub" && node.op != "Sum") || !node.domain.empty()) {
      graph_.refuse(node, "joins two computed feature maps (a gate); only sums and differences of two can be run");
    }
    if (needs_cast_) {
      graph_.refuse(node, "reads the uint8 image directly; expected Cast (to float) before it");
    }
    return builder_.join(node, std::move(inputs[0]), std::move(inputs[1]));
  }
  Stream& input = inputs[0];
  if (needs_cast_ && node.op == "Cast") {
    needs_cast_ = false;
  } else if (needs_cast_ && node.op != "DequantizeLinear" && node.op != "Transpose" && !is_reshape(node.op)) {
    graph_.refuse(node, "reads the uint8 image directly; expected Cast (to float) before it");
  }
  if (is_layer(node.op) && node.domain.empty()) {
    return start_layer(node, std::move(input));
  }
  if (is_pooling(node.op) && node.domain.empty()) {
    return pool(node, input);
  }
  if (is_elementwise(node.op)) {
    const auto data = std::find_if(node.inputs.begin(), node.inputs.end(),
                                   [&](const std::string& name) { return graph_.constants.count(name) == 0; });
    return builder_.elementwise(read_elementwise(graph_, node, *data, input.map), std::move(input));
  }
  if (is_reshape(node.op) && node.domain.empty()) {
    return reshape(node, std::move(input));
  }
  if (node.op == "Transpose" && node.domain.empty()) {
    input.map = read_transpose(graph_, node, input.map);
    return input;
  }
  if (node.op == "Dropout") {
    const Tensor* training = graph_.constant(node, 2);
    if (!node.input(2).empty() && (training == nullptr || training->values() != std::vector<double>{0.0})) {
      graph_.refuse(node, "is in training mode; export the model for inference");
    }
  } else if (node.op != "Identity" && !ends_in_softmax(node)) {
    refuse_operator(graph_, node);
  }
  return std::move(input);
}

/// Padding that stands before a window node and nothing else.
std::optional<Padding> Recogniser::padding_before(const Node& node) const {
  const auto selection = selections_.find(node.input(0));
  return selection == selections_.end() ? std::nullopt : selection->second.selection.as_padding();
}

Stream Recogniser::start_layer(const Node& node, Stream input) {
  if (node.op != "Conv") {
    return builder_.layer(read_fully_connected(graph_, node, input.map), std::move(input), true);
  }
  const std::optional<Padding> padding = padding_before(node);
  if (selections_.count(node.input(0)) != 0 && !padding) {
    input = materialise(node, node.input(0));
  }
  return builder_.layer(read_convolution(graph_, node, input.map, padding), std::move(input), false);
}

Stream Recogniser::pool(const Node& node, const Stream& input) {
  const std::optional<Padding> padding = padding_before(node);
  Stream stream = input;
  if (selections_.count(node.input(0)) != 0 && !(padding && node.op == "MaxPool")) {
    stream = materialise(node, node.input(0));
  }
  const bool takes_up = padding && node.op == "MaxPool";
  const Pooling pooling = read_pooling(graph_, node, stream.map, takes_up ? padding : std::nullopt);
  const bool was_last = stream.map.channels_last;
  stream = builder_.pool(node, pooling, takes_up ? &*padding : nullptr, std::move(stream));
  stream.map.flat = node.op == "ReduceMean" && graph_.integer(node, "keepdims", 1) == 0;
  stream.map.channels_last = was_last;
  return stream;
}

Stream Recogniser::reshape(const Node& node, Stream input) {
  const bool is_whole_image = input.draft == image_input && readers_[graph_.inputs[0].name] == 1;
  input.map = read_reshape(graph_, node, input.map, is_whole_image);
  if (input.draft == image_input && is_whole_image) {
    input_shape_ = input.map.shape;
  }
  return input;
}

/// Softmax as the last step leaves the order of scores as it is.
bool Recogniser::ends_in_softmax(const Node& node) {
  const bool is_softmax = node.op == "Softmax" || node.op == "LogSoftmax";
  if (!is_softmax || node.outputs[0] != graph_.outputs[0].name) {
    return false;
  }
  builder_.note(
      fmt::format("node '{}' ({}) at the end is left out: it does not change the order of scores", node.name, node.op));
  return true;
}

}  // namespace

DraftGraph recognise(Graph& graph, const std::vector<const Node*>& order, const std::optional<InputScaling>& scaling) {
  return Recogniser(graph, order, scaling).run();
}

}  // namespace spinvp::network::onnx
