#include "network/onnx/recognise.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "network/onnx/elementwise.h"
#include "network/onnx/layer_nodes.h"
#include "network/onnx/map_view.h"
#include "network/onnx/refusals.h"

namespace spinvp::network::onnx {
namespace {

/// A value of the ONNX graph: the output of a draft, so far. While nobody else reads it the draft is open, and what
/// comes next becomes a part of it. Behind a closed draft affine operations wait for the layer that will take them up.
struct Stream {
  int draft = image_input;
  bool open = false;
  ScalarChain pending;
  MapView map;
  bool is_float = true;  ///< false for the image before its cast
};

bool only_scales(const ScalarChain& chain) {
  return std::all_of(chain.begin(), chain.end(),
                     [](const ScalarOp& op) { return op.positive_scale() || op.is_neutral(); });
}

class Recogniser {
 public:
  Recogniser(const Graph& graph, const std::vector<const Node*>& order) : graph_(graph), order_(order) {}

  DraftGraph run() {
    count_readers();
    read_input();
    for (const Node* node : order_) {
      Stream stream = visit(*node);
      require_moderate(graph_, *node, stream.map.shape);
      if (readers_[node->outputs[0]] > 1) {
        settle(*node, stream);
      }
      last_node_ = node;
      values_[node->outputs[0]] = std::move(stream);
    }
    finish();
    return std::move(result_);
  }

 private:
  void count_readers();
  void read_input();
  Stream visit(const Node& node);
  std::vector<Stream*> data_inputs(const Node& node);

  Stream start_layer(const Node& node, Stream& input);
  Stream pool(const Node& node, Stream stream);
  Stream elementwise(const Node& node, Stream stream);
  Stream join(const Node& node, Stream a, Stream b);
  Stream image_operation(const Node& node, Stream stream) const;

  LayerDraft& draft_of(const Stream& stream) { return result_.drafts[static_cast<std::size_t>(stream.draft)]; }
  bool is_image(const Stream& stream) const { return stream.draft == image_input; }
  void close(Stream& stream);
  void settle(const Node& node, Stream& stream);
  Stream without_weights(const Node& node, Stream stream);
  Reading as_levels(const Node& node, Stream& stream);
  bool can_take_residual(const Stream& stream);
  bool can_give_levels(const Stream& stream);
  Stream& main_operand(const Node& node, Stream& a, Stream& b);
  Reading residual_operand(const Node& node, Stream& stream);
  std::string unique_name(const std::string& wanted);
  void finish();

