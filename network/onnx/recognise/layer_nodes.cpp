#include "network/onnx/recognise/layer_nodes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "network/onnx/model/parameters.h"
#include "network/onnx/recognise/window.h"

namespace spinvp::network::onnx {
namespace {

constexpr std::int64_t most_kernels = 65535;

const Tensor& weight_tensor(const Graph& graph, const Node& node, std::size_t rank) {
  const Tensor* tensor = graph.constant(node, 1);
  if (tensor == nullptr) {
    graph.refuse(node, fmt::format("its weights '{}' are no initialiser", node.input(1)));
  }
  if (tensor->dims().size() != rank || tensor->size() == 0) {
    graph.refuse(node, fmt::format("its weights have the shape [{}]; expected {} dimensions, none of them 0",
                                   fmt::join(tensor->dims(), ", "), rank));
  }
  if (!tensor->is_finite()) {
    graph.refuse(node, "one of its weights is not a finite number");
  }
  return *tensor;
}

/// Adds the node's third input, one number a kernel, to the chain.
void read_bias(const Graph& graph, const Node& node, LayerDraft& draft, double factor) {
  if (node.input(2).empty()) {
    return;
  }
  const Tensor* tensor = graph.constant(node, 2);
  const auto kernels = static_cast<std::size_t>(draft.layer.kernels);
  const bool is_row =
      tensor != nullptr && (tensor->dims().size() == 1 || (tensor->dims().size() == 2 && tensor->dims()[0] == 1));
  if (tensor == nullptr || !(tensor->size() == 1 || (is_row && tensor->size() == kernels))) {
    graph.refuse(node, fmt::format("its bias is no constant of {} numbers", kernels));
  }
  PerChannel bias{tensor->values()};
  for (double& value : bias.values) {
    value *= factor;
    if (!std::isfinite(value)) {
      graph.refuse(node, "one of its biases is not a finite number");
    }
  }
  draft.chain.push_back(ScalarOp{ScalarOp::Kind::Add, bias, {}, &node});
  draft.bias_operations = 1;
}

LayerDraft start_layer(const Graph& graph, const Node& node, LayerKind kind, const Shape& input, std::int64_t kernels) {
  if (kernels < 1 || kernels > most_kernels) {
    graph.refuse(node, fmt::format("has {} output channels; expected 1 to {}", kernels, most_kernels));
  }
  LayerDraft draft;
  draft.node = &node;
  draft.layer.kind = kind;
  draft.layer.input = input;
  draft.layer.kernels = static_cast<int>(kernels);
  draft.weights = node.input(1);
  draft.order.kernels = static_cast<std::size_t>(kernels);
  return draft;
}

std::int64_t read_groups(const Graph& graph, const Node& node, const Tensor& weights, const Shape& input) {
  const std::int64_t groups = graph.integer(node, "group", 1);
  if (groups < 1 || input.channels % groups != 0 || weights.dims()[0] % groups != 0) {
    graph.refuse(node, fmt::format("has {} groups, which do not divide its {} input channels and {} output channels",
                                   groups, input.channels, weights.dims()[0]));
  }
  if (weights.dims()[1] != input.channels / groups) {
    graph.refuse(node, fmt::format("its weights [{}] are for {} input channels{}, but its input has {}",
                                   fmt::join(weights.dims(), ", "), weights.dims()[1],
                                   groups > 1 ? fmt::format(" in each of {} groups", groups) : "", input.channels));
  }
  return groups;
}

}  // namespace

LayerDraft read_convolution(const Graph& graph, const Node& node, const MapView& input,
                            const std::optional<Padding>& padding) {
  if (input.flat || input.channels_last) {
    graph.refuse(node, input.flat
                           ? "stands on a flattened map; convolutions are run before Flatten only"
                           : "stands on a map with its channels last; expected Transpose ([0, 3, 1, 2]) before it");
  }
  const Tensor& weights = weight_tensor(graph, node, 4);
  const std::int64_t groups = read_groups(graph, node, weights, input.shape);
  LayerDraft draft = start_layer(graph, node, LayerKind::Convolution, input.shape, weights.dims()[0]);
  const Window window =
      read_window(graph, node, input.shape, KernelSize{weights.dims()[2], weights.dims()[3]}, padding);
  Layer& layer = draft.layer;
  layer.groups = static_cast<int>(groups);
  layer.kernel_height = window.kernel_height;
  layer.kernel_width = window.kernel_width;
  layer.stride_y = window.stride_y;
  layer.stride_x = window.stride_x;
  layer.pad_top = window.pad_top;
  layer.pad_left = window.pad_left;
  layer.pad_bottom = window.pad_bottom;
  layer.pad_right = window.pad_right;
  layer.dilation_y = window.dilation_y;
  layer.dilation_x = window.dilation_x;
  layer.convolved =
      Shape{window.output_height(input.shape.height), window.output_width(input.shape.width), layer.kernels};
  layer.output = layer.convolved;
  KernelOrder& order = draft.order;
  order.kernel = Shape{window.kernel_height, window.kernel_width, static_cast<int>(weights.dims()[1])};
  order.x_stride = 1;
  order.y_stride = static_cast<std::size_t>(window.kernel_width);
  order.channel_stride = order.y_stride * static_cast<std::size_t>(window.kernel_height);
  order.kernel_stride = order.kernel.elements();
  if (padding && window.is_padded()) {
    draft.pad_value = padding->value;
  }
  read_bias(graph, node, draft, 1.0);
  return draft;
}

LayerDraft read_fully_connected(const Graph& graph, const Node& node, const MapView& input) {
  if (input.has_position) {
    graph.refuse(node, "stands on features with a dimension behind them, [1, features, 1]; expected Squeeze before it");
  }
  if (!input.flat) {
    graph.refuse(node, "stands on a map of rows and columns; place a Flatten (axis 1) before it");
  }
  const bool is_gemm = node.op == "Gemm";
  if (is_gemm && graph.integer(node, "transA", 0) != 0) {
    graph.refuse(node, "transA is set; expected transA = 0, images as rows");
  }
  const bool outputs_are_rows = is_gemm && graph.integer(node, "transB", 0) != 0;
  const Tensor& weights = weight_tensor(graph, node, 2);
  const std::int64_t features = weights.dims()[outputs_are_rows ? 1 : 0];
  const std::int64_t outputs = weights.dims()[outputs_are_rows ? 0 : 1];
  if (features != static_cast<std::int64_t>(input.shape.elements())) {
    graph.refuse(node, fmt::format("its weights [{}] are for {} input features, but its input has {}",
                                   fmt::join(weights.dims(), ", "), features, input.shape.elements()));
  }
  LayerDraft draft = start_layer(graph, node, LayerKind::FullyConnected, input.shape, outputs);
  draft.gain = is_gemm ? graph.number(node, "alpha", 1.0) : 1.0;
  if (!(draft.gain > 0) || !std::isfinite(draft.gain)) {
    graph.refuse(node, fmt::format("alpha is {}; expected a positive number", draft.gain));
  }
  draft.layer.kernel_height = input.shape.height;
  draft.layer.kernel_width = input.shape.width;
  draft.layer.convolved = Shape{1, 1, draft.layer.kernels};
  draft.layer.output = draft.layer.convolved;
  // From one feature to the next it is one element, or a row of outputs.
  KernelOrder& order = draft.order;
  const std::size_t feature_stride = outputs_are_rows ? 1 : static_cast<std::size_t>(outputs);
  order.kernel = input.shape;
  const auto width = static_cast<std::size_t>(input.shape.width);
  if (input.channels_last) {
    order.channel_stride = feature_stride;
    order.x_stride = feature_stride * static_cast<std::size_t>(input.shape.channels);
    order.y_stride = order.x_stride * width;
  } else {
    order.x_stride = feature_stride;
    order.y_stride = feature_stride * width;
    order.channel_stride = order.y_stride * static_cast<std::size_t>(input.shape.height);
  }
  order.kernel_stride = outputs_are_rows ? static_cast<std::size_t>(features) : 1;
  if (is_gemm) {
    read_bias(graph, node, draft, graph.number(node, "beta", 1.0));
  }
  return draft;
}

bool is_pooling(const std::string& op) {
  return op == "MaxPool" || op == "AveragePool" || op == "GlobalMaxPool" || op == "GlobalAveragePool" ||
         op == "ReduceMean";
}

namespace {

/// ReduceMean's axes, an attribute or an input, must be rows and columns.
void require_mean_of_pixels(const Graph& graph, const Node& node, const MapView& input) {
  std::vector<std::int64_t> axes = read_integers(graph, node, "axes", 1).value_or(std::vector<std::int64_t>{});
  for (std::int64_t& axis : axes) {
    axis += axis < 0 ? 4 : 0;
  }
  std::sort(axes.begin(), axes.end());
  const std::int64_t rows = input.channels_last ? 1 : 2;
  if (axes != std::vector<std::int64_t>{rows, rows + 1}) {
    graph.refuse(node, fmt::format("takes the mean of axes [{}]; expected rows and columns, [{}, {}]",
                                   fmt::join(axes, ", "), rows, rows + 1));
  }
}

/// Pooling windows along one dimension of a map.
struct WindowRun {
  int size, kernel, stride, pad_before, pad_after;

