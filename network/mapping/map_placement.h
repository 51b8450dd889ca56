#pragma once

#include <cstdint>
#include <vector>

#include "network/integer_graph.h"

namespace spinvp::network {

/// Where a map stands between layers.
enum class MapHome {
  Buffer,    ///< whole, from its producer to its last reader
  Scratch,   ///< in system memory; bands of it are loaded into a slot of the buffer and stored from one
  Image,     ///< the input image: bytes in system memory, packed band by band
  Constant,  ///< in the network image; bands of it are loaded as those of a map in scratch memory
  Output,    ///< the scores, in system memory
};

/// A map of levels in bit-planes: plane p of row y at address + p * plane_stride + y * row_pitch, pixels `channels`
/// bits apart, rows padded to whole 8-byte words. Or a map of int32 values (bits 0): one plane, pixels 4 * channels
/// bytes apart, no gaps.
struct MapPlacement {
  Shape shape;
  int bits = 0;
  MapHome home = MapHome::Scratch;
  std::uint32_t address = 0;  ///< in the buffer, or from the base; a constant's is known when the image is written
  std::uint32_t row_pitch = 0;
  std::uint32_t plane_stride = 0;

  bool in_buffer() const { return home == MapHome::Buffer; }
  bool raw() const { return bits == 0; }
  std::uint32_t planes() const { return raw() ? 1 : static_cast<std::uint32_t>(bits); }
  std::uint64_t bytes() const { return std::uint64_t{plane_stride} * planes(); }
  /// Bytes of `rows` rows of all planes.
  std::uint64_t band_bytes(std::uint32_t rows) const { return std::uint64_t{rows} * row_pitch * planes(); }
};

/// Pitches of a map; it stands nowhere yet.
MapPlacement shape_map(const Shape& shape, int bits);

/// A multiple of 8 bytes, as all addresses of maps are.
std::uint64_t align_map(std::uint64_t bytes);

/// The maps between layers.
struct MapLayout {
  std::vector<MapPlacement> outputs;       ///< of each layer
  std::vector<std::uint32_t> lowest_used;  ///< while a layer runs, maps stand in the buffer from this address on
  std::uint32_t scratch_bytes = 0;
};

/// Gives every layer's output a place from its producer to its last reader, the first that is free: at the top of the
/// buffer as long as no map comes below `lowest`, else in scratch memory. The last layer's output is the network's.
MapLayout place_maps(const IntegerGraph& graph, std::uint32_t lowest, std::uint32_t buffer_bytes);

}  // namespace spinvp::network
