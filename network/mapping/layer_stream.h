#pragma once

#include <cstdint>
#include <vector>

#include "network/mapping/command_stream.h"
#include "network/mapping/plan.h"
#include "network/mapping/weight_loads.h"

namespace spinvp::network {

/// Makes the command streams of a planned and packed network. Layers are run in order, because streamed weights of the
/// next layer load while the current one computes.
///
/// A layer is cut into bands (output rows whose input and output are on the chip at once), a band into passes (kernels
/// that the sub-arrays hold at once) and strips (output rows whose partial sums fit), a strip into blocks (pixels that
/// the image rows hold at once). Blocks use the two halves of the image region in turn, strips the two accumulator
/// areas, weight loads the two halves of the kernel region.
class LayerStreams {
 public:
  /// Offsets in `packed` count from the start of the image.
  LayerStreams(const NetworkPlan& plan, const std::vector<PackedLayer>& packed, const ChipTarget& target)
      : plan_(plan), packed_(packed), target_(target) {}

  /// Loads a stationary layer's weights once.
  CommandStream load_stream(std::size_t layer) const;

  /// Runs a layer. Call it for layer 0, 1, 2 ...
  CommandStream run_stream(std::size_t layer);

 private:
  /// Output rows [first_row, first_row + rows) of a band, for the kernels and tiles of one load.
  struct Section {
    std::uint32_t band = 0;
    std::uint32_t load = 0;      ///< index in PackedLayer::loads
    bool loads_weights = false;  ///< the load is not in place yet
    std::uint32_t first_row = 0;
    std::uint32_t rows = 0;
    bool ends_band = false;
  };
  /// Rows of a feature map that the buffer holds.
  struct HeldMap {
    std::uint32_t address = 0;
    std::uint32_t plane_stride = 0;
    std::uint32_t first_row = 0;
    std::uint32_t rows = 0;
  };
  /// Pixels that one GATHER_ROWS and one AND_ACC work on.
  struct Block {
    std::uint32_t first_pixel = 0;  ///< of the section's accumulators
    std::uint32_t pixels = 0;
    std::uint32_t image_row = 0;
  };

  std::vector<Section> sections_of(std::size_t layer) const;
  HeldMap held_input(std::size_t layer, std::uint32_t band) const;
  HeldMap held_output(std::size_t layer, std::uint32_t band) const;
  std::uint32_t first_accumulator_row(const Layer& layer, std::uint32_t output_row) const;

  void begin_band(CommandStream& stream, std::size_t layer, std::uint32_t band) const;
  void run_section(CommandStream& stream, std::size_t layer, const Section& section, const Section* next);
  void gather(CommandStream& stream, std::size_t layer, const Section& section, const Block& block,
              std::uint32_t wait) const;
  void and_accumulate(CommandStream& stream, std::size_t layer, const Section& section, const Block& block,
                      std::uint32_t wait) const;
  void threshold(CommandStream& stream, std::size_t layer, const Section& section) const;
  void store_band(CommandStream& stream, std::size_t layer, std::uint32_t band) const;
  void store_scores(CommandStream& stream, std::size_t layer) const;
  void load_weights(CommandStream& stream, std::size_t layer, std::uint32_t load, std::uint32_t wait);
  void prefetch(CommandStream& stream, std::size_t layer, const Section* next);

  const PackedLoad& load_of(std::size_t layer, const Section& section) const {
    return packed_[layer].loads[section.load];
  }
  std::uint32_t half_in_use() const { return (loads_begun_ + plan_.kernel_halves - 1) % plan_.kernel_halves; }
  std::uint32_t kernel_row(std::size_t layer) const;
  std::uint32_t threshold_address(std::size_t layer) const;
  std::uint32_t accumulator_pitch(std::size_t layer, const Section& section) const;

  const NetworkPlan& plan_;
  const std::vector<PackedLayer>& packed_;
  const ChipTarget& target_;
  std::uint32_t loads_begun_ = 0;  ///< streamed: loads whose sections have begun in this image
  std::uint32_t blocks_ = 0;       ///< of the layer so far
  std::uint32_t strips_ = 0;       ///< of the layer so far
  bool band_begins_ = false;       ///< the next gather waits for the band's input
};

}  // namespace spinvp::network
