#pragma once

#include <cstdint>

#include "network/mapping/command_stream.h"
#include "network/mapping/engines/engine_stream.h"
#include "network/mapping/plan.h"

/// Commands around a layer's sums: bands of maps that come and go, and the digital unit's last steps.
namespace spinvp::network {

/// Output rows of a band.
RowRange band_rows(const LayerPlan& plan, std::uint32_t band);

/// What the buffer holds of a layer's maps while it computes a band.
HeldMap held_input(const LayerPlan& plan, RowRange band);
HeldMap held_residual(const LayerPlan& plan, RowRange band);
HeldMap held_output(const LayerPlan& plan, RowRange band);

/// True when a band brings something into the buffer, or needs what an earlier band leaves.
bool band_moves_maps(const LayerPlan& plan, std::uint32_t band);

/// Brings a band's maps into the buffer: the image's bytes are packed, maps in scratch memory and constant
/// maps are loaded.
/// `reading_lanes` are those that read the input.
void add_band_begin(CommandStream& stream, const LayerPlan& plan, std::uint32_t band, std::uint32_t reading_lanes);

/// Stores a band of an output that stands in system memory.
void add_band_end(CommandStream& stream, const LayerPlan& plan, std::uint32_t band);

/// What one DIGITAL works on.
struct DigitalWork {
  std::uint32_t band = 0;
  RowRange output;                 ///< rows of the layer's output
  std::uint32_t first_kernel = 0;  ///< of the layer
  std::uint32_t kernels = 0;
  std::uint32_t accumulators = 0;  ///< of the first kernel and row; layers without weights read their input
  std::uint32_t accumulator_pitch = 0;
  std::uint32_t table_address = 0;
};

/// Residual, pooling, thresholds or affine step of some rows and kernels.
void add_digital(CommandStream& stream, const LayerPlan& plan, const DigitalWork& work, std::uint32_t wait);

}  // namespace spinvp::network
