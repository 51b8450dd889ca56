#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "network/integer_graph.h"
#include "network/mapping/chip_target.h"
#include "network/mapping/layer_geometry.h"
#include "network/mapping/map_placement.h"

/// Where everything stands: the mapper's decisions, before commands are made of them.
///
/// A layer runs in passes: kernels of one group that are computed together. S sub-arrays (a replica) hold the kernels
/// of a pass, kernels_per_subarray each; G replicas work on other pixels. What a pass needs of weights comes in one or
/// more loads, each of some elements of its kernels.
namespace spinvp::network {

/// Sub-arrays and passes of one layer, and for AND-accumulation its rows: a kernel's plane takes T = ceil(L / columns)
/// rows (tiles), a kernel N x T rows, a receptive field M x T rows.
struct ArrayPlan {
  std::uint32_t kernels_per_subarray = 0;
  std::uint32_t subarrays = 0;         ///< S
  std::uint32_t replicas = 0;          ///< G
  std::uint32_t kernels_per_pass = 0;  ///< at most a group's
  std::uint32_t passes = 0;            ///< of all groups
  std::uint32_t passes_per_group = 0;
  std::uint32_t elements_per_load = 0;  ///< of a kernel: the whole kernel, or partial sums are accumulated
  std::uint32_t loads_per_pass = 0;
  std::uint32_t pixels_per_block = 0;  ///< of a replica

  std::uint32_t tiles = 0;            ///< AND: T
  std::uint32_t tiles_per_load = 0;   ///< AND: fewer than T when a kernel exceeds its region
  std::uint32_t image_halves = 0;     ///< AND: 2: gathering overlaps computing
  std::uint32_t image_half_rows = 0;  ///< AND: distance of the halves

  std::uint32_t tile_loads() const { return loads_per_pass; }
};

/// Rows of a sub-array for in-memory addition.
///
/// Lanes are pixels: constants (zeros, ones, carry), operands in one or two halves, each `chunk_elements` elements of M
/// planes and their complements, then the accumulators.
///
/// Lanes are kernels: an accumulator and the carry, then (where they do not stay) one or two halves of weights, two
/// rows an element. ArrayPlan's replicas are the parts, which take other elements of all kernels of a pass; S =
/// ceil(kernels of a pass / columns).
struct AdderPlan {
  AdderLanes lanes = AdderLanes::Pixels;
  std::uint32_t width = 0;  ///< rows of an accumulator: holds every kernel's range, two's complement
  std::uint32_t chunk_elements = 0;
  std::uint32_t operand_halves = 0;
  std::uint32_t constant_row = 0;
  std::uint32_t operand_row = 0;
  std::uint32_t accumulator_row = 0;
  /// Kernels of a sub-array that are read at once. Fewer than it holds where the buffer is too small for all sums of a
  /// block: a slice of every sub-array's kernels is then read and thresholded after the other.
  std::uint32_t slice_kernels = 0;

  /// Kernels whose table comes at once. Fewer than a pass's: tables follow its weights one after the other, those of a
  /// slice each where lanes are pixels.
  std::uint32_t table_kernels = 0;

  std::uint32_t elements_per_part = 0;  ///< kernels: of a full load
  std::uint32_t carry_row = 0;          ///< kernels
  std::uint32_t weight_row = 0;         ///< kernels, streamed: of the first half
  std::uint32_t weight_halves = 0;      ///< kernels, streamed: 2 when the next weights load during adding
  std::uint32_t weight_half_rows = 0;   ///< kernels, streamed: distance of the halves
};

struct LayerPlan {
  const Layer* layer = nullptr;
  std::optional<Engine> engine;  ///< none: no weights
  ArrayPlan array;
  AdderPlan adder;
  std::uint32_t weight_bytes = 0;    ///< digital unit: of a weight
  std::uint32_t first_subarray = 0;  ///< AND: of replica 0
  std::uint32_t kernel_row = 0;      ///< weights in rows that stay: the layer's own rows, pass after pass
  std::uint32_t image_row = 0;       ///< AND: first row of the image region
  bool weights_resident = false;     ///< loaded once
  bool table_resident = false;
  std::uint32_t weights_address = 0;            ///< resident signs or multiplier weights: in the buffer
  std::uint32_t table_address = 0;              ///< resident table: in the buffer
  std::array<std::uint32_t, 2> weight_slots{};  ///< signs or multiplier weights that are not resident, in turn
  std::uint32_t band_rows = 0;                  ///< output rows between loading the input and storing the output
  std::uint32_t strip_rows = 0;                 ///< output rows whose sums stand together
  std::array<std::uint32_t, 2> accumulators{};  ///< buffer addresses used in turn by strips
  std::uint32_t accumulator_bytes = 0;          ///< of each
  MapPlacement input;
  MapPlacement residual;  ///< unused without a residual
  MapPlacement output;
  std::uint32_t input_slot = 0;  ///< where bands stand of a map that is not in the buffer
  std::uint32_t residual_slot = 0;
  std::uint32_t output_slot = 0;

  bool on(Engine one) const { return engine == one; }
  bool adds(AdderLanes lanes) const { return engine == Engine::Adder && adder.lanes == lanes; }
  /// Tables come apart from the pass's weights.
  bool tables_apart() const { return on(Engine::Adder) && adder.table_kernels < array.kernels_per_pass; }
  /// Weights are signs or numbers in the buffer.
  bool buffers_weights() const { return adds(AdderLanes::Pixels) || on(Engine::Digital); }
  bool has_residual() const { return layer->residual.is_there(); }
};

struct NetworkPlan {
  bool stationary = false;                     ///< weights of AND-accumulation are loaded once, others where they fit
  std::uint32_t kernel_halves = 1;             ///< streamed: 2 when the next weights load during computing
  std::uint32_t kernel_half_rows = 0;          ///< streamed: distance of the halves
  std::array<std::uint32_t, 2> table_slots{};  ///< tables that are not resident: buffer addresses used in turn
  std::uint32_t table_slot_bytes = 0;
  std::uint32_t resident_bytes = 0;  ///< of the buffer, from address 0 on
  std::uint32_t scratch_bytes = 0;
  std::vector<LayerPlan> layers;
};

/// The first layer whose weights come for every image; null when all are loaded once.
const Layer* streams_weights(const NetworkPlan& plan);

/// What runs each layer; none where there are no weights.
using EngineChoice = std::vector<std::optional<Engine>>;

/// Places a validated graph on a chip with given engines; InputError when it cannot be done, naming the layer and what
/// is missing.
NetworkPlan place_network(const IntegerGraph& graph, const ChipTarget& target, const MappingOptions& options,
                          const EngineChoice& engines);

/// A placement that may fail.
struct PlacementTrial {
  std::optional<NetworkPlan> plan;
  std::optional<std::size_t> layer;  ///< that could not be placed
  std::string reason;
};
PlacementTrial try_placement(const IntegerGraph& graph, const ChipTarget& target, const MappingOptions& options,
                             const EngineChoice& engines);

/// Validates a graph, chooses engines as the options say and places it; InputError when it cannot be done.
NetworkPlan make_plan(const IntegerGraph& graph, const ChipTarget& target, const MappingOptions& options);

}  // namespace spinvp::network
