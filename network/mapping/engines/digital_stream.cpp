#include "network/mapping/engines/engine_stream.h"

namespace spinvp::network {
namespace {

/// One MULTIPLY makes all sums of a strip for the kernels and elements of a load.
class DigitalStream : public EngineStream {
 public:
  explicit DigitalStream(const LayerPlan& plan) : plan_(plan) {}

  std::uint32_t reading_lanes() const override { return lanes::digital; }
  // A load's first MULTIPLY waits for the ones before, and for thresholding, which shares their lane.
  std::uint32_t prefetch_wait() const override { return 0; }

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
    const WeightBlock& block = work.load.block;
    interface::MultiplyCommand command;
    set_window(command, plan_, work);
    command.first_pixel = work.first_pixel;
    command.pixels = work.pixels;
    command.weight_address = work.weights_at;
    command.kernels = block.kernels;
    command.weight_bytes = plan_.weight_bytes;
    command.accumulate = work.load.first_of_pass ? 0 : 1;
    command.accumulator_pitch = accumulator_pitch(block);
    command.accumulator_address = work.accumulators + work.first_pixel * command.accumulator_pitch;
    command.first_element = block.first_element;
    command.elements = block.elements;
    stream.add(command, work.band_begins || work.weights_arrive ? lanes::dma | lanes::digital : 0);
    started();
  }

 private:
  const LayerPlan& plan_;
};

}  // namespace

std::unique_ptr<EngineStream> make_digital_stream(const LayerPlan& plan) {
  return std::make_unique<DigitalStream>(plan);
}

}  // namespace spinvp::network
