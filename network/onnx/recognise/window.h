#pragma once

#include <optional>

#include "network/integer_graph.h"
#include "network/onnx/model/graph.h"
#include "network/onnx/recognise/draft_builder.h"

namespace spinvp::network::onnx {

/// How a kernel or pooling window moves over a map.
struct Window {
  int kernel_height = 1;
  int kernel_width = 1;
  int stride_y = 1;
  int stride_x = 1;
  int pad_top = 0;
  int pad_left = 0;
  int pad_bottom = 0;
  int pad_right = 0;
  int dilation_y = 1;
  int dilation_x = 1;

  bool is_padded() const { return (pad_top | pad_left | pad_bottom | pad_right) != 0; }
  int output_height(int height) const {
    return (height + pad_top + pad_bottom - (kernel_height - 1) * dilation_y - 1) / stride_y + 1;
  }
  int output_width(int width) const {
    return (width + pad_left + pad_right - (kernel_width - 1) * dilation_x - 1) / stride_x + 1;
  }
};

struct KernelSize {
  std::int64_t height;
  std::int64_t width;
};

/// Reads kernel_shape (or takes `kernel` where the weights say it), strides, pads, dilations and auto_pad for a map of
/// shape `input`, with `padding` around it beside the node's own. Refuses other than two dimensions, windows larger
/// than the padded map, and two kinds of padding with different numbers.
Window read_window(const Graph& graph, const Node& node, const Shape& input, std::optional<KernelSize> kernel,
                   const std::optional<Padding>& padding);

}  // namespace spinvp::network::onnx
