#include "network/onnx/recognise/selection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "network/onnx/model/parameters.h"

namespace spinvp::network::onnx {
namespace {

using Integers = std::vector<std::int64_t>;
constexpr std::int64_t most_a_side = 32767;

/// Which dimension of a map an axis is.
enum class MapAxis { Batch, Rows, Columns, Channels };

std::array<MapAxis, 4> axes_of(const MapView& map) {
  return map.channels_last ? std::array<MapAxis, 4>{MapAxis::Batch, MapAxis::Rows, MapAxis::Columns, MapAxis::Channels}
                           : std::array<MapAxis, 4>{MapAxis::Batch, MapAxis::Channels, MapAxis::Rows, MapAxis::Columns};
}

std::size_t axis_index(const Graph& graph, const Node& node, std::int64_t axis) {
  if (axis < -4 || axis > 3) {
    graph.refuse(node, fmt::format("names axis {}; a feature map has four", axis));
  }
  return static_cast<std::size_t>(axis < 0 ? axis + 4 : axis);
}

double pad_value(const Graph& graph, const Node& node) {
  if (graph.opset < 11) {
    return graph.number(node, "value", 0);
  }
  if (node.input(2).empty()) {
    return 0;
  }
  const Tensor* tensor = graph.constant(node, 2);
  if (tensor == nullptr || tensor->size() != 1) {
    graph.refuse(node, "its value is not one constant number");
  }
  return (*tensor)[0];
}

}  // namespace

Selection::Selection(const MapView& source)
    : source_(source), channels_(static_cast<std::size_t>(source.shape.channels)) {
  rows_.count = source.shape.height;
  columns_.count = source.shape.width;
  std::iota(channels_.begin(), channels_.end(), 0);
}

bool Selection::add(const Graph& graph, const Node& node) {
  if (source_.flat) {
    graph.refuse(node, "works on a flattened map; expected it before Flatten");
  }
  return node.op == "Slice" ? slice(graph, node) : pad(graph, node);
}

bool Selection::slice(const Graph& graph, const Node& node) {
  if (pads()) {
    return false;
  }
  const auto starts = read_integers(graph, node, "starts", 1).value_or(Integers{});
  const auto ends = read_integers(graph, node, "ends", 2).value_or(Integers{});
  Integers axes(starts.size());
  std::iota(axes.begin(), axes.end(), 0);
  axes = read_integers(graph, node, "axes", 3).value_or(axes);
  const auto steps = read_integers(graph, node, "steps", 4).value_or(Integers(starts.size(), 1));
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size()) {
    graph.refuse(node, "its starts, ends, axes and steps differ in number");
  }
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const MapAxis axis = axes_of(source_)[axis_index(graph, node, axes[i])];
    if (steps[i] < 1 || steps[i] > most_a_side) {
      graph.refuse(node, fmt::format("steps by {}; expected steps from 1 on", steps[i]));
    }
    const std::int64_t size = axis == MapAxis::Batch     ? 1
                              : axis == MapAxis::Rows    ? rows_.count
                              : axis == MapAxis::Columns ? columns_.count
                                                         : static_cast<std::int64_t>(channels_.size());
    const std::int64_t start = std::clamp<std::int64_t>(starts[i] < 0 ? starts[i] + size : starts[i], 0, size);
    const std::int64_t end = std::clamp<std::int64_t>(ends[i] < 0 ? ends[i] + size : ends[i], 0, size);
    if (end <= start) {
      graph.refuse(node, "leaves nothing of its input");
    }
    const auto count = static_cast<int>((end - start + steps[i] - 1) / steps[i]);
    if (axis == MapAxis::Rows || axis == MapAxis::Columns) {
      Range& range = axis == MapAxis::Rows ? rows_ : columns_;
      range = Range{range.first + static_cast<int>(start) * range.step, range.step * static_cast<int>(steps[i]), count};
    } else if (axis == MapAxis::Channels) {
      std::vector<int> picked;
      for (std::int64_t channel = start; channel < end; channel += steps[i]) {
        picked.push_back(channels_[static_cast<std::size_t>(channel)]);
      }
      channels_ = std::move(picked);
    }
  }
  return true;
}

