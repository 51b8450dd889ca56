#include <algorithm>

#include "network/mapping/engines/engine_stream.h"

namespace spinvp::network {
namespace {

/// Elements come in chunks that use the two halves of the operand rows in turn: one is gathered while the other is
/// added. Behind the last element the sums are read.
class AdderStream : public EngineStream {
 public:
  explicit AdderStream(const LayerPlan& plan) : plan_(plan) {}

  std::uint32_t reading_lanes() const override { return lanes::gather; }
  std::uint32_t prefetch_wait() const override { return lanes::digital; }

  void load(CommandStream& stream, const PackedLoad& load, std::uint32_t memory_offset, std::uint32_t place,
            std::uint32_t wait) const override {
    interface::LoadCommand command;
    command.base = interface::Base::Network;
    command.memory_offset = memory_offset;
    command.buffer_address = place;
    command.bytes = load.weights_bytes;
    command.rows = 1;
    stream.add(command, wait);
  }

  void accumulate(CommandStream& stream, const Work& work, const std::function<void()>& started) override {
    const std::uint32_t pixels_a_block = plan_.array.pixels_per_block * plan_.array.replicas;
    const std::uint32_t end = work.first_pixel + work.pixels;
    for (std::uint32_t pixel = work.first_pixel; pixel < end; pixel += pixels_a_block) {
      const std::uint32_t pixels = std::min(pixels_a_block, end - pixel);
      const bool first = pixel == work.first_pixel;
      add_elements(stream, work, pixel, pixels, first, started);
      if (work.load.last_of_pass && slices(work.load.block) == 1) {
        read(stream, work, pixel, pixels, 0);
      }
    }
  }

  // Places that no kernel takes are read as well.
  std::uint32_t accumulator_pitch(const WeightBlock& block) const override {
    const AdderShare share = adder_share(plan_, block.kernels);
    return (share.slices == 1 ? share.kernels : share.slice_kernels()) * 4;
  }
  std::uint32_t slices(const WeightBlock& block) const override { return adder_share(plan_, block.kernels).slices; }
  RowRange slice_kernels(const WeightBlock& block, std::uint32_t slice) const override {
    const AdderShare share = adder_share(plan_, block.kernels);
    const std::uint32_t first = slice * share.slice_kernels();
    return {first, std::min(share.slice_kernels(), block.kernels - first)};
  }
  void read_slice(CommandStream& stream, const Work& work, std::uint32_t slice) override {
    if (slices(work.load.block) > 1) {
      read(stream, work, work.first_pixel, work.pixels, slice);
    }
  }

 private:
  void add_elements(CommandStream& stream, const Work& work, std::uint32_t pixel, std::uint32_t pixels, bool first,
                    const std::function<void()>& started) {
    const WeightBlock& block = work.load.block;
    const AdderPlan& adder = plan_.adder;
    const AdderShare share = adder_share(plan_, block.kernels);
    const std::uint32_t element_rows = 2 * u32(plan_.layer->input_bits);
    for (std::uint32_t done = 0; done < block.elements; done += adder.chunk_elements) {
      const std::uint32_t elements = std::min(adder.chunk_elements, block.elements - done);
      const std::uint32_t operand_row =
          adder.operand_row + chunks_++ % adder.operand_halves * adder.chunk_elements * element_rows;
      const bool begins = first && done == 0;

      interface::GatherLanesCommand gather;
      set_window(gather, plan_, work);
      gather.first_pixel = pixel;
      gather.pixels_per_replica = plan_.array.pixels_per_block;
      gather.pixels = pixels;
      gather.subarrays = share.subarrays;
      gather.replicas = replicas_of(pixels);
      gather.first_row = operand_row;
      gather.first_element = block.first_element + done;
      gather.elements = elements;
      gather.complement = 1;
      std::uint32_t wait = adder.operand_halves == 1 ? lanes::compute : 0;
      wait |= begins && work.band_begins ? lanes::dma | lanes::digital : 0;
      stream.add(gather, wait);

      interface::AddAccCommand add;
      add.subarrays = share.subarrays;
      add.replicas = replicas_of(pixels);
      add.elements = elements;
      add.operand_row = operand_row;
      add.accumulator_row = adder.accumulator_row;
      add.constant_row = adder.constant_row;
      add.width = adder.width;
      add.activation_planes = u32(plan_.layer->input_bits);
      add.weight_kind = command_weight_kind(plan_.layer->weight_kind);
      add.clear = work.load.first_of_pass && done == 0 ? 1 : 0;
      add.kernels_per_subarray = share.held;
      add.kernels = share.kernels;
      add.sign_pitch = load_sign_pitch(plan_, block);
      add.sign_address = work.weights_at + done * add.sign_pitch;
      stream.add(add, lanes::gather | lanes::compute | (begins && needs_dma(work) ? lanes::dma : 0));
      if (begins) {
        started();
      }
    }
  }

  void read(CommandStream& stream, const Work& work, std::uint32_t pixel, std::uint32_t pixels, std::uint32_t slice) {
    const AdderShare share = adder_share(plan_, work.load.block.kernels);
    const std::uint32_t places = std::min(share.slice, share.held - slice * share.slice);
    interface::ReadSumsCommand command;
    command.subarrays = share.subarrays;
    command.replicas = replicas_of(pixels);
    command.accumulator_row = plan_.adder.accumulator_row + slice * share.slice * plan_.adder.width;
    command.width = plan_.adder.width;
    command.kernels_per_subarray = places;
    command.kernels = share.slices == 1 ? share.kernels : share.subarrays * places;
    command.pixels_per_replica = plan_.array.pixels_per_block;
    command.pixels = pixels;
    command.accumulator_pitch = accumulator_pitch(work.load.block);
    command.accumulator_address = work.accumulators + pixel * command.accumulator_pitch;
    stream.add(command, 0);
  }

  // Replicas without a pixel have nothing to add.
  std::uint32_t replicas_of(std::uint32_t pixels) const {
    return static_cast<std::uint32_t>(ceil_divide(pixels, plan_.array.pixels_per_block));
  }

  // The constant rows come by DMA as well, where they are written for every image.
  bool needs_dma(const Work& work) {
    const bool first = !started_;
    started_ = true;
    return first || work.weights_arrive;
  }

  const LayerPlan& plan_;
  std::uint32_t chunks_ = 0;
  bool started_ = false;
};

}  // namespace

std::unique_ptr<EngineStream> make_adder_stream(const LayerPlan& plan) {
  return std::make_unique<AdderStream>(plan);
}

void add_adder_constants(CommandStream& stream, const LayerPlan& plan, std::uint32_t columns,
                         std::uint32_t memory_offset) {
  interface::LoadRowsCommand command;
  command.base = interface::Base::Network;
  command.memory_offset = memory_offset;
  command.subarrays = 1;
  command.replicas = plan.array.subarrays * plan.array.replicas;
  command.replica_stride = 1;
  command.first_row = plan.adder.constant_row;
  command.rows = 2;
  command.row_bytes = columns / 8;
  stream.add(command, 0);
}

}  // namespace spinvp::network
