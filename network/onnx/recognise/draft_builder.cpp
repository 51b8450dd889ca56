#include "network/onnx/recognise/draft_builder.h"

#include <fmt/format.h>

#include <algorithm>

namespace spinvp::network::onnx {
namespace {

/// An affine operation that is the same in all channels and keeps values apart: behind levels it only changes what they
/// stand for.
bool relabels_levels(const ScalarOp& op) {
  const std::optional<double> a = op.a.uniform();
  return op.is_affine() && a && (op.kind == ScalarOp::Kind::Add || *a != 0);
}

}  // namespace

DraftBuilder::DraftBuilder(const Graph& graph, std::string name) : graph_(graph) {
  result_.name = std::move(name);
}

Stream DraftBuilder::image(const MapView& map, ScalarChain scaling) const {
  Stream stream;
  stream.map = map;
  stream.pending = std::move(scaling);
  return stream;
}

/// Affine operations that end the draft and do more than relabel its levels wait for those who read them.
void DraftBuilder::close(Stream& stream) {
  if (!stream.open) {
    return;
  }
  result_.order.push_back(stream.draft);
  stream.open = false;
  LayerDraft& draft = draft_of(stream);
  if (draft.is_affine()) {
    return;
  }
  const auto bent =
      std::find_if(draft.chain.rbegin(), draft.chain.rend(), [](const ScalarOp& op) { return !op.is_affine(); });
  auto rest = std::find_if_not(bent.base(), draft.chain.end(), relabels_levels);
  const std::size_t position = draft.pool ? draft.pool->position : 0;
  if (rest - draft.chain.begin() < static_cast<std::ptrdiff_t>(position)) {
    rest = draft.chain.begin() + static_cast<std::ptrdiff_t>(position);
  }
  stream.pending.assign(rest, draft.chain.end());
  draft.chain.erase(rest, draft.chain.end());
}

Stream DraftBuilder::add(LayerDraft draft, const MapView& map) {
  result_.drafts.push_back(std::move(draft));
  Stream stream;
  stream.draft = static_cast<int>(result_.drafts.size()) - 1;
  stream.open = true;
  stream.map = map;
  return stream;
}

/// A layer without weights on a closed stream, as a new open draft.
Stream DraftBuilder::without_weights(const Node& node, Stream stream) {
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
  return add(std::move(draft), stream.map);
}

/// A layer once more, to make levels of what is also added on. A sum with another stream is not computed again: its
/// levels are those of the sum that was kept.
Stream DraftBuilder::again(const Stream& stream) {
  LayerDraft draft = draft_of(stream);
  draft.layer.name = unique_name(draft.layer.name);
  if (draft.residual && !draft.pool) {
    draft.residual->operand = Reading{stream.draft, {}};
    draft.residual->position = 0;
    draft.chain.clear();
    draft.bias_operations = 0;
    draft.ignores_accumulators = true;
  }
  draft.chain.insert(draft.chain.end(), stream.pending.begin(), stream.pending.end());
  return add(std::move(draft), stream.map);
}

Stream DraftBuilder::reopened(const Node& node, Stream stream) {
  const bool is_sum = !stream.open && !is_image(stream) && draft_of(stream).gives_values();
  return is_sum ? again(stream) : without_weights(node, std::move(stream));
}

/// Layers that were put in order before all that read them computed them again.
void DraftBuilder::drop_unread() {
  std::vector<bool> is_read(result_.drafts.size());
  is_read[static_cast<std::size_t>(result_.order.back())] = true;
  std::vector<int> kept;
  for (auto index = result_.order.rbegin(); index != result_.order.rend(); ++index) {
    if (!is_read[static_cast<std::size_t>(*index)]) {
      continue;
    }
    kept.push_back(*index);
    const LayerDraft& draft = result_.drafts[static_cast<std::size_t>(*index)];
    for (const int source : {draft.source.draft, draft.residual ? draft.residual->operand.draft : image_input}) {
      if (source != image_input) {
        is_read[static_cast<std::size_t>(source)] = true;
      }
    }
  }
  result_.order.assign(kept.rbegin(), kept.rend());
}

Reading DraftBuilder::as_levels(Stream& stream) {
  close(stream);
  if (!is_image(stream)) {
    draft_of(stream).is_read_as_levels = true;
  }
  return Reading{stream.draft, stream.pending};
}

Stream DraftBuilder::layer(LayerDraft draft, Stream input, bool gives_flat_map) {
  draft.layer.name = unique_name(draft.node->name);
  draft.source = as_levels(input);
  return add(draft, MapView{draft.layer.output, gives_flat_map, false});
}

Stream DraftBuilder::pool(const Node& node, const Pooling& pooling, const Padding* padding, Stream input) {
  Stream stream = std::move(input);
  if (!stream.open || draft_of(stream).pool) {
    stream = reopened(node, stream);
    if (draft_of(stream).pool) {
      stream = without_weights(node, stream);
    }
  }
  LayerDraft& draft = draft_of(stream);
  draft.pool = LayerDraft::PoolingNode{&node, pooling, draft.chain.size(), padding != nullptr ? padding->value : 0,
                                       padding != nullptr};
  Shape& shape = stream.map.shape;
  shape.height = (shape.height + pooling.pad_top + pooling.pad_bottom - pooling.kernel_height) / pooling.stride_y + 1;
  shape.width = (shape.width + pooling.pad_left + pooling.pad_right - pooling.kernel_width) / pooling.stride_x + 1;
  draft.layer.output = shape;
  return stream;
}

Stream DraftBuilder::elementwise(const ScalarChain& operations, Stream input) {
  Stream stream = std::move(input);
  for (const ScalarOp& op : operations) {
    if (stream.open && draft_of(stream).ends_in_sum_of_levels()) {
      close(stream);
    }
    if (stream.open) {
      draft_of(stream).chain.push_back(op);
      continue;
    }
    stream.pending.push_back(op);
    if (!op.is_affine()) {
      stream = reopened(*op.node, stream);
    }
  }
  return stream;
}

/// Accumulators that nothing has bent yet: a residual can be added to them.
bool DraftBuilder::can_take_residual(const Stream& stream) {
  if (!stream.open) {
    return false;
  }
  const LayerDraft& draft = draft_of(stream);
  return draft.is_affine() && !draft.residual && !draft.pool;
}

bool DraftBuilder::can_give_levels(const Stream& stream) {
  return is_image(stream) || draft_of(stream).is_read_as_levels || !draft_of(stream).is_affine();
}

/// The operand whose layer takes the other one as its residual.
Stream& DraftBuilder::main_operand(const Node& node, Stream& a, Stream& b) {
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

Reading DraftBuilder::residual_operand(const Node& node, Stream& stream) {
  if (is_image(stream)) {
    stream = without_weights(node, stream);
    draft_of(stream).is_read_as_levels = true;
  }
  close(stream);
  return Reading{stream.draft, stream.pending};
}

Stream DraftBuilder::join(const Node& node, Stream a, Stream b) {
  if (a.map.dims() != b.map.dims()) {
    const auto text = [](const MapView& map) {
      return fmt::format("{} x {} x {}", map.shape.height, map.shape.width, map.shape.channels);
    };
    graph_.refuse(node, fmt::format("joins maps of {} and {}; expected equal shapes", text(a.map), text(b.map)));
  }
  if (node.op == "Sub") {
    b = elementwise({ScalarOp{ScalarOp::Kind::Multiply, PerChannel{{-1.0}}, {}, &node}}, std::move(b));
  }
  Stream& chosen = main_operand(node, a, b);
  Stream& other = &chosen == &a ? b : a;
  Stream main = can_take_residual(chosen) ? chosen : without_weights(node, chosen);
  Reading operand = residual_operand(node, other);
  LayerDraft& draft = draft_of(main);
  draft.residual = LayerDraft::ResidualNode{&node, std::move(operand), draft.chain.size()};
  return main;
}

std::string DraftBuilder::unique_name(const std::string& wanted) {
  std::string name = wanted;
  while (!names_.insert(name).second) {
    name += '\'';
  }
  return name;
}

/// The graph's output must be what the last layer gives: accumulators, with nothing but affine steps behind them.
DraftGraph DraftBuilder::finish(const Node& last, Stream scores) {
  if (result_.drafts.empty()) {
    graph_.refuse("holds no layer: no Conv, Gemm or MatMul");
  }
  if (!scores.open || !draft_of(scores).is_affine()) {
    scores = without_weights(last, scores);
  }
  close(scores);
  drop_unread();
  return std::move(result_);
}

}  // namespace spinvp::network::onnx
