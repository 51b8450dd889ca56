#include "network/onnx/evaluate/spatial_window.h"

#include <algorithm>

namespace spinvp::network::onnx {
namespace {

constexpr std::int64_t most = std::int64_t{1} << 30;

SpatialWindow::Pair read_pair(const Call& call, const char* attribute, const Dims& numbers, std::int64_t least) {
  if (numbers.size() != 2 || std::min(numbers[0], numbers[1]) < least || std::max(numbers[0], numbers[1]) > most) {
    call.refuse("{} is {}; expected two numbers from {} to {}", attribute, shape_text(numbers), least, most);
  }
  return {numbers[0], numbers[1]};
}

}  // namespace

SpatialWindow spatial_window(const Call& call, const Dims& map, const Dims& kernel) {
  if (map.size() != 4) {
    call.refuse("reads a map of the shape {}; expected [N, channels, rows, columns]", shape_text(map));
  }
  SpatialWindow window;
  window.size = {map[2], map[3]};
  window.kernel = read_pair(call, "kernel_shape", kernel, 1);
  window.stride = read_pair(call, "strides", call.integers("strides", {1, 1}), 1);
  window.dilation = read_pair(call, "dilations", call.integers("dilations", {1, 1}), 1);
  const std::string automatic = call.text("auto_pad", "NOTSET");
  const bool same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
  if (!same && automatic != "NOTSET" && automatic != "VALID" && !automatic.empty()) {
    call.refuse("auto_pad is '{}'", automatic);
  }
  if (!same && automatic != "VALID") {
    const Dims pads = call.integers("pads", {0, 0, 0, 0});
    if (pads.size() != 4) {
      call.refuse("pads is {}; expected four numbers", shape_text(pads));
    }
    window.before = read_pair(call, "pads", {pads[0], pads[1]}, 0);
    window.behind = read_pair(call, "pads", {pads[2], pads[3]}, 0);
  }
  const bool ceil = call.integer("ceil_mode", 0) != 0;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::int64_t size = window.size[axis];
    const std::int64_t stride = window.stride[axis];
    const std::int64_t extent = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
    std::int64_t& positions = window.positions[axis];
    if (same) {
      positions = (size + stride - 1) / stride;
      const std::int64_t total = std::max<std::int64_t>(0, (positions - 1) * stride + extent - size);
      window.before[axis] = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
      window.behind[axis] = total - window.before[axis];
      continue;
    }
    const std::int64_t room = size + window.before[axis] + window.behind[axis] - extent;
    if (room < 0 || size == 0) {
      call.refuse("its window of {} does not fit a map of {} with {} and {} beside it", extent, size,
                  window.before[axis], window.behind[axis]);
    }
    positions = (ceil ? room + stride - 1 : room) / stride + 1;
    // A window that starts in the padding behind the map is left out.
    if (ceil && (positions - 1) * stride >= size + window.before[axis]) {
      --positions;
    }
  }
  return window;
}

}  // namespace spinvp::network::onnx