bool Selection::pad(const Graph& graph, const Node& node) {
  if (graph.text(node, "mode", "constant") != "constant") {
    graph.refuse(node, fmt::format("pads in mode '{}'; expected constant", graph.text(node, "mode", "constant")));
  }
  const double value = pad_value(graph, node);
  if (pads() && value != padding_.value) {
    return false;
  }
  const auto amounts = read_integers(graph, node, "pads", 1).value_or(Integers{});
  Integers axes{0, 1, 2, 3};
  axes = read_integers(graph, node, "axes", 3).value_or(axes);
  if (amounts.size() != 2 * axes.size()) {
    graph.refuse(node,
                 fmt::format("its pads are [{}]; expected {} numbers", fmt::join(amounts, ", "), 2 * axes.size()));
  }
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const MapAxis axis = axes_of(source_)[axis_index(graph, node, axes[i])];
    const std::int64_t before = amounts[i];
    const std::int64_t behind = amounts[i + axes.size()];
    if (before < 0 || behind < 0 || before > most_a_side || behind > most_a_side) {
      graph.refuse(node, fmt::format("pads by {} and {}; expected 0 to {}", before, behind, most_a_side));
    }
    if (before == 0 && behind == 0) {
      continue;
    }
    if (axis == MapAxis::Batch) {
      graph.refuse(node, "adds images to the batch");
    }
    if (axis == MapAxis::Channels) {
      if (value != 0) {
        graph.refuse(node, fmt::format("fills channels with {}; expected 0", value));
      }
      channels_.insert(channels_.begin(), static_cast<std::size_t>(before), -1);
      channels_.insert(channels_.end(), static_cast<std::size_t>(behind), -1);
      continue;
    }
    (axis == MapAxis::Rows ? padding_.top : padding_.left) += static_cast<int>(before);
    (axis == MapAxis::Rows ? padding_.bottom : padding_.right) += static_cast<int>(behind);
    padding_.node = &node;
    padding_.value = value;
  }
  return true;
}

MapView Selection::map() const {
  return MapView{Shape{rows_.count + padding_.top + padding_.bottom, columns_.count + padding_.left + padding_.right,
                       static_cast<int>(channels_.size())},
                 false, source_.channels_last};
}

std::optional<Padding> Selection::as_padding() const {
  std::vector<int> same(static_cast<std::size_t>(source_.shape.channels));
  std::iota(same.begin(), same.end(), 0);
  const bool picks = rows_.count != source_.shape.height || columns_.count != source_.shape.width || channels_ != same;
  return picks || !pads() ? std::nullopt : std::optional<Padding>(padding_);
}

bool Selection::fits_convolution(const Range& range, int size) {
  return (size - range.first - 1) / range.step + 1 == range.count;
}

LayerDraft Selection::as_layer(Graph& graph, const Node& last, const std::string& name) const {
  const Shape& shape = source_.shape;
  const bool crops = !fits_convolution(rows_, shape.height) || !fits_convolution(columns_, shape.width);
  const bool shifts = rows_.first > 0 || columns_.first > 0;
  if (crops || (shifts && pads())) {
    graph.refuse(last,
                 "cuts rows or columns off the end of the map (or cuts some off and adds others); expected every "
                 "n-th row and column up to the end");
  }
  LayerDraft draft;
  draft.node = &last;
  draft.weights = name + ".selection";
  draft.pad_value = padding_.value;
  Layer& layer = draft.layer;
  layer.input = shape;
  layer.kernels = static_cast<int>(channels_.size());
  layer.kernel_height = rows_.first + 1;
  layer.kernel_width = columns_.first + 1;
  layer.stride_y = rows_.step;
  layer.stride_x = columns_.step;
  // The padding goes around the rows and columns that were picked.
  layer.pad_top = padding_.top * rows_.step;
  layer.pad_left = padding_.left * columns_.step;
  layer.pad_bottom = padding_.bottom * rows_.step;
  layer.pad_right = padding_.right * columns_.step;
  layer.convolved = map().shape;
  layer.output = layer.convolved;

  const auto height = static_cast<std::size_t>(layer.kernel_height);
  const auto width = static_cast<std::size_t>(layer.kernel_width);
  const auto inputs = static_cast<std::size_t>(shape.channels);
  draft.order = KernelOrder{channels_.size(),        Shape{layer.kernel_height, layer.kernel_width, shape.channels},
                            height * width * inputs, 1,
                            width * inputs,          inputs};
  std::string weights(channels_.size() * draft.order.kernel_stride, '\0');
  for (std::size_t kernel = 0; kernel < channels_.size(); ++kernel) {
    if (channels_[kernel] >= 0) {
      weights[(kernel + 1) * draft.order.kernel_stride - inputs + static_cast<std::size_t>(channels_[kernel])] = 1;
    }
  }
  const auto size = static_cast<std::int64_t>(weights.size());
  graph.constants.emplace(draft.weights, Tensor(ElementType::Int8, {size}, std::move(weights)));
  return draft;
}

}  // namespace spinvp::network::onnx
