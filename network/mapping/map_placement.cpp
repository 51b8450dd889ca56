#include "network/mapping/map_placement.h"

#include <algorithm>

#include "core/errors.h"
#include "network/mapping/layer_geometry.h"

namespace spinvp::network {
namespace {

constexpr std::uint64_t alignment = 8;
constexpr std::uint64_t memory_bytes = 0xFFFFFFFF;  // offsets in system memory have 32 bits

/// What of a space is taken while which layers run.
class Space {
 public:
  /// The lowest free offset of `bytes` bytes for layers first to last.
  std::uint64_t place(std::uint64_t bytes, std::size_t first, std::size_t last) {
    std::uint64_t at = 0;
    for (const Taken& taken : taken_) {  // sorted by offset
      if (taken.first > last || taken.last < first) {
        continue;
      }
      if (at + bytes <= taken.begin) {
        break;
      }
      at = std::max(at, taken.end);
    }
    return at;
  }
  void take(std::uint64_t at, std::uint64_t bytes, std::size_t first, std::size_t last) {
    const Taken taken{at, at + bytes, first, last};
    const auto before = [](const Taken& a, const Taken& b) { return a.begin < b.begin; };
    taken_.insert(std::upper_bound(taken_.begin(), taken_.end(), taken, before), taken);
  }

 private:
  struct Taken {
    std::uint64_t begin, end;
    std::size_t first, last;
  };
  std::vector<Taken> taken_;
};

std::vector<std::size_t> last_readers(const IntegerGraph& graph) {
  std::vector<std::size_t> readers(graph.layers.size());
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    readers[i] = std::max(readers[i], i);
    for (const int read : {graph.layers[i].source, graph.layers[i].residual.layer}) {
      if (read >= 0) {
        readers[static_cast<std::size_t>(read)] = i;
      }
    }
  }
  return readers;
}

}  // namespace

std::uint64_t align_map(std::uint64_t bytes) {
  return ceil_divide(bytes, alignment) * alignment;
}

MapPlacement shape_map(const Shape& shape, int bits) {
  MapPlacement map;
  map.shape = shape;
  map.bits = bits;
  const std::uint64_t row_values = std::uint64_t{u32(shape.width)} * u32(shape.channels);
  map.row_pitch = static_cast<std::uint32_t>(bits == 0 ? row_values * 4 : align_map((row_values + 7) / 8));
  map.plane_stride = map.row_pitch * u32(shape.height);
  return map;
}

MapLayout place_maps(const IntegerGraph& graph, std::uint32_t lowest, std::uint32_t buffer_bytes) {
  const std::uint64_t top = buffer_bytes / alignment * alignment;
  const std::uint64_t room = top > lowest ? top - lowest : 0;
  const std::vector<std::size_t> readers = last_readers(graph);
  Space buffer;  // counted from the top down
  Space scratch;
  MapLayout layout;
  layout.lowest_used.assign(graph.layers.size(), static_cast<std::uint32_t>(top));
  std::uint64_t scratch_bytes = 0;
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    MapPlacement map = shape_map(graph.layers[i].output, graph.layers[i].output_bits);
    if (i + 1 == graph.layers.size()) {
      map.home = MapHome::Output;
      layout.outputs.push_back(map);
      continue;
    }
    const std::uint64_t bytes = align_map(map.bytes());
    const std::uint64_t from_top = buffer.place(bytes, i, readers[i]) + bytes;
    if (from_top <= room) {
      map.home = MapHome::Buffer;
      map.address = static_cast<std::uint32_t>(top - from_top);
      buffer.take(from_top - bytes, bytes, i, readers[i]);
      for (std::size_t layer = i; layer <= readers[i]; ++layer) {
        layout.lowest_used[layer] = std::min(layout.lowest_used[layer], map.address);
      }
    } else {
      const std::uint64_t at = scratch.place(bytes, i, readers[i]);
      scratch.take(at, bytes, i, readers[i]);
      scratch_bytes = std::max(scratch_bytes, at + bytes);
      map.address = static_cast<std::uint32_t>(at);
    }
    layout.outputs.push_back(map);
  }
  if (scratch_bytes > memory_bytes) {
    throw InputError("network '" + graph.name + "': its maps exceed 4 GiB of scratch memory");
  }
  layout.scratch_bytes = static_cast<std::uint32_t>(scratch_bytes);
  return layout;
}

}  // namespace spinvp::network
