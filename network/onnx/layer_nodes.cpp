#include "network/onnx/layer_nodes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "network/onnx/window.h"

namespace spinvp::network::onnx {
namespace {

constexpr std::int64_t most_kernels = 65535;

const Tensor& weight_tensor(const Graph& graph, const Node& node, std::size_t rank) {
  const Tensor* tensor = graph.constant(node, 1);
  if (tensor == nullptr) {
    graph.refuse(node, fmt::format("its weights '{}' are no initialiser", node.input(1)));
  }
  if (tensor->dims.size() != rank || tensor->values.empty()) {
    graph.refuse(node, fmt::format("its weights have the shape [{}]; expected {} dimensions, none of them 0",
                                   fmt::join(tensor->dims, ", "), rank));
  }
  for (const double value : tensor->values) {
    if (!std::isfinite(value)) {
      graph.refuse(node, "one of its weights is not a finite number");
    }
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
      tensor != nullptr && (tensor->dims.size() == 1 || (tensor->dims.size() == 2 && tensor->dims[0] == 1));
  if (tensor == nullptr || !(tensor->values.size() == 1 || (is_row && tensor->values.size() == kernels))) {
    graph.refuse(node, fmt::format("its bias is no constant of {} numbers", kernels));
  }
  PerChannel bias{tensor->values};
  for (double& value : bias.values) {
    value *= factor;
    if (!std::isfinite(value)) {
      graph.refuse(node, "one of its biases is not a finite number");
    }
  }
  draft.chain.push_back(ScalarOp{ScalarOp::Kind::Add, bias, {}, &node});
  draft.bias_operations = 1;
}

LayerDraft start_layer(const Graph& graph, const Node& node, LayerKind kind, const Shape& input, int input_bits,
                       std::int64_t kernels) {
  if (kernels < 1 || kernels > most_kernels) {
    graph.refuse(node, fmt::format("has {} output channels; expected 1 to {}", kernels, most_kernels));
  }
  LayerDraft draft;
  draft.node = &node;
  draft.layer.name = node.name;
  draft.layer.kind = kind;
  draft.layer.input = input;
  draft.layer.input_bits = input_bits;
  draft.layer.kernels = static_cast<int>(kernels);
  return draft;
}

/// Kernels written [channel][y][x] each, as [y][x][channel].
void channels_innermost(const double* kernel, const Shape& shape, std::vector<double>& result) {
  for (int y = 0; y < shape.height; ++y) {
    for (int x = 0; x < shape.width; ++x) {
      for (int channel = 0; channel < shape.channels; ++channel) {
        result.push_back(kernel[(static_cast<std::size_t>(channel) * static_cast<std::size_t>(shape.height) +
                                 static_cast<std::size_t>(y)) *
                                    static_cast<std::size_t>(shape.width) +
                                static_cast<std::size_t>(x)]);
      }
    }
  }
}

/// Rows and columns exchanged.
std::vector<double> transposed(const std::vector<double>& values, std::size_t rows, std::size_t columns) {
  std::vector<double> result(values.size());
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      result[column * rows + row] = values[row * columns + column];
    }
  }
  return result;
}

}  // namespace

LayerDraft read_convolution(const Graph& graph, const Node& node, const MapView& input, int input_bits) {
  if (input.flat) {
    graph.refuse(node, "stands on a flattened map; convolutions are run before Flatten only");
  }
  const Tensor& weights = weight_tensor(graph, node, 4);
  if (graph.integer(node, "group", 1) != 1) {
    graph.refuse(node, fmt::format("has {} groups; only group = 1 can be run now", graph.integer(node, "group", 1)));
  }
  if (weights.dims[1] != input.shape.channels) {
    graph.refuse(node, fmt::format("its weights [{}] are for {} input channels, but its input has {}",
                                   fmt::join(weights.dims, ", "), weights.dims[1], input.shape.channels));
  }
  LayerDraft draft = start_layer(graph, node, LayerKind::Convolution, input.shape, input_bits, weights.dims[0]);
  const Window window = read_window(graph, node, input.shape, KernelSize{weights.dims[2], weights.dims[3]});
  Layer& layer = draft.layer;
  layer.kernel_height = window.kernel_height;
  layer.kernel_width = window.kernel_width;
  layer.stride_y = window.stride_y;
  layer.stride_x = window.stride_x;
  layer.pad_top = window.pad_top;
  layer.pad_left = window.pad_left;
  layer.pad_bottom = window.pad_bottom;
  layer.pad_right = window.pad_right;
  layer.convolved =
      Shape{window.output_height(input.shape.height), window.output_width(input.shape.width), layer.kernels};
  layer.output = layer.convolved;
  const Shape kernel{window.kernel_height, window.kernel_width, input.shape.channels};
  draft.weights.reserve(weights.values.size());
  for (std::size_t first = 0; first < weights.values.size(); first += kernel.elements()) {
    channels_innermost(weights.values.data() + first, kernel, draft.weights);
  }
  read_bias(graph, node, draft, 1.0);
  return draft;
}

