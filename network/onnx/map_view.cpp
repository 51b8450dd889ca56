#include "network/onnx/map_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace spinvp::network::onnx {
namespace {

constexpr std::int64_t most_pixels_a_side = 65535;
constexpr std::size_t most_elements = std::size_t{1} << 26;

}  // namespace

MapView read_image(const Graph& graph) {
  if (graph.inputs.size() != 1 || graph.outputs.size() != 1) {
    graph.refuse(fmt::format("has {} inputs and {} outputs; expected one image and one output of scores",
                             graph.inputs.size(), graph.outputs.size()));
  }
  const ValueInfo& input = graph.inputs[0];
  if (input.type != ElementType::Uint8) {
    graph.refuse(
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
    graph.refuse(
        fmt::format("input '{}' has the shape [{}]; expected [N, channels, height, width] or [N, features] with "
                    "known sizes from 1 to {}",
                    input.name, fmt::join(input.dims, ", "), most_pixels_a_side));
  }
  const auto size = [&](std::size_t axis) { return static_cast<int>(input.dims[axis]); };
  MapView map;
  map.shape = rank == 4 ? Shape{size(2), size(3), size(1)} : Shape{1, 1, size(1)};
  map.flat = rank == 2;
  if (map.shape.elements() > most_elements) {
    graph.refuse(fmt::format("input '{}' has {} elements; at most {} can be run", input.name, map.shape.elements(),
                             most_elements));
  }
  return map;
}

MapView read_flatten(const Graph& graph, const Node& node, const MapView& map) {
  if (node.op == "Flatten") {
    const std::int64_t axis = graph.integer(node, "axis", 1);
    if (axis != 1 && !(axis == -3 && !map.flat) && !(axis == -1 && map.flat)) {
      graph.refuse(node, fmt::format("axis is {}; expected 1, everything but the images", axis));
    }
    return MapView{map.shape, true};
  }
  const Tensor* tensor = graph.constant(node, 1);
  const auto features = static_cast<double>(map.shape.elements());
  const std::vector<double> shape = tensor != nullptr && tensor->size() == 2 ? tensor->values() : std::vector<double>{};
  const bool is_flatten = shape.size() == 2 && ((shape[1] == features && shape[0] <= 1 && shape[0] >= -1) ||
                                                (shape[1] == -1 && (shape[0] == 0 || shape[0] == 1)));
  if (!is_flatten || graph.integer(node, "allowzero", 0) != 0) {
    graph.refuse(node,
                 fmt::format("expected a constant shape that flattens each image: [0, -1] or [-1, {}]", features));
  }
  return MapView{map.shape, true};
}

void require_moderate(const Graph& graph, const Node& node, const Shape& shape) {
  if (shape.elements() > most_elements) {
    graph.refuse(node,
                 fmt::format("its output has {} elements; at most {} can be run", shape.elements(), most_elements));
  }
}

}  // namespace spinvp::network::onnx
