#include "network/mapping/map_commands.h"

#include <algorithm>

namespace spinvp::network {
namespace {

HeldMap held(const MapPlacement& map, RowRange range, std::uint32_t slot) {
  HeldMap result;
  result.range = range;
  if (map.in_buffer()) {
    result.address = map.address + range.first * map.row_pitch;
    result.plane_stride = map.plane_stride;
  } else {
    result.address = slot;
    result.plane_stride = range.rows * map.row_pitch;
  }
  return result;
}

// Rows of a map between system memory and its slot, plane by plane.
template <class Copy>
Copy copy_of(const MapPlacement& map, const HeldMap& held) {
  Copy copy;
  copy.base = map.home == MapHome::Output     ? interface::Base::Output
              : map.home == MapHome::Constant ? interface::Base::Network
                                              : interface::Base::Scratch;
  copy.memory_offset = map.address + held.range.first * map.row_pitch;
  copy.buffer_address = held.address;
  copy.bytes = held.plane_stride;
  copy.rows = map.planes();
  copy.memory_stride = map.plane_stride;
  copy.buffer_stride = held.plane_stride;
  return copy;
}

void load_image(CommandStream& stream, const LayerPlan& plan, const HeldMap& held, bool first_band) {
  const Layer& layer = *plan.layer;
  const std::uint32_t row_bytes = u32(layer.input.width) * u32(layer.input.channels);
  interface::LoadCommand load;
  load.base = interface::Base::Input;
  load.memory_offset = held.range.first * row_bytes;
  load.buffer_address = plan.accumulators[0];  // free until the first sums are made
  load.bytes = held.range.rows * row_bytes;
  load.rows = 1;
  stream.add(load, first_band ? 0 : lanes::all);

  interface::PackCommand pack;
  pack.source_address = load.buffer_address;
  pack.source_row_stride = row_bytes;
  pack.source_pixel_stride = u32(layer.input.channels);
  pack.source_channel_stride = 1;
  pack.width = u32(layer.input.width);
  pack.height = held.range.rows;
  pack.channels = u32(layer.input.channels);
  pack.planes = u32(layer.input_bits);
  pack.output_address = held.address;
  pack.plane_stride = held.plane_stride;
  pack.row_pitch = plan.input.row_pitch;
  pack.pixel_pitch = pack.channels;
  stream.add(pack, lanes::dma);
}

void set_pooling(interface::DigitalCommand& command, const Layer& layer, std::uint32_t first_row) {
  const Pooling& pooling = layer.pooling;
  if (pooling.kind == PoolKind::None) {
    return;
  }
  command.pool_kind = pooling.kind == PoolKind::Max   ? interface::PoolKind::Max
                      : pooling.kind == PoolKind::Sum ? interface::PoolKind::Sum
                                                      : interface::PoolKind::Monotone;
  command.pool_stage = pooling.stage == PoolStage::BeforeThresholds ? interface::PoolStage::BeforeThresholds
                                                                    : interface::PoolStage::AfterThresholds;
  command.pool_height = u32(pooling.kernel_height);
  command.pool_width = u32(pooling.kernel_width);
  command.pool_stride_y = u32(pooling.stride_y);
  command.pool_stride_x = u32(pooling.stride_x);
  command.pool_pad_y = pool_rows_above(layer, first_row);
  command.pool_pad_x = u32(pooling.pad_left);
}

// Layers without weights read their input's levels in place of accumulators.
void set_source(interface::DigitalCommand& command, const LayerPlan& plan, const DigitalWork& work,
                std::uint32_t accumulator_row) {
  if (plan.layer->has_weights()) {
    command.accumulator_address = work.accumulators;
    command.accumulator_pitch = work.accumulator_pitch;
    return;
  }
  const HeldMap input = held_input(plan, band_rows(plan, work.band));
  command.accumulator_address = input.address + (accumulator_row - input.range.first) * plan.input.row_pitch;
  command.source = interface::SourceKind::Planes;
  command.source_plane_stride = input.plane_stride;
  command.source_row_pitch = plan.input.row_pitch;
  command.source_pixel_pitch = u32(plan.layer->input.channels);
  command.source_planes = plan.input.planes();
  command.source_first_channel = work.first_kernel;
}

void set_residual(interface::DigitalCommand& command, const LayerPlan& plan, const DigitalWork& work,
                  std::uint32_t accumulator_row) {
  if (!plan.has_residual()) {
    return;
  }
  const HeldMap residual = held_residual(plan, band_rows(plan, work.band));
  const std::uint32_t channels = u32(plan.residual.shape.channels);
  const bool raw = plan.residual.raw();
  command.residual = raw ? interface::ResidualKind::Values : interface::ResidualKind::Planes;
  command.fraction_bits = u32(plan.layer->residual.fraction_bits);
  command.residual_address = residual.address + (accumulator_row - residual.range.first) * plan.residual.row_pitch;
  command.residual_planes = raw ? 0 : plan.residual.planes();
  command.residual_plane_stride = raw ? 0 : residual.plane_stride;
  command.residual_row_pitch = plan.residual.row_pitch;
  command.residual_pixel_pitch = channels * (raw ? 32 : 1);
  command.residual_first_channel = work.first_kernel;
}

}  // namespace

RowRange band_rows(const LayerPlan& plan, std::uint32_t band) {
  const std::uint32_t first = band * plan.band_rows;
  return {first, std::min(plan.band_rows, u32(plan.layer->output.height) - first)};
}

HeldMap held_input(const LayerPlan& plan, RowRange band) {
  return held(plan.input, input_rows(*plan.layer, band), plan.input_slot);
}

HeldMap held_residual(const LayerPlan& plan, RowRange band) {
  return held(plan.residual, accumulator_range(*plan.layer, band), plan.residual_slot);
}

HeldMap held_output(const LayerPlan& plan, RowRange band) {
  return held(plan.output, band, plan.output_slot);
}

bool band_moves_maps(const LayerPlan& plan, std::uint32_t band) {
  return band > 0 || !plan.input.in_buffer() || (plan.has_residual() && !plan.residual.in_buffer());
}

void add_band_begin(CommandStream& stream, const LayerPlan& plan, std::uint32_t band, std::uint32_t reading_lanes) {
  const RowRange rows = band_rows(plan, band);
  if (plan.input.home == MapHome::Image) {
    load_image(stream, plan, held_input(plan, rows), band == 0);
  } else if (!plan.input.in_buffer()) {
    stream.add(copy_of<interface::LoadCommand>(plan.input, held_input(plan, rows)), reading_lanes);
  }
  if (plan.has_residual() && !plan.residual.in_buffer()) {
    stream.add(copy_of<interface::LoadCommand>(plan.residual, held_residual(plan, rows)), lanes::digital);
  }
}

void add_band_end(CommandStream& stream, const LayerPlan& plan, std::uint32_t band) {
  if (!plan.output.in_buffer()) {
    stream.add(copy_of<interface::StoreCommand>(plan.output, held_output(plan, band_rows(plan, band))), lanes::digital);
  }
}

void add_digital(CommandStream& stream, const LayerPlan& plan, const DigitalWork& work, std::uint32_t wait) {
  const Layer& layer = *plan.layer;
  const HeldMap output = held_output(plan, band_rows(plan, work.band));
  const RowRange sums = accumulator_range(layer, work.output);
  interface::DigitalCommand command;
  set_source(command, plan, work, sums.first);
  set_residual(command, plan, work, sums.first);
  command.width = u32(layer.convolved.width);
  command.height = sums.rows;
  command.channels = work.kernels;
  command.threshold_bits = u32(layer.threshold_bits);
  command.output_bits = u32(layer.output_bits);
  command.threshold_address = work.table_address;
  set_pooling(command, layer, work.output.first);
  if (!layer.gives_levels()) {
    command.pool_stage = interface::PoolStage::BeforeThresholds;
  }
  command.output_width = u32(layer.output.width);
  command.output_height = work.output.rows;
  command.output_address = output.address + (work.output.first - output.range.first) * plan.output.row_pitch;
  command.plane_stride = output.plane_stride;
  command.row_pitch = plan.output.row_pitch;
  command.pixel_pitch = u32(layer.output.channels) * (plan.output.raw() ? 32 : 1);
  command.first_channel = work.first_kernel;
  if (!layer.affine.gains.empty()) {
    command.affine = 1;
    command.affine_shift = u32(layer.affine.shift);
  }
  stream.add(command, wait);
}

}  // namespace spinvp::network