  /// With `ceil` a last window may leave the padding, unless it starts behind the map.
  int count(bool ceil) const {
    const int rest = size + pad_before + pad_after - kernel;
    const int whole = rest / stride + 1;
    return ceil && rest % stride != 0 && whole * stride < size + pad_before ? whole + 1 : whole;
  }
  /// Positions that the last of `count` windows reaches behind the map.
  int reach_behind(int count) const { return std::max(0, (count - 1) * stride + kernel - size - pad_before); }
};

/// Padding as far as windows reach into it.
void set_padding(const Graph& graph, const Node& node, const Window& window, const Shape& map, Pooling& pooling) {
  if (std::max(window.pad_top, window.pad_bottom) >= window.kernel_height ||
      std::max(window.pad_left, window.pad_right) >= window.kernel_width) {
    graph.refuse(node,
                 fmt::format("pads [{}, {}, {}, {}] positions, so that a window of {} x {} may see nothing of the "
                             "map; expected less padding on each side than the window is large",
                             window.pad_top, window.pad_left, window.pad_bottom, window.pad_right, window.kernel_height,
                             window.kernel_width));
  }
  const bool ceil = graph.integer(node, "ceil_mode", 0) != 0;
  const WindowRun rows{map.height, window.kernel_height, window.stride_y, window.pad_top, window.pad_bottom};
  const WindowRun columns{map.width, window.kernel_width, window.stride_x, window.pad_left, window.pad_right};
  pooling.pad_top = window.pad_top;
  pooling.pad_left = window.pad_left;
  pooling.pad_bottom = rows.reach_behind(rows.count(ceil));
  pooling.pad_right = columns.reach_behind(columns.count(ceil));
  if (pooling.kind != PoolKind::Sum) {
    return;
  }
  if (pooling.pad_bottom > window.pad_bottom || pooling.pad_right > window.pad_right) {
    graph.refuse(node,
                 "averages windows that ceil_mode lets leave the padding, whose divisor runtimes choose "
                 "differently; expected ceil_mode = 0, or sizes that need no such window");
  }
  if (pooling.is_padded() && graph.integer(node, "count_include_pad", 0) == 0) {
    graph.refuse(node,
                 "divides windows that reach into the padding by the positions that they see of the map "
                 "(count_include_pad = 0), each by another number; expected count_include_pad = 1 or no padding");
  }
}

}  // namespace

Pooling read_pooling(const Graph& graph, const Node& node, const MapView& input,
                     const std::optional<Padding>& padding) {
  if (input.flat) {
    graph.refuse(node, "pools a flattened map; place it before Flatten");
  }
  const bool whole_map = node.op == "GlobalMaxPool" || node.op == "GlobalAveragePool" || node.op == "ReduceMean";
  if (input.channels_last && node.op != "ReduceMean") {
    graph.refuse(node, "stands on a map with its channels last; expected Transpose ([0, 3, 1, 2]) before it");
  }
  Pooling pooling;
  pooling.kind = node.op == "MaxPool" || node.op == "GlobalMaxPool" ? PoolKind::Max : PoolKind::Sum;
  if (node.op == "ReduceMean") {
    require_mean_of_pixels(graph, node, input);
  }
  if (whole_map) {
    pooling.kernel_height = input.shape.height;
    pooling.kernel_width = input.shape.width;
    return pooling;
  }
  const Window window = read_window(graph, node, input.shape, std::nullopt, padding);
  if (window.dilation_y != 1 || window.dilation_x != 1) {
    graph.refuse(node, fmt::format("dilations are [{}, {}]; pooling can be run with [1, 1] only", window.dilation_y,
                                   window.dilation_x));
  }
  pooling.kernel_height = window.kernel_height;
  pooling.kernel_width = window.kernel_width;
  pooling.stride_y = window.stride_y;
  pooling.stride_x = window.stride_x;
  set_padding(graph, node, window, input.shape, pooling);
  return pooling;
}

}  // namespace spinvp::network::onnx
