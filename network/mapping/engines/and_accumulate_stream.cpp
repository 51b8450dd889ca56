#include <algorithm>

#include "network/mapping/engines/engine_stream.h"

namespace spinvp::network {
namespace {

/// Blocks of pixels use the two halves of the image region in turn: one is gathered while the other computes.
class AndAccumulateStream : public EngineStream {
 public:
  AndAccumulateStream(const LayerPlan& plan, const ChipTarget& target) : plan_(plan), target_(target) {}

  std::uint32_t reading_lanes() const override { return lanes::gather; }
  // The table to be overwritten was last used by thresholding the work before this one.
  std::uint32_t prefetch_wait() const override { return lanes::digital; }

  void load(CommandStream& stream, const PackedLoad& load, std::uint32_t memory_offset, std::uint32_t place,
            std::uint32_t wait) const override {
    const ArrayPlan& array = plan_.array;
    const std::uint32_t rows_a_kernel = weight_planes(*plan_.layer) * tiles_of(load.block);
    const std::uint32_t full = load.block.kernels / array.kernels_per_subarray;
    const std::uint32_t rest = load.block.kernels % array.kernels_per_subarray;
    interface::LoadRowsCommand rows;
    rows.base = interface::Base::Network;
    rows.memory_offset = memory_offset;
    rows.replicas = array.replicas;
    rows.replica_stride = subarrays_of(array, load.block);
    rows.first_row = place;
    rows.row_bytes = packed_row_bytes(*plan_.layer, target_.columns);
    if (full > 0) {
      rows.first_subarray = plan_.first_subarray;
      rows.subarrays = full;
      rows.rows = array.kernels_per_subarray * rows_a_kernel;
      stream.add(rows, wait);
      rows.memory_offset += rows.subarrays * rows.rows * rows.row_bytes;
      wait = 0;
    }
    if (rest > 0) {  // the last sub-array holds fewer kernels
      rows.first_subarray = plan_.first_subarray + full;
      rows.subarrays = 1;
      rows.rows = rest * rows_a_kernel;
      stream.add(rows, wait);
    }
  }

  void accumulate(CommandStream& stream, const Work& work, const std::function<void()>& started) override {
    const ArrayPlan& array = plan_.array;
    const std::uint32_t pixels_a_block = array.pixels_per_block * array.replicas;
    const std::uint32_t end = work.first_pixel + work.pixels;
    for (std::uint32_t pixel = work.first_pixel; pixel < end; pixel += pixels_a_block) {
      const std::uint32_t pixels = std::min(pixels_a_block, end - pixel);
      const std::uint32_t image_row = plan_.image_row + blocks_++ % array.image_halves * array.image_half_rows;
      const bool first = pixel == work.first_pixel;
      // The other half's last reader had finished when the accumulation before this was issued; a single half is free
      // when nothing computes.
      std::uint32_t gather_wait = array.image_halves == 1 ? lanes::compute : 0;
      if (first && work.band_begins) {
        gather_wait |= lanes::dma | lanes::digital;
      }
      gather(stream, work, pixel, pixels, image_row, gather_wait);
      and_accumulate(stream, work, pixel, pixels, image_row,
                     lanes::gather | lanes::compute | (first && work.weights_arrive ? lanes::dma : 0));
      if (first) {
        started();
      }
    }
  }

 private:
  std::uint32_t tiles_of(const WeightBlock& block) const {
    return static_cast<std::uint32_t>(ceil_divide(block.elements, target_.columns));
  }

  void gather(CommandStream& stream, const Work& work, std::uint32_t pixel, std::uint32_t pixels,
              std::uint32_t image_row, std::uint32_t wait) const {
    const WeightBlock& block = work.load.block;
    interface::GatherRowsCommand command;
    set_window(command, plan_, work);
    command.first_pixel = pixel;
    command.pixels_per_replica = plan_.array.pixels_per_block;
    command.pixels = pixels;
    command.first_subarray = plan_.first_subarray;
    command.subarrays = subarrays_of(plan_.array, block);
    command.replicas = plan_.array.replicas;
    command.first_row = image_row;
    command.first_bit = block.first_element;
    command.bit_count = block.elements;
    command.tiles = tiles_of(block);
    stream.add(command, wait);
  }

  void and_accumulate(CommandStream& stream, const Work& work, std::uint32_t pixel, std::uint32_t pixels,
                      std::uint32_t image_row, std::uint32_t wait) const {
    const WeightBlock& block = work.load.block;
    interface::AndAccCommand command;
    command.first_subarray = plan_.first_subarray;
    command.subarrays = subarrays_of(plan_.array, block);
    command.replicas = plan_.array.replicas;
    command.tiles = tiles_of(block);
    command.kernel_row = work.weights_at;
    command.image_row = image_row;
    command.kernels_per_subarray = plan_.array.kernels_per_subarray;
    command.kernels = block.kernels;
    command.pixels_per_replica = plan_.array.pixels_per_block;
    command.pixels = pixels;
    command.activation_planes = u32(plan_.layer->input_bits);
    command.weight_planes = weight_planes(*plan_.layer);
    command.weight_kind = command_weight_kind(plan_.layer->weight_kind);
    command.accumulate = work.load.first_of_pass ? 0 : 1;
    command.accumulator_pitch = accumulator_pitch(block);
    command.accumulator_address = work.accumulators + pixel * command.accumulator_pitch;
    stream.add(command, wait);
  }

  const LayerPlan& plan_;
  const ChipTarget& target_;
  std::uint32_t blocks_ = 0;
};

}  // namespace

std::unique_ptr<EngineStream> make_and_accumulate_stream(const LayerPlan& plan, const ChipTarget& target) {
  return std::make_unique<AndAccumulateStream>(plan, target);
}

}  // namespace spinvp::network