LayerDraft read_fully_connected(const Graph& graph, const Node& node, const MapView& input, int input_bits) {
  if (!input.flat) {
    graph.refuse(node, "stands on a map of rows and columns; place a Flatten (axis 1) before it");
  }
  const bool is_gemm = node.op == "Gemm";
  if (is_gemm && graph.integer(node, "transA", 0) != 0) {
    graph.refuse(node, "transA is set; expected transA = 0, images as rows");
  }
  const bool outputs_are_rows = is_gemm && graph.integer(node, "transB", 0) != 0;
  const Tensor& weights = weight_tensor(graph, node, 2);
  const std::int64_t features = weights.dims[outputs_are_rows ? 1 : 0];
  const std::int64_t outputs = weights.dims[outputs_are_rows ? 0 : 1];
  if (features != static_cast<std::int64_t>(input.shape.elements())) {
    graph.refuse(node, fmt::format("its weights [{}] are for {} input features, but its input has {}",
                                   fmt::join(weights.dims, ", "), features, input.shape.elements()));
  }
  LayerDraft draft = start_layer(graph, node, LayerKind::FullyConnected, input.shape, input_bits, outputs);
  draft.gain = is_gemm ? graph.number(node, "alpha", 1.0) : 1.0;
  if (!(draft.gain > 0) || !std::isfinite(draft.gain)) {
    graph.refuse(node, fmt::format("alpha is {}; expected a positive number", draft.gain));
  }
  draft.layer.kernel_height = input.shape.height;
  draft.layer.kernel_width = input.shape.width;
  draft.layer.convolved = Shape{1, 1, draft.layer.kernels};
  draft.layer.output = draft.layer.convolved;
  const std::vector<double> rows = outputs_are_rows ? weights.values
                                                    : transposed(weights.values, static_cast<std::size_t>(features),
                                                                 static_cast<std::size_t>(outputs));
  draft.weights.reserve(rows.size());
  for (std::size_t first = 0; first < rows.size(); first += input.shape.elements()) {
    channels_innermost(rows.data() + first, input.shape, draft.weights);
  }
  if (is_gemm) {
    read_bias(graph, node, draft, graph.number(node, "beta", 1.0));
  }
  return draft;
}

bool is_pooling(const std::string& op) {
  return op == "MaxPool" || op == "AveragePool" || op == "GlobalMaxPool" || op == "GlobalAveragePool";
}

Pooling read_pooling(const Graph& graph, const Node& node, const MapView& input) {
  if (input.flat) {
    graph.refuse(node, "pools a flattened map; place it before Flatten");
  }
  Pooling pooling;
  pooling.kind = node.op == "MaxPool" || node.op == "GlobalMaxPool" ? PoolKind::Max : PoolKind::Sum;
  if (node.op == "GlobalMaxPool" || node.op == "GlobalAveragePool") {
    pooling.kernel_height = input.shape.height;
    pooling.kernel_width = input.shape.width;
    return pooling;
  }
  const Window window = read_window(graph, node, input.shape, std::nullopt);
  if (window.is_padded()) {
    graph.refuse(node, "pads its input; only pooling without padding can be run now");
  }
  if (graph.integer(node, "ceil_mode", 0) != 0) {
    graph.refuse(node, "ceil_mode is set; only ceil_mode = 0 can be run now");
  }
  pooling.kernel_height = window.kernel_height;
  pooling.kernel_width = window.kernel_width;
  pooling.stride_y = window.stride_y;
  pooling.stride_x = window.stride_x;
  return pooling;
}

}  // namespace spinvp::network::onnx
