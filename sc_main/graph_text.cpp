#include "sc_main/graph_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace spinvp {

using network::IntegerGraph;
using network::Layer;
using network::LayerKind;
using network::Pooling;
using network::PoolKind;
using network::Shape;
using network::WeightKind;

namespace {

std::string sides_text(const char* what, int y, int x) {
  return y == x ? fmt::format(" {} {}", what, y) : fmt::format(" {} {}x{}", what, y, x);
}

std::string pads_text(int top, int left, int bottom, int right) {
  if (top == 0 && left == 0 && bottom == 0 && right == 0) {
    return "";
  }
  const bool equal = top == left && top == bottom && top == right;
  return equal ? fmt::format(" pad {}", top) : fmt::format(" pad {},{},{},{}", top, left, bottom, right);
}

const std::string& name_of(const IntegerGraph& graph, int layer) {
  return graph.layers[static_cast<std::size_t>(layer)].name;
}

}  // namespace

std::string kind_text(const Layer& layer) {
  return layer.kind == LayerKind::Convolution ? "conv" : layer.kind == LayerKind::FullyConnected ? "fc" : "elem";
}

std::string bits_text(const Layer& layer) {
  const std::string weights = !layer.has_weights()                       ? "-"
                              : layer.weight_kind == WeightKind::Ternary ? "ternary"
                                                                         : std::to_string(layer.weight_bits);
  return fmt::format("{}:{}", weights, layer.input_bits);
}

std::string weights_text(const Layer& layer) {
  if (!layer.has_weights()) {
    return "none";
  }
  return layer.weight_kind == WeightKind::Ternary  ? "ternary"
         : layer.weight_kind == WeightKind::Binary ? (layer.weight_bits == 1 ? "binary" : "odd")
                                                   : "integer";
}

std::string shape_text(const Shape& shape) {
  return fmt::format("{}x{}x{}", shape.height, shape.width, shape.channels);
}

std::string source_text(const IntegerGraph& graph, const Layer& layer) {
  return layer.source == network::image_input ? "image" : name_of(graph, layer.source);
}

std::string residual_text(const IntegerGraph& graph, const Layer& layer) {
  return layer.residual.layer >= 0      ? name_of(graph, layer.residual.layer)
         : layer.residual.constant >= 0 ? fmt::format("constant {}", layer.residual.constant)
                                        : "";
}

std::string window_text(const Layer& layer) {
  if (layer.kind != LayerKind::Convolution) {
    return "";
  }
  std::string text = fmt::format("{}x{}", layer.kernel_height, layer.kernel_width);
  if (layer.stride_y != 1 || layer.stride_x != 1) {
    text += sides_text("stride", layer.stride_y, layer.stride_x);
  }
  const std::string pads = pads_text(layer.pad_top, layer.pad_left, layer.pad_bottom, layer.pad_right);
  text += pads;
  if (!pads.empty() && layer.pad_level != 0) {
    text += fmt::format(" of {}", layer.pad_level);
  }
  if (layer.dilation_y != 1 || layer.dilation_x != 1) {
    text += sides_text("dilation", layer.dilation_y, layer.dilation_x);
  }
  return text;
}

std::string pooling_text(const Pooling& pooling) {
  if (pooling.kind == PoolKind::None) {
    return "";
  }
  return fmt::format("{} {}x{}{}{}", pooling.kind == PoolKind::Sum ? "sum" : "max", pooling.kernel_height,
                     pooling.kernel_width, sides_text("stride", pooling.stride_y, pooling.stride_x),
                     pads_text(pooling.pad_top, pooling.pad_left, pooling.pad_bottom, pooling.pad_right));
}

std::string output_text(const IntegerGraph& graph, const Layer& layer) {
  if (!layer.gives_levels()) {
    return &layer == &graph.layers.back() ? "scores" : "sums";
  }
  const auto falling =
      std::count_if(layer.thresholds.begin(), layer.thresholds.end(), [](const network::ChannelThresholds& channel) {
        return channel.direction == network::ChannelThresholds::Direction::Falling;
      });
  const std::size_t count = layer.thresholds.empty() ? 0 : layer.thresholds.front().values.size();
  std::string text = fmt::format("{} b, {} threshold{}", layer.output_bits, count, count == 1 ? "" : "s");
  if (falling > 0) {
    text += fmt::format(", {} of {} falling", falling, layer.thresholds.size());
  }
  return text;
}

std::string meaning_text(const IntegerGraph& graph, const Layer& layer) {
  if (!layer.gives_levels() && &layer != &graph.layers.back()) {
    return "";
  }
  return layer.base == 0 ? fmt::format("{:.6g} n", layer.step)
                         : fmt::format("{:.6g} + {:.6g} n", layer.base, layer.step);
}

std::string output_bits_text(const Layer& layer) {
  return layer.output_bits > 0 ? fmt::format("{} b", layer.output_bits) : "int32";
}

}  // namespace spinvp
