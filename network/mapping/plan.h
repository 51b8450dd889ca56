#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "network/integer_graph.h"
#include "network/mapping/chip_target.h"

/// Where everything stands: the mapper's decisions, before commands are made of them.
///
/// A kernel's plane takes T = ceil(L / columns) rows (tiles), a kernel N x T rows, a receptive field M x T rows. S
/// sub-arrays (a replica) hold the kernels of a pass, kernels_per_subarray each; G replicas work on other pixels.
/// Sub-array rows are split into a kernel region and an image region. Streamed weights use the kernel region's two
/// halves in turn, image rows the image region's.
namespace spinvp::network {

/// A feature map's bit-planes: plane p of row y at address + p * plane_stride + y * row_pitch, pixels `channels` bits
/// apart, rows padded to whole 8-byte words.
struct MapPlacement {
  Shape shape;
  int bits = 0;
  bool in_buffer = true;
  std::uint32_t address = 0;  ///< in the buffer, or from BASE_SCRATCH
  std::uint32_t row_pitch = 0;
  std::uint32_t plane_stride = 0;

  std::uint32_t bytes() const { return plane_stride * static_cast<std::uint32_t>(bits); }
};

/// Rows and sub-arrays of one layer.
struct ArrayPlan {
  std::uint32_t tiles = 0;           ///< T
  std::uint32_t tiles_per_load = 0;  ///< fewer than T when a kernel exceeds its region: partial sums are accumulated
  std::uint32_t kernels_per_subarray = 0;
  std::uint32_t subarrays = 0;  ///< S
  std::uint32_t replicas = 0;   ///< G
  std::uint32_t kernels_per_pass = 0;
  std::uint32_t passes = 0;
  std::uint32_t pixels_per_block = 0;  ///< of a replica
  std::uint32_t image_halves = 0;      ///< 2: gathering overlaps computing
  std::uint32_t image_half_rows = 0;   ///< distance of the halves

  std::uint32_t tile_loads() const { return (tiles + tiles_per_load - 1) / tiles_per_load; }
};

struct LayerPlan {
  const Layer* layer = nullptr;
  ArrayPlan array;
  std::uint32_t kernel_row = 0;         ///< stationary: the layer's own rows
  std::uint32_t image_row = 0;          ///< first row of the image region
  std::uint32_t threshold_address = 0;  ///< stationary: the layer's own table
  std::uint32_t band_rows = 0;   ///< output rows (after pooling) from one load of the input to one store of the output
  std::uint32_t strip_rows = 0;  ///< output rows (after pooling) whose partial sums stand together
  MapPlacement input;
  MapPlacement output;  ///< unused by the last layer
};

struct NetworkPlan {
  bool stationary = false;
  std::uint32_t kernel_halves = 1;                 ///< streamed: 2 when the next weights load during computing
  std::uint32_t kernel_half_rows = 0;              ///< streamed: distance of the halves
  std::array<std::uint32_t, 2> threshold_slots{};  ///< streamed: buffer addresses used in turn
  std::array<std::uint32_t, 2> map_slots{};        ///< buffer addresses of even and odd feature maps
  std::array<std::uint32_t, 2> map_slot_bytes{};
  std::array<std::uint32_t, 2> accumulators{};  ///< buffer addresses used in turn by strips
  std::uint32_t accumulator_bytes = 0;          ///< of each
  std::uint32_t scratch_bytes = 0;
  std::vector<LayerPlan> layers;
};

/// Weight planes N of a layer.
std::uint32_t weight_planes(const Layer& layer);

/// Bytes of the threshold table of `kernels` kernels: 2^bits words each, 0 without thresholds.
std::uint32_t threshold_bytes(const Layer& layer, std::uint32_t kernels);

/// Rows of a convolution that pooling turns into `output_rows` rows.
std::uint32_t accumulator_rows(const Layer& layer, std::uint32_t output_rows);

/// Places a validated graph on a chip; InputError when it cannot be done, naming the layer and what is missing.
NetworkPlan make_plan(const IntegerGraph& graph, const ChipTarget& target, const MappingOptions& options);

}  // namespace spinvp::network
