#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "network/mapping/command_stream.h"
#include "network/mapping/engines/engine_stream.h"
#include "network/mapping/plan.h"
#include "network/mapping/weight_loads.h"

namespace spinvp::network {

/// Makes the command streams of a planned network. Layers are run in order, because streamed weights of the next layer
/// load while the current one computes.
///
/// A layer is cut into bands (output rows whose maps are on the chip at once), a band into passes (kernels that are
/// computed together) and strips (output rows whose sums stand together), a strip into loads of weights. Strips use the
/// two accumulator areas in turn, loads the two halves of the kernel region or the two slots of the buffer. What a
/// strip and load become is the engine's.
class LayerStreams {
 public:
  /// Packed layers say where the image has weights and tables; their bits are not needed.
  LayerStreams(const NetworkPlan& plan, const std::vector<PackedLayer>& packed, const ChipTarget& target)
      : plan_(plan), packed_(packed), target_(target) {}

  /// Brings what stays on the chip: weights and tables. Empty when nothing does.
  CommandStream load_stream(std::size_t layer) const;

  /// Runs a layer. Call it for layer 0, 1, 2 ...
  CommandStream run_stream(std::size_t layer);

 private:
  /// Output rows of a band, for the kernels and elements of one load.
  struct Section {
    std::uint32_t band = 0;
    std::uint32_t load = 0;         ///< index in LoadLayout::loads
    bool loads = false;             ///< the load is not in place yet
    RowRange rows;                  ///< of the output
    std::uint32_t first_pixel = 0;  ///< of the strip's sums
    std::uint32_t pixels = 0;
    bool ends_strip = false;  ///< for its kernels
    bool ends_band = false;
  };

  std::vector<Section> sections_of(std::size_t layer) const;
  bool streams_loads(std::size_t layer) const;
  void run_section(CommandStream& stream, std::size_t layer, const Section& section, const Section* next);
  void run_sums(CommandStream& stream, std::size_t layer, const Section& section, const Section* next);
  Work work_of(std::size_t layer, const Section& section, std::uint32_t load) const;
  void run_table(CommandStream& stream, std::size_t layer, const Section& section, const Section* next);
  void threshold(CommandStream& stream, std::size_t layer, const Section& section, RowRange kernels,
                 std::uint32_t accumulator_pitch, std::uint32_t wait);
  void threshold_slice(CommandStream& stream, std::size_t layer, const Section& section, RowRange kernels,
                       std::uint32_t accumulators, std::uint32_t accumulator_pitch, std::uint32_t wait);
  void add_load(CommandStream& stream, std::size_t layer, std::uint32_t load, std::uint32_t wait);
  void prefetch(CommandStream& stream, std::size_t layer, const Section* next, std::uint32_t wait);

  const PackedLoad& load_of(std::size_t layer, std::uint32_t load) const { return packed_[layer].loads()[load]; }
  std::uint32_t weights_place(std::size_t layer, std::uint32_t load, std::uint32_t turn) const;
  std::uint32_t table_place(std::size_t layer, std::uint32_t load, std::uint32_t turn) const;
  bool loads_between_computing(std::size_t layer) const;

  const NetworkPlan& plan_;
  const std::vector<PackedLayer>& packed_;
  const ChipTarget& target_;
  std::unique_ptr<EngineStream> engine_;  // of the layer that runs; none without weights
  std::uint32_t loads_issued_ = 0;        // streamed: of this image
  std::uint32_t loads_begun_ = 0;         // streamed: loads whose sections have begun
  std::uint32_t strips_ = 0;              // of the layer so far
  bool band_begins_ = false;              // the next work waits for the band's maps
};

}  // namespace spinvp::network
