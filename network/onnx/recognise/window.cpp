#include "network/onnx/recognise/window.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace spinvp::network::onnx {
namespace {

constexpr std::int64_t most = 65535;

std::vector<std::int64_t> read_list(const Graph& graph, const Node& node, const char* attribute,
                                    const std::vector<std::int64_t>& missing, std::size_t size, std::int64_t least) {
  std::vector<std::int64_t> values = graph.integers(node, attribute, missing);
  const bool in_range =
      std::all_of(values.begin(), values.end(), [&](std::int64_t value) { return value >= least && value <= most; });
  if (values.size() != size || !in_range) {
    graph.refuse(node, fmt::format("{} is [{}]; expected {} numbers from {} to {} (two spatial dimensions)", attribute,
                                   fmt::join(values, ", "), size, least, most));
  }
  return values;
}

/// Padding of one dimension for auto_pad SAME_*: so much that the output is ceil(input / stride) long.
std::int64_t same_padding(std::int64_t input, std::int64_t kernel, std::int64_t stride) {
  const std::int64_t output = (input + stride - 1) / stride;
  return std::max<std::int64_t>(0, (output - 1) * stride + kernel - input);
}

}  // namespace

Window read_window(const Graph& graph, const Node& node, const Shape& map, std::optional<KernelSize> kernel,
                   const std::optional<Padding>& padding) {
  const Padding around = padding.value_or(Padding{});
  const Shape input{map.height + around.top + around.bottom, map.width + around.left + around.right, map.channels};
  if (!kernel && !graph.has(node, "kernel_shape")) {
    graph.refuse(node, "has no kernel_shape");
  }
  const auto written = kernel ? std::vector<std::int64_t>{kernel->height, kernel->width} : std::vector<std::int64_t>{};
  const auto size = read_list(graph, node, "kernel_shape", written, 2, 1);
  if (kernel && (size[0] != kernel->height || size[1] != kernel->width)) {
    graph.refuse(node, fmt::format("kernel_shape is [{}], but its weights are {} x {}", fmt::join(size, ", "),
                                   kernel->height, kernel->width));
  }
  const auto strides = read_list(graph, node, "strides", {1, 1}, 2, 1);
  const auto dilations = read_list(graph, node, "dilations", {1, 1}, 2, 1);
  const std::int64_t extent[2] = {(size[0] - 1) * dilations[0] + 1, (size[1] - 1) * dilations[1] + 1};
  auto pads = read_list(graph, node, "pads", {0, 0, 0, 0}, 4, 0);
  const std::string automatic = graph.text(node, "auto_pad", "NOTSET");
  if (automatic == "VALID") {
    pads = {0, 0, 0, 0};
  } else if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
    const std::int64_t total[2] = {same_padding(input.height, extent[0], strides[0]),
                                   same_padding(input.width, extent[1], strides[1])};
    for (std::size_t axis = 0; axis < 2; ++axis) {
      const std::int64_t smaller = total[axis] / 2;
      pads[axis] = automatic == "SAME_UPPER" ? smaller : total[axis] - smaller;
      pads[axis + 2] = total[axis] - pads[axis];
    }
  } else if (automatic != "NOTSET") {
    graph.refuse(node, fmt::format("auto_pad is '{}'; expected NOTSET, VALID, SAME_UPPER or SAME_LOWER", automatic));
  }
  if (extent[0] > input.height + pads[0] + pads[2] || extent[1] > input.width + pads[1] + pads[3]) {
    graph.refuse(node, fmt::format("its {} x {} window is larger than its padded {} x {} input", extent[0], extent[1],
                                   input.height + pads[0] + pads[2], input.width + pads[1] + pads[3]));
  }
  const bool pads_itself = std::any_of(pads.begin(), pads.end(), [](std::int64_t pad) { return pad != 0; });
  if (padding && pads_itself && around.value != 0) {
    graph.refuse(node, fmt::format("pads with zeros a map that '{}' pads with {}; expected one kind of padding",
                                   around.node->name, around.value));
  }
  pads[0] += around.top;
  pads[1] += around.left;
  pads[2] += around.bottom;
  pads[3] += around.right;
  const auto narrow = [](std::int64_t value) { return static_cast<int>(value); };
  return Window{narrow(size[0]), narrow(size[1]), narrow(strides[0]), narrow(strides[1]),   narrow(pads[0]),
                narrow(pads[1]), narrow(pads[2]), narrow(pads[3]),    narrow(dilations[0]), narrow(dilations[1])};
}

}  // namespace spinvp::network::onnx
