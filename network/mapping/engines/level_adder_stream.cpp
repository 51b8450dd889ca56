#include "network/mapping/engines/engine_stream.h"

namespace spinvp::network {
namespace {

/// Weights come to rows, or stay there; ADD_LEVELS adds the levels of a load's elements, and behind the last load
/// READ_LANES brings the sums of all parts to the buffer.
class LevelAdderStream : public EngineStream {
 public:
  LevelAdderStream(const LayerPlan& plan, const ChipTarget& target) : plan_(plan), target_(target) {}

  std::uint32_t reading_lanes() const override { return lanes::compute; }
  // The table to be overwritten was last used by thresholding the work before this one.
  std::uint32_t prefetch_wait() const override { return lanes::digital; }

  void load(CommandStream& stream, const PackedLoad& load, std::uint32_t memory_offset, std::uint32_t place,
            std::uint32_t wait) const override {
    const LaneShare share = lane_share(plan_, load.block, target_.columns);
    interface::LoadRowsCommand command;
    command.base = interface::Base::Network;
    command.memory_offset = memory_offset;
    command.subarrays = share.parts * share.subarrays;
    command.replicas = 1;
    command.first_row = place;
    command.rows = share.rows();
    command.row_bytes = share.row_bytes;
    stream.add(command, wait);
  }

  void accumulate(CommandStream& stream, const Work& work, const std::function<void()>& started) override {
    const WeightBlock& block = work.load.block;
    const LaneShare share = lane_share(plan_, block, target_.columns);
    interface::AddLevelsCommand add;
    set_window(add, plan_, work);
    add.first_pixel = work.first_pixel;
    add.subarrays = share.subarrays;
    add.parts = plan_.array.replicas;
    add.weight_row = work.weights_at;
    add.accumulator_row = plan_.adder.accumulator_row;
    add.carry_row = plan_.adder.carry_row;
    add.first_element = block.first_element;
    add.elements = block.elements;
    add.elements_per_part = share.elements_per_part;
    add.accumulator_width = plan_.adder.width;
    add.clear = work.load.first_of_pass ? 1 : 0;
    // Waiting for the additions before these frees their half of the weights for the next load.
    stream.add(add, lanes::compute | (work.weights_arrive ? lanes::dma : 0) |
                        (work.band_begins ? lanes::dma | lanes::digital : 0));
    started();
    if (work.load.last_of_pass) {
      interface::ReadLanesCommand read;
      read.subarrays = share.subarrays;
      read.parts = plan_.array.replicas;
      read.accumulator_row = plan_.adder.accumulator_row;
      read.accumulator_width = plan_.adder.width;
      read.kernels = block.kernels;
      read.accumulator_address = work.accumulators;
      stream.add(read, 0);
    }
  }

 private:
  const LayerPlan& plan_;
  const ChipTarget& target_;
};

}  // namespace

std::unique_ptr<EngineStream> make_level_adder_stream(const LayerPlan& plan, const ChipTarget& target) {
  return std::make_unique<LevelAdderStream>(plan, target);
}

}  // namespace spinvp::network
