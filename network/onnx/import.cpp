#include "network/onnx/import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <optional>
#include <set>

#include "network/onnx/elementwise.h"
#include "network/onnx/layer_draft.h"
#include "network/onnx/layer_nodes.h"
#include "network/onnx/order.h"
#include "network/onnx/parse.h"

namespace spinvp::network {
namespace onnx {
namespace {

constexpr std::int64_t most_pixels_a_side = 65535;
constexpr std::size_t most_elements = std::size_t{1} << 26;

/// Walks the graph from image to scores, one node at a time, and closes a layer where the next one starts.
class Importer {
 public:
  explicit Importer(const Graph& graph) : graph_(graph) {}

  IntegerGraph run() {
    const std::vector<const Node*> order = topological_order(graph_);
    read_input();
    for (const Node* node : order) {
      visit(*node);
    }
    if (!draft_) {
      graph_.refuse("holds no layer: no Conv, Gemm or MatMul");
    }
    finish_last_layer(graph_, *draft_);
    draft_->layer.source = static_cast<int>(result_.layers.size()) - 1;
    result_.layers.push_back(std::move(draft_->layer));
    validate(result_);
    return std::move(result_);
  }

 private:
  void read_input();
  void visit(const Node& node);
  void require_chain(const Node& node);
  void start_layer(const Node& node);
  void add_pooling(const Node& node);
  void add_elementwise(const Node& node);
  void scale_image(const Node& node);
  void flatten(const Node& node);
  void require_moderate(const Node& node) const;
  [[noreturn]] void refuse_operator(const Node& node) const;

