#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace spinvp::network {

/// What runs a layer's multiply-accumulates.
enum class Engine {
  AndAccumulate,
  Adder,    ///< in-memory addition: binary (one bit) and ternary weights
  Digital,  ///< the digital unit's multipliers
};

/// What a lane (a column) of in-memory addition is.
enum class AdderLanes {
  Pixels,   ///< an output pixel: elements are gathered into rows, kernels follow one another
  Kernels,  ///< a kernel of the only output pixel: weights stand in rows, levels come from the buffer
};

/// What decides which of several placements is the fastest. A wrong value costs time, never a result.
struct ChipSpeed {
  std::uint32_t row_operation_cycles = 1;  ///< from one row operation of a sub-array to its next
  std::uint32_t row_write_cycles = 1;
  std::uint32_t dma_bytes_per_cycle = 16;
  std::uint32_t addition_bit_cycles = 2;   ///< a bit of an in-memory addition, write-backs included
  std::uint32_t multiplies_per_cycle = 0;  ///< of the digital unit
  std::uint32_t buffer_bytes_per_cycle = 64;
  std::uint32_t digital_lanes = 64;
  std::uint32_t row_read_cycles = 1;
  std::uint32_t pipeline_cycles = 0;    ///< of an AND-accumulation, once a command
  std::uint32_t nv_store_interval = 0;  ///< accumulations from one non-volatile store to the next; 0: none
  std::uint32_t nv_store_cycles = 0;
  std::uint32_t subarrays_per_bank = 1;  ///< they share a port to the buffer
  std::uint32_t dma_burst_bytes = 256;
  double memory_burst_ns = 40;     ///< the system's: before a burst's first beat; as configs/socs/default.yaml has it
  double memory_byte_ns = 0.3125;  ///< the system's: of a byte of a burst; as configs/socs/default.yaml has it
  double clock_ns = 2;
};

/// What decides which of several placements takes the least energy, in pJ. A wrong value costs energy, never a result.
struct ChipEnergy {
  double row_operation = 0;  ///< two-row AND, its bit-count and accumulation
  double nv_store = 0;       ///< of an accumulator's sum
  double row_read = 0;
  double row_write = 0;
  double addition_bit = 0;  ///< a bit of an in-memory addition of a whole row, write-backs included
  double multiply = 0;
  double buffer_byte = 0;
  double dma_byte = 0;
  double compare = 0;
  double pool = 0;
  double pack_bit = 0;
  double command = 0;
  double leakage_per_ns = 0;  ///< of the whole chip
};

/// The chip that a network is mapped for: what a driver could read from its capability registers, and how fast it is.
struct ChipTarget {
  std::string name;
  std::uint32_t rows = 0;     ///< of a sub-array
  std::uint32_t columns = 0;  ///< of a sub-array, a multiple of 64
  std::uint32_t subarrays = 0;
  std::uint32_t buffer_bytes = 0;
  ChipSpeed speed{};
  ChipEnergy energy{};
  bool and_accumulate = true;
  bool adder = false;
  bool adder_is_single_cycle = false;  ///< scheme B; an image made for it asks for it
  bool digital = false;                ///< multipliers in the digital unit
};

/// Where weights stand between images.
enum class WeightPolicy {
  Auto,        ///< stationary when the whole network fits, streamed otherwise
  Stationary,  ///< loaded once, every layer in rows of its own
  Streamed,    ///< loaded for every image, the next layer's while the current one computes
};

/// What `auto` minimises, for one image.
enum class Objective { Latency, Energy, EnergyDelay };

struct MappingOptions {
  WeightPolicy weights = WeightPolicy::Auto;
  Objective objective = Objective::Latency;
  /// Latency: how many times as long as with all sub-arrays a network may take so that each layer keeps to few of its
  /// own, which takes less energy.
  double most_for_density = 1.25;
  /// No engine named: the cheapest by the objective. Otherwise the sub-arrays compute, by AND-accumulation where the
  /// chip has it, else by addition, and the multipliers only what neither can run.
  bool cheapest = false;
  std::optional<Engine> engine{};          ///< for every layer that it can run
  std::map<std::string, Engine> layers{};  ///< for layers by name, before `engine`
  /// For layers with one output pixel on the adder, wherever they fit; none: the cheaper one by the objective.
  std::optional<AdderLanes> lanes{};
};

}  // namespace spinvp::network
