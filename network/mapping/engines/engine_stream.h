#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "network/mapping/command_stream.h"
#include "network/mapping/plan.h"
#include "network/mapping/weight_loads.h"

/// What commands each engine makes of a layer's work.
namespace spinvp::network {

/// Rows of a map that the buffer holds.
struct HeldMap {
  std::uint32_t address = 0;  ///< of row `range.first`
  std::uint32_t plane_stride = 0;
  RowRange range;
};

/// Sums to make: some pixels of a strip, for the kernels and elements of one load.
struct Work {
  const PackedLoad& load;
  HeldMap input;
  std::uint32_t first_row = 0;    ///< of the convolution: the strip's first
  std::uint32_t first_pixel = 0;  ///< of the strip
  std::uint32_t pixels = 0;
  std::uint32_t accumulators = 0;  ///< where the strip's sums go; overwritten by slices
  std::uint32_t weights_at = 0;    ///< row or buffer address of the load
  bool band_begins = false;        ///< the input was just brought into the buffer
  bool weights_arrive = false;     ///< the load was just brought by DMA
};

/// Makes one layer's commands. Lives as long as the layer's stream is being made.
class EngineStream {
 public:
  virtual ~EngineStream() = default;

  /// Lanes that read the input map.
  virtual std::uint32_t reading_lanes() const = 0;

  /// Lanes that an early load of weights must still wait for when the first command of some work has been issued.
  virtual std::uint32_t prefetch_wait() const = 0;

  /// Brings a load's weights to a row or an address.
  virtual void load(CommandStream& stream, const PackedLoad& load, std::uint32_t memory_offset, std::uint32_t place,
                    std::uint32_t wait) const = 0;

  /// Makes the sums. Calls `started` behind the first command that computes: what worked before has finished then.
  virtual void accumulate(CommandStream& stream, const Work& work, const std::function<void()>& started) = 0;

  /// Bytes from pixel to pixel of the sums in the buffer.
  virtual std::uint32_t accumulator_pitch(const WeightBlock& block) const { return block.kernels * 4; }

  /// Slices of kernels that are thresholded one after the other.
  virtual std::uint32_t slices(const WeightBlock&) const { return 1; }
  /// Kernels [first, first + count) of a block in a slice.
  virtual RowRange slice_kernels(const WeightBlock& block, std::uint32_t) const { return {0, block.kernels}; }
  /// Brings a slice of several to the buffer.
  virtual void read_slice(CommandStream&, const Work&, std::uint32_t) {}
};

std::unique_ptr<EngineStream> make_and_accumulate_stream(const LayerPlan& plan, const ChipTarget& target);
std::unique_ptr<EngineStream> make_adder_stream(const LayerPlan& plan);
std::unique_ptr<EngineStream> make_level_adder_stream(const LayerPlan& plan, const ChipTarget& target);
std::unique_ptr<EngineStream> make_digital_stream(const LayerPlan& plan);

/// The engine of a layer's plan; none for layers without weights.
std::unique_ptr<EngineStream> make_engine_stream(const LayerPlan& plan, const ChipTarget& target);

/// Brings rows of zeros and ones, which stand at `memory_offset` in the image, to every sub-array that the adder uses.
void add_adder_constants(CommandStream& stream, const LayerPlan& plan, std::uint32_t columns,
                         std::uint32_t memory_offset);

interface::WeightKind command_weight_kind(WeightKind kind);

/// The fields that say which part of a map a command gathers; GATHER_ROWS, GATHER_LANES, ADD_LEVELS and
/// MULTIPLY share them.
template <class Command>
void set_window(Command& command, const LayerPlan& plan, const Work& work) {
  const Layer& layer = *plan.layer;
  const std::uint32_t channels = u32(layer.input.channels / layer.groups);
  const int input_row = static_cast<int>(work.first_row) * layer.stride_y - layer.pad_top;
  command.map_address = work.input.address;
  command.plane_stride = work.input.plane_stride;
  command.row_pitch = plan.input.row_pitch;
  command.height = work.input.range.rows;
  command.width = u32(layer.input.width);
  command.pixel_pitch = u32(layer.input.channels);
  command.first_channel = work.load.block.first_kernel / kernels_per_group(layer) * channels;
  command.channels = channels;
  command.planes = u32(layer.input_bits);
  command.pad_level = u32(layer.pad_level);
  command.kernel_height = u32(layer.kernel_height);
  command.kernel_width = u32(layer.kernel_width);
  command.stride_y = u32(layer.stride_y);
  command.stride_x = u32(layer.stride_x);
  command.start_y = input_row - static_cast<int>(work.input.range.first);
  command.start_x = -layer.pad_left;
  command.output_width = u32(layer.convolved.width);
  command.dilation_y = u32(layer.dilation_y);
  command.dilation_x = u32(layer.dilation_x);
}

}  // namespace spinvp::network