  const Graph& graph_;
  IntegerGraph result_;
  std::string value_;      ///< name of the value that the next node reads
  std::string writer_;     ///< what computed it, for messages
  MapView map_;            ///< its shape
  Activation activation_;  ///< levels that enter the layer being drafted, or the next one
  std::optional<LayerDraft> draft_;
  bool is_float_ = false;  ///< the image has been cast
};

void Importer::read_input() {
  if (graph_.inputs.size() != 1 || graph_.outputs.size() != 1) {
    graph_.refuse(fmt::format("has {} inputs and {} outputs; expected one image and one output of scores",
                              graph_.inputs.size(), graph_.outputs.size()));
  }
  const ValueInfo& input = graph_.inputs[0];
  if (input.type != ElementType::Uint8) {
    graph_.refuse(
        fmt::format("input '{}' is {}; accepted now: a uint8 image [N, channels, height, width] that the graph "
                    "itself makes real with Cast (to float) and Mul (by 1/255)",
                    input.name, to_string(input.type)));
  }
  const std::size_t rank = input.dims.size();
  bool known = rank == 4 || rank == 2;
  for (std::size_t axis = 1; axis < rank; ++axis) {
    known = known && input.dims[axis] >= 1 && input.dims[axis] <= most_pixels_a_side;
  }
  if (!known) {
    graph_.refuse(
        fmt::format("input '{}' has the shape [{}]; expected [N, channels, height, width] or [N, features] with "
                    "known sizes from 1 to {}",
                    input.name, fmt::join(input.dims, ", "), most_pixels_a_side));
  }
  const auto size = [&](std::size_t axis) { return static_cast<int>(input.dims[axis]); };
  map_.shape = rank == 4 ? Shape{size(2), size(3), size(1)} : Shape{1, 1, size(1)};
  map_.flat = rank == 2;
  if (map_.shape.elements() > most_elements) {
    graph_.refuse(fmt::format("input '{}' has {} elements; at most {} can be run", input.name, map_.shape.elements(),
                              most_elements));
  }
  value_ = input.name;
  writer_ = "the graph's input";
  result_.name = graph_.name.empty() ? "network" : graph_.name;
  result_.input = map_.shape;
  result_.input_bits = activation_.bits;
}

void Importer::visit(const Node& node) {
  require_chain(node);
  if (node.op == "Conv" || node.op == "Gemm" || node.op == "MatMul") {
    start_layer(node);
  } else if (is_pooling(node.op)) {
    add_pooling(node);
  } else if (is_elementwise(node.op)) {
    draft_ ? add_elementwise(node) : scale_image(node);
  } else if (node.op == "Flatten" || node.op == "Reshape") {
    flatten(node);
  } else if (node.op == "Dropout") {
    const Tensor* training = graph_.constant(node, 2);
    if (!node.input(2).empty() && (training == nullptr || training->values != std::vector<double>{0.0})) {
      graph_.refuse(node, "is in training mode; export the model for inference");
    }
  } else if (node.op != "Identity") {
    refuse_operator(node);
  }
  require_moderate(node);
  value_ = node.outputs[0];
  writer_ = fmt::format("node '{}'", node.name);
}

/// The value computed last must be read by this node, on its data input, and by no other.
void Importer::require_chain(const Node& node) {
  if (node.outputs.empty() || node.outputs[0].empty()) {
    graph_.refuse(node, "has no output");
  }
  std::size_t readings = 0;
  std::size_t computed = 0;
  std::string other;
  for (const std::string& input : node.inputs) {
    if (input == value_) {
      ++readings;
    } else if (!input.empty() && graph_.constants.count(input) == 0) {
      ++computed;
      other = input;
    }
  }
  if (readings == 1 && computed == 0) {
    const bool either_side = node.op == "Add" || node.op == "Sub" || node.op == "Mul" || node.op == "Div";
    if (node.inputs[0] != value_ && !either_side) {
      graph_.refuse(node, fmt::format("reads '{}' as a parameter; its parameters must be constants", value_));
    }
    return;
  }
  if (readings + computed == 0) {
    graph_.refuse(node, "works on constants only; fold it into an initialiser before export");
  }
  if (readings == 2 || (readings == 1 && computed == 1)) {
    graph_.refuse(node,
                  "joins two computed feature maps (a residual connection or a gate); only a plain chain of layers "
                  "can be run now");
  }
  graph_.refuse(node, fmt::format("reads '{}', which another node reads as well, or which is a second output; only a "
                                  "plain chain of layers can be run now",
                                  other.empty() ? value_ : other));
}

void Importer::require_moderate(const Node& node) const {
  if (map_.shape.elements() > most_elements) {
    graph_.refuse(
        node, fmt::format("its output has {} elements; at most {} can be run", map_.shape.elements(), most_elements));
  }
}

void Importer::start_layer(const Node& node) {
  if (draft_) {
    activation_ = finish_hidden_layer(graph_, *draft_, activation_);
    draft_->layer.source = static_cast<int>(result_.layers.size()) - 1;
    result_.layers.push_back(std::move(draft_->layer));
  } else if (!is_float_) {
    graph_.refuse(node, "reads the uint8 image directly; expected Cast (to float) before it");
  }
  draft_ = node.op == "Conv" ? read_convolution(graph_, node, map_, activation_.bits)
                             : read_fully_connected(graph_, node, map_, activation_.bits);
  map_ = MapView{draft_->layer.output, node.op != "Conv"};
}

void Importer::add_pooling(const Node& node) {
  if (!draft_) {
    graph_.refuse(node, "pools the image itself; expected a layer (Conv, Gemm or MatMul) before it");
  }
  if (draft_->pool) {
    graph_.refuse(node,
                  fmt::format("is the second pooling after layer '{}' (the first is '{}'); one a layer can be run",
                              draft_->node->name, draft_->pool->node->name));
  }
  const Pooling pooling = read_pooling(graph_, node, map_);
  draft_->pool = LayerDraft::PoolingNode{&node, pooling, draft_->chain.size()};
  map_.shape.height = (map_.shape.height - pooling.kernel_height) / pooling.stride_y + 1;
  map_.shape.width = (map_.shape.width - pooling.kernel_width) / pooling.stride_x + 1;
  draft_->layer.output = map_.shape;
}

void Importer::add_elementwise(const Node& node) {
  for (ScalarOp& op : read_elementwise(graph_, node, value_, map_)) {
    draft_->chain.push_back(std::move(op));
  }
}

/// Before the first layer: bytes become step * level.
void Importer::scale_image(const Node& node) {
  const ScalarChain chain = read_elementwise(graph_, node, value_, map_);
  is_float_ = is_float_ || (node.op == "Cast" && chain.empty());
  if (!is_float_) {
    graph_.refuse(node, "works on the uint8 image; expected Cast (to float) first");
  }
  for (const ScalarOp& op : chain) {
    const std::optional<double> factor = op.positive_scale();
    if (!factor && !op.is_neutral()) {
      graph_.refuse(node,
                    "stands before the first layer, where only a multiplication by one positive number can stand; "
                    "fold offsets and normalisation into what follows the first layer");
    }
    activation_.step = op.apply(0, activation_.step);
  }
}

void Importer::flatten(const Node& node) {
  if (node.op == "Flatten") {
    const std::int64_t axis = graph_.integer(node, "axis", 1);
    if (axis != 1 && !(axis == -3 && !map_.flat) && !(axis == -1 && map_.flat)) {
      graph_.refuse(node, fmt::format("axis is {}; expected 1, everything but the images", axis));
    }
  } else {
    const Tensor* shape = graph_.constant(node, 1);
    const auto features = static_cast<double>(map_.shape.elements());
    const bool is_flatten = shape != nullptr && shape->values.size() == 2 &&
                            ((shape->values[1] == features && shape->values[0] <= 1 && shape->values[0] >= -1) ||
                             (shape->values[1] == -1 && (shape->values[0] == 0 || shape->values[0] == 1)));
    if (!is_flatten || graph_.integer(node, "allowzero", 0) != 0) {
      graph_.refuse(node,
                    fmt::format("expected a constant shape that flattens each image: [0, -1] or [-1, {}]", features));
    }
  }
  map_.flat = true;
}

void Importer::refuse_operator(const Node& node) const {
  static const std::map<std::string, const char*> hints{
      {"Softmax", "remove it: scores are compared as they are"},
      {"LogSoftmax", "remove it: scores are compared as they are"},
      {"ArgMax", "remove it: the largest score is picked for you"},
      {"Transpose", "expected maps as [N, channels, height, width] throughout"},
      {"Sign", "write a binary activation as Clip(0, 1), Round"},
      {"QuantizeLinear", "write quantisers as Clip, Mul, Round, Mul, and weights as float tensors of their levels"},
      {"DequantizeLinear", "write quantisers as Clip, Mul, Round, Mul, and weights as float tensors of their levels"},
      {"Concat", "only a plain chain of layers can be run now"},
      {"ConvTranspose", "only Conv, Gemm and MatMul layers can be run"},
      {"Pad", "write the padding as the pads of the Conv behind it"},
  };
  const auto hint = hints.find(node.op);
  graph_.refuse(node,
                fmt::format("this operator cannot be run{}{}; accepted: Conv, Gemm, MatMul, MaxPool, AveragePool, "
                            "GlobalMaxPool, GlobalAveragePool, BatchNormalization, Add, Sub, Mul, Div, Clip, Relu, "
                            "Round, Floor, Ceil, Cast, Flatten, Reshape, Identity, Dropout",
                            hint == hints.end() ? "" : "; ", hint == hints.end() ? "" : hint->second));
}

}  // namespace
}  // namespace onnx

IntegerGraph import_onnx(const std::string& path) {
  const onnx::Graph graph = onnx::parse(path);
  return onnx::Importer(graph).run();
}

IntegerGraph import_onnx_bytes(const std::string& bytes, const std::string& file) {
  const onnx::Graph graph = onnx::parse_bytes(bytes, file);
  return onnx::Importer(graph).run();
}

}  // namespace spinvp::network