  const Graph& graph_;
  const std::vector<const Node*>& order_;
  DraftGraph result_;
  std::unordered_map<std::string, Stream> values_;
  std::unordered_map<std::string, int> readers_;
  std::set<std::string> names_;
  const Node* last_node_ = nullptr;
};

void Recogniser::count_readers() {
  for (const Node* node : order_) {
    for (const std::string& input : node->inputs) {
      ++readers_[input];
    }
  }
  for (const ValueInfo& output : graph_.outputs) {
    ++readers_[output.name];
  }
}

void Recogniser::read_input() {
  Stream image;
  image.map = read_image(graph_);
  image.is_float = false;
  result_.name = graph_.name.empty() ? "network" : graph_.name;
  result_.input = image.map.shape;
  values_[graph_.inputs[0].name] = std::move(image);
}

/// The computed values that a node reads.
std::vector<Stream*> Recogniser::data_inputs(const Node& node) {
  if (node.outputs.empty() || node.outputs[0].empty()) {
    graph_.refuse(node, "has no output");
  }
  std::vector<Stream*> streams;
  bool first = false;
  for (const std::string& input : node.inputs) {
    if (input.empty() || graph_.constants.count(input) != 0) {
      continue;
    }
    const auto found = values_.find(input);
    if (found == values_.end()) {
      graph_.refuse(node,
                    fmt::format("reads '{}', a second output of its node; only first outputs can be read", input));
    }
    first = first || &input == &node.inputs[0];
    streams.push_back(&found->second);
  }
  if (streams.empty()) {
    graph_.refuse(node, "works on constants only; fold it into an initialiser before export");
  }
  const bool either_side = node.op == "Add" || node.op == "Sub" || node.op == "Mul" || node.op == "Div";
  if (!either_side && (!first || streams.size() > 1)) {
    graph_.refuse(node, fmt::format("reads '{}' as a parameter; its parameters must be constants", node.inputs.back()));
  }
  return streams;
}

Stream Recogniser::visit(const Node& node) {
  const std::vector<Stream*> inputs = data_inputs(node);
  if (inputs.size() == 2) {
    if (node.op != "Add" && node.op != "Sub") {
      graph_.refuse(node, "joins two computed feature maps (a gate); only sums and differences of two can be run");
    }
    return join(node, *inputs[0], *inputs[1]);
  }
  Stream& input = *inputs[0];
  if (node.op == "Conv" || node.op == "Gemm" || node.op == "MatMul") {
    return start_layer(node, input);
  }
  if (is_pooling(node.op)) {
    return pool(node, input);
  }
  if (is_elementwise(node.op)) {
    return is_image(input) ? image_operation(node, input) : elementwise(node, input);
  }
  if (node.op == "Flatten" || node.op == "Reshape") {
    Stream flat = input;
    flat.map = read_flatten(graph_, node, input.map);
    return flat;
  }
  if (node.op == "Dropout") {
    const Tensor* training = graph_.constant(node, 2);
    if (!node.input(2).empty() && (training == nullptr || training->values() != std::vector<double>{0.0})) {
      graph_.refuse(node, "is in training mode; export the model for inference");
    }
  } else if (node.op != "Identity") {
    refuse_operator(graph_, node);
  }
  return input;
}

/// Nothing becomes a part of the draft any more. What stands behind its levels and is no mere scale waits for readers.
void Recogniser::close(Stream& stream) {
  if (!stream.open) {
    return;
  }
  result_.order.push_back(stream.draft);
  stream.open = false;
  LayerDraft& draft = draft_of(stream);
  if (draft.is_affine()) {
    return;
  }
  const auto is_no_scale = [](const ScalarOp& op) { return !op.positive_scale() && !op.is_neutral(); };
  const auto bent =
      std::find_if(draft.chain.rbegin(), draft.chain.rend(), [](const ScalarOp& op) { return !op.is_affine(); });
  auto rest = std::find_if(bent.base(), draft.chain.end(), is_no_scale);
  const std::size_t position = draft.pool ? draft.pool->position : 0;
  if (rest - draft.chain.begin() >= static_cast<std::ptrdiff_t>(position)) {
    stream.pending.assign(rest, draft.chain.end());
    draft.chain.erase(rest, draft.chain.end());
  }
}

/// Prepares a value that several nodes read: whatever is computed here is computed once.
void Recogniser::settle(const Node& node, Stream& stream) {
  if (!stream.open && !is_image(stream) && !only_scales(stream.pending)) {
    stream = without_weights(node, stream);
  }
  close(stream);
}

/// A layer without weights on a closed stream, as a new open draft.
Stream Recogniser::without_weights(const Node& node, Stream stream) {
  close(stream);
  LayerDraft draft;
  draft.node = &node;
  draft.layer.name = unique_name(node.name);
  draft.layer.kind = LayerKind::Elementwise;
  draft.layer.input = draft.layer.convolved = draft.layer.output = stream.map.shape;
  draft.layer.kernels = stream.map.shape.channels;
  draft.source.draft = stream.draft;
  draft.chain = std::move(stream.pending);
  if (!is_image(stream)) {
    draft_of(stream).is_read_as_levels = true;
  }
  result_.drafts.push_back(std::move(draft));
  Stream result;
  result.draft = static_cast<int>(result_.drafts.size()) - 1;
  result.open = true;
  result.map = stream.map;
  return result;
}

/// What a layer reads: levels times one positive scale.
Reading Recogniser::as_levels(const Node& node, Stream& stream) {
  close(stream);
  if (!only_scales(stream.pending)) {
    stream = without_weights(node, stream);
    close(stream);
  }
  if (!is_image(stream)) {
    draft_of(stream).is_read_as_levels = true;
  }
  return Reading{stream.draft, stream.pending};
}

Stream Recogniser::start_layer(const Node& node, Stream& input) {
  if (!input.is_float) {
    graph_.refuse(node, "reads the uint8 image directly; expected Cast (to float) before it");
  }
  LayerDraft draft =
      node.op == "Conv" ? read_convolution(graph_, node, input.map) : read_fully_connected(graph_, node, input.map);
  draft.layer.name = unique_name(node.name);
  draft.source = as_levels(node, input);
  Stream stream;
  stream.map = MapView{draft.layer.output, node.op != "Conv"};
  result_.drafts.push_back(std::move(draft));
  stream.draft = static_cast<int>(result_.drafts.size()) - 1;
  stream.open = true;
  return stream;
}

Stream Recogniser::pool(const Node& node, Stream stream) {
  if (is_image(stream)) {
    graph_.refuse(node, "pools the image itself; expected a layer (Conv, Gemm or MatMul) before it");
  }
  const Pooling pooling = read_pooling(graph_, node, stream.map);
  if (!stream.open || draft_of(stream).pool) {
    stream = without_weights(node, stream);
  }
  LayerDraft& draft = draft_of(stream);
  draft.pool = LayerDraft::PoolingNode{&node, pooling, draft.chain.size()};
  stream.map.shape.height = (stream.map.shape.height - pooling.kernel_height) / pooling.stride_y + 1;
  stream.map.shape.width = (stream.map.shape.width - pooling.kernel_width) / pooling.stride_x + 1;
  draft.layer.output = stream.map.shape;
  stream.map.flat = node.op == "ReduceMean" && graph_.integer(node, "keepdims", 1) == 0;
  return stream;
}

Stream Recogniser::elementwise(const Node& node, Stream stream) {
  const std::size_t data = graph_.constants.count(node.inputs[0]) != 0 ? 1 : 0;
  for (ScalarOp& op : read_elementwise(graph_, node, node.inputs[data], stream.map)) {
    const bool keeps_average = op.positive_scale() || op.is_neutral();
    if (stream.open && draft_of(stream).ends_in_sum_of_levels() && !keeps_average) {
      stream = without_weights(node, stream);
    }
    if (stream.open) {
      draft_of(stream).chain.push_back(std::move(op));
      continue;
    }
    const bool is_affine = op.is_affine();
    stream.pending.push_back(std::move(op));
    if (!is_affine) {
      stream = without_weights(node, stream);
    }
  }
  return stream;
}

/// Before the first layer: bytes become step * level.
Stream Recogniser::image_operation(const Node& node, Stream stream) const {
  const std::size_t data = graph_.constants.count(node.inputs[0]) != 0 ? 1 : 0;
  const ScalarChain chain = read_elementwise(graph_, node, node.inputs[data], stream.map);
  stream.is_float = stream.is_float || (node.op == "Cast" && chain.empty());
  if (!stream.is_float) {
    graph_.refuse(node, "works on the uint8 image; expected Cast (to float) first");
  }
  for (const ScalarOp& op : chain) {
    if (!op.positive_scale() && !op.is_neutral()) {
      graph_.refuse(node,
                    "stands before the first layer, where only a multiplication by one positive number can stand; "
                    "fold offsets and normalisation into what follows the first layer");
    }
    stream.pending.push_back(op);
  }
  return stream;
}

/// Accumulators that nothing has bent yet: a residual can be added to them.
bool Recogniser::can_take_residual(const Stream& stream) {
  if (!stream.open) {
    return false;
  }
  const LayerDraft& draft = draft_of(stream);
  return draft.is_affine() && !draft.residual && !draft.pool;
}

bool Recogniser::can_give_levels(const Stream& stream) {
  return is_image(stream) || draft_of(stream).is_read_as_levels || !draft_of(stream).is_affine();
}

/// The operand whose layer takes the other one as its residual.
Stream& Recogniser::main_operand(const Node& node, Stream& a, Stream& b) {
  const bool a_can = can_take_residual(a);
  const bool b_can = can_take_residual(b);
  if (a_can && b_can) {  // the larger one keeps its accumulators to itself
    return draft_of(b).layer.macs() > draft_of(a).layer.macs() ? b : a;
  }
  if (a_can || b_can) {
    return a_can ? a : b;
  }
  if (!can_give_levels(a) && !can_give_levels(b)) {
    graph_.refuse(node,
                  "joins two maps of which neither is quantised or read by this node alone; quantise one of them "
                  "before it is read twice");
  }
  return can_give_levels(a) ? a : b;
}

Reading Recogniser::residual_operand(const Node& node, Stream& stream) {
  if (is_image(stream)) {
    stream = without_weights(node, stream);
    draft_of(stream).is_read_as_levels = true;
  }
  const LayerDraft& draft = draft_of(stream);
  if (draft.residual && draft.is_affine()) {
    graph_.refuse(node, fmt::format("adds to the sum '{}', which is not quantised; one sum of two can stand before an "
                                    "activation (Clip, Mul, Round, Mul)",
                                    draft.residual->node->name));
  }
  close(stream);
  return Reading{stream.draft, stream.pending};
}

Stream Recogniser::join(const Node& node, Stream a, Stream b) {
  if (!(a.map.shape == b.map.shape) || a.map.flat != b.map.flat) {
    graph_.refuse(node, fmt::format("joins maps of {} x {} x {} and {} x {} x {}; expected equal shapes",
                                    a.map.shape.height, a.map.shape.width, a.map.shape.channels, b.map.shape.height,
                                    b.map.shape.width, b.map.shape.channels));
  }
  if (!a.is_float || !b.is_float) {
    graph_.refuse(node, "reads the uint8 image directly; expected Cast (to float) before it");
  }
  if (node.op == "Sub") {
    ScalarOp negation{ScalarOp::Kind::Multiply, PerChannel{{-1.0}}, {}, &node};
    if (b.open && draft_of(b).ends_in_sum_of_levels()) {
      b = without_weights(node, b);
    }
    (b.open ? draft_of(b).chain : b.pending).push_back(negation);
  }
  Stream& chosen = main_operand(node, a, b);
  Stream& other = &chosen == &a ? b : a;
  Stream main = can_take_residual(chosen) ? chosen : without_weights(node, chosen);
  Reading operand = residual_operand(node, other);
  LayerDraft& draft = draft_of(main);
  draft.residual = LayerDraft::ResidualNode{&node, std::move(operand), draft.chain.size()};
  return main;
}

std::string Recogniser::unique_name(const std::string& wanted) {
  std::string name = wanted;
  while (!names_.insert(name).second) {
    name += '\'';
  }
  return name;
}

/// The graph's output must be what the last layer gives: accumulators, with nothing but affine steps behind them.
void Recogniser::finish() {
  if (result_.drafts.empty()) {
    graph_.refuse("holds no layer: no Conv, Gemm or MatMul");
  }
  Stream& stream = values_.at(graph_.outputs[0].name);
  if (!stream.open || !draft_of(stream).is_affine()) {
    stream = without_weights(*last_node_, stream);
  }
  const LayerDraft& last = draft_of(stream);
  if (last.residual) {
    graph_.refuse(*last.residual->node,
                  "ends the network with a sum; expected a layer (Conv, Gemm or MatMul) behind it, or an activation");
  }
  close(stream);
}

}  // namespace

DraftGraph recognise(const Graph& graph, const std::vector<const Node*>& order) {
  return Recogniser(graph, order).run();
}

}  // namespace spinvp::network::onnx
