#include "network/onnx/draft/map_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "network/onnx/model/parameters.h"

namespace spinvp::network::onnx {
namespace {

using Dims = std::vector<std::int64_t>;

constexpr std::int64_t most_pixels_a_side = 65535;
constexpr std::size_t most_elements = std::size_t{1} << 26;

std::int64_t count(const Dims& dims) {
  std::int64_t elements = 1;
  for (const std::int64_t dim : dims) {
    elements = dim > 0 && elements <= (std::int64_t{1} << 40) / dim ? elements * dim : -1;
    if (elements < 0) {
      break;
    }
  }
  return elements;
}

std::size_t axis_of(const Graph& graph, const Node& node, std::int64_t axis, std::size_t rank) {
  const auto signed_rank = static_cast<std::int64_t>(rank);
  if (axis < -signed_rank || axis >= signed_rank) {
    graph.refuse(node, fmt::format("names axis {} of a value with {} dimensions", axis, rank));
  }
  return static_cast<std::size_t>(axis < 0 ? axis + signed_rank : axis);
}

Dims flattened(const Graph& graph, const Node& node, const Dims& from) {
  const std::int64_t written = graph.integer(node, "axis", 1);
  const std::size_t axis =
      written == static_cast<std::int64_t>(from.size()) ? from.size() : axis_of(graph, node, written, from.size());
  const auto split = from.begin() + static_cast<std::ptrdiff_t>(axis);
  return {count(Dims(from.begin(), split)), count(Dims(split, from.end()))};
}

Dims reshaped(const Graph& graph, const Node& node, const Dims& from) {
  Dims to = read_integers(graph, node, "shape", 1).value_or(Dims{});
  const bool keeps_zero = graph.integer(node, "allowzero", 0) != 0;
  auto open = to.end();
  for (auto dim = to.begin(); dim != to.end(); ++dim) {
    const auto index = static_cast<std::size_t>(dim - to.begin());
    if (*dim == 0 && !keeps_zero && index < from.size()) {
      *dim = from[index];
    }
    if (*dim == -1 && open == to.end()) {
      open = dim;
    }
  }
  if (open != to.end()) {
    *open = 1;
    const std::int64_t rest = count(to);
    *open = rest > 0 ? count(from) / rest : -1;
  }
  return to;
}

Dims squeezed(const Graph& graph, const Node& node, const Dims& from) {
  const Dims axes = read_integers(graph, node, "axes", 1).value_or(Dims{});
  std::vector<bool> dropped(from.size());
  for (const std::int64_t written : axes) {
    const std::size_t axis = axis_of(graph, node, written, from.size());
    if (from[axis] != 1) {
      graph.refuse(node, fmt::format("squeezes axis {} of [{}], which is not 1", written, fmt::join(from, ", ")));
    }
    dropped[axis] = true;
  }
  Dims to;
  for (std::size_t axis = 0; axis < from.size(); ++axis) {
    if (!(axes.empty() ? from[axis] == 1 && axis > 0 : dropped[axis])) {
      to.push_back(from[axis]);
    }
  }
  return to;
}

Dims unsqueezed(const Graph& graph, const Node& node, const Dims& from) {
  const Dims axes = read_integers(graph, node, "axes", 1).value_or(Dims{});
  const std::size_t rank = from.size() + axes.size();
  std::vector<bool> added(rank);
  for (const std::int64_t axis : axes) {
    added[axis_of(graph, node, axis, rank)] = true;
  }
  Dims to;
  auto next = from.begin();
  for (std::size_t axis = 0; axis < rank; ++axis) {
    to.push_back(added[axis] || next == from.end() ? 1 : *next++);
  }
  return to;
}

Dims dims_behind(const Graph& graph, const Node& node, const Dims& from) {
  if (node.op == "Flatten") {
    return flattened(graph, node, from);
  }
  if (node.op == "Reshape") {
    return reshaped(graph, node, from);
  }
  return node.op == "Squeeze" ? squeezed(graph, node, from) : unsqueezed(graph, node, from);
}

}  // namespace

Dims MapView::dims() const {
  if (flat) {
    const auto features = static_cast<std::int64_t>(shape.elements());
    return has_position ? Dims{1, features, 1} : Dims{1, features};
  }
  return channels_last ? Dims{1, shape.height, shape.width, shape.channels}
                       : Dims{1, shape.channels, shape.height, shape.width};
}

MapView read_image(const Graph& graph) {
  if (graph.inputs.size() != 1 || graph.outputs.size() != 1) {
    const auto names = [](const std::vector<ValueInfo>& values) {
      std::string text;
      for (const ValueInfo& value : values) {
        text += (text.empty() ? "'" : ", '") + value.name + "'";
      }
      return text.empty() ? std::string("none") : text;
    };
    graph.refuse(fmt::format("its inputs are {} and its outputs {}; expected one image and one output of scores",
                             names(graph.inputs), names(graph.outputs)));
  }
  const ValueInfo& input = graph.inputs[0];
  if (input.type != ElementType::Uint8 && input.type != ElementType::Float && input.type != ElementType::Double) {
    graph.refuse(
        fmt::format("input '{}' is {}; expected an image of float or uint8", input.name, to_string(input.type)));
  }
  const std::size_t rank = input.dims.size();
  bool known = rank == 4 || rank == 2;
  for (std::size_t axis = 1; axis < rank; ++axis) {
    known = known && input.dims[axis] >= 1 && input.dims[axis] <= most_pixels_a_side;
  }
  if (!known) {
    std::vector<std::string> dims;
    for (const std::int64_t dim : input.dims) {
      dims.push_back(dim < 0 ? "?" : std::to_string(dim));
    }
    graph.refuse(fmt::format(
        "input '{}' has the shape [{}]; expected four dimensions, [N, channels, height, width] or [N, height, "
        "width, channels], or two, [N, features], with sizes from 1 to {} that the file says",
        input.name, fmt::join(dims, ", "), most_pixels_a_side));
  }
  if (input.dims[0] > 1) {
    graph.refuse(fmt::format("input '{}' has the shape [{}], whose first number is images; export the model for one",
                             input.name, fmt::join(input.dims, ", ")));
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

MapView read_reshape(const Graph& graph, const Node& node, const MapView& map, bool is_whole_image) {
  const Dims from = map.dims();
  const Dims to = dims_behind(graph, node, from);
  if (count(to) != count(from)) {
    graph.refuse(node, fmt::format("makes [{}] of [{}], which has another number of elements", fmt::join(to, ", "),
                                   fmt::join(from, ", ")));
  }
  if (to == from) {
    return map;
  }
  const bool is_flat = (to.size() == 2 && to[0] == 1) || to.size() == 1;
  if (is_flat) {
    return MapView{map.shape, true, map.channels_last};
  }
  if (map.flat && to == Dims{1, static_cast<std::int64_t>(map.shape.elements()), 1}) {
    return MapView{map.shape, true, map.channels_last, true};
  }
  const MapView whole{map.shape, false, map.channels_last};
  if (to == whole.dims()) {
    return whole;
  }
  if (to.size() == 4 && to[0] == 1) {
    const auto channels = static_cast<std::int64_t>(map.shape.channels);
    if (map.is_one_pixel() && (to == Dims{1, channels, 1, 1} || to == Dims{1, 1, 1, channels})) {
      return MapView{map.shape, false, to[1] != channels};
    }
    const bool moderate = std::all_of(to.begin(), to.end(), [](std::int64_t dim) { return dim <= most_pixels_a_side; });
    if (is_whole_image && map.flat && moderate) {
      return MapView{Shape{static_cast<int>(to[2]), static_cast<int>(to[3]), static_cast<int>(to[1])}, false, false};
    }
  }
  graph.refuse(node, fmt::format("makes [{}] of [{}]; expected to flatten each image ([1, {}])", fmt::join(to, ", "),
                                 fmt::join(from, ", "), map.shape.elements()));
}

MapView read_transpose(const Graph& graph, const Node& node, const MapView& map) {
  const Dims from = map.dims();
  Dims identity(from.size());
  std::iota(identity.begin(), identity.end(), 0);
  Dims reversed(identity.rbegin(), identity.rend());
  const Dims order = graph.integers(node, "perm", reversed);
  if (order == identity) {
    return map;
  }
  const bool to_last = order == Dims{0, 2, 3, 1} && !map.channels_last;
  const bool to_first = order == Dims{0, 3, 1, 2} && map.channels_last;
  if (!map.flat && (to_last || to_first)) {
    return MapView{map.shape, false, to_last};
  }
  graph.refuse(node, fmt::format("orders the dimensions of [{}] as [{}]; only channels can move, to the end "
                                 "([0, 2, 3, 1]) or back ([0, 3, 1, 2])",
                                 fmt::join(from, ", "), fmt::join(order, ", ")));
}

void require_moderate(const Graph& graph, const Node& node, const Shape& shape) {
  if (shape.elements() > most_elements) {
    graph.refuse(node,
                 fmt::format("its output has {} elements; at most {} can be run", shape.elements(), most_elements));
  }
}

}  // namespace spinvp::network::onnx
