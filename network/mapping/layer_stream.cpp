#include "network/mapping/layer_stream.h"

#include <algorithm>

namespace spinvp::network {
namespace {

std::uint32_t u32(int value) {
  return static_cast<std::uint32_t>(value);
}

interface::WeightKind command_weight_kind(WeightKind kind) {
  switch (kind) {
    case WeightKind::Binary:
      return interface::WeightKind::Binary;
    case WeightKind::Ternary:
      return interface::WeightKind::Ternary;
    case WeightKind::Integer:
      break;
  }
  return interface::WeightKind::TwosComplement;
}

void set_pooling(interface::DigitalCommand& command, const Pooling& pooling) {
  if (pooling.kind == PoolKind::None) {
    return;
  }
  command.pool_kind = pooling.kind == PoolKind::Max ? interface::PoolKind::Max : interface::PoolKind::Sum;
  command.pool_stage = pooling.stage == PoolStage::BeforeThresholds ? interface::PoolStage::BeforeThresholds
                                                                    : interface::PoolStage::AfterThresholds;
  command.pool_height = u32(pooling.kernel_height);
  command.pool_width = u32(pooling.kernel_width);
  command.pool_stride_y = u32(pooling.stride_y);
  command.pool_stride_x = u32(pooling.stride_x);
}

bool gives_scores(const Layer& layer) {
  return layer.threshold_bits == 0;
}

}  // namespace

CommandStream LayerStreams::load_stream(std::size_t layer) const {
  CommandStream stream(static_cast<std::uint32_t>(layer), true);
  const LayerPlan& plan = plan_.layers[layer];
  add_load(stream, plan, packed_[layer].loads.front(), target_.columns, plan.kernel_row, plan.threshold_address, 0);
  stream.add(interface::StopCommand{}, 0);
  return stream;
}

CommandStream LayerStreams::run_stream(std::size_t layer) {
  CommandStream stream(static_cast<std::uint32_t>(layer), false);
  blocks_ = 0;
  strips_ = 0;
  if (layer == 0) {
    loads_begun_ = 0;
    if (!plan_.stationary && plan_.kernel_halves == 2) {
      load_weights(stream, 0, 0, 0);  // nobody could do it before
    }
  }
  const std::vector<Section> sections = sections_of(layer);
  for (std::size_t i = 0; i < sections.size(); ++i) {
    if (i == 0 || sections[i].band != sections[i - 1].band) {
      begin_band(stream, layer, sections[i].band);
      band_begins_ = true;
    }
    run_section(stream, layer, sections[i], i + 1 < sections.size() ? &sections[i + 1] : nullptr);
    if (sections[i].ends_band && !gives_scores(*plan_.layers[layer].layer)) {
      store_band(stream, layer, sections[i].band);
    }
  }
  if (gives_scores(*plan_.layers[layer].layer)) {
    store_scores(stream, layer);
  }
  stream.add(interface::StopCommand{}, 0);
  return stream;
}

std::vector<LayerStreams::Section> LayerStreams::sections_of(std::size_t layer) const {
  const LayerPlan& plan = plan_.layers[layer];
  const ArrayPlan& array = plan.array;
  const std::uint32_t height = u32(plan.layer->output.height);
  const std::uint32_t strip = plan.strip_rows;
  const std::uint32_t tile_loads = array.tile_loads();
  std::vector<Section> sections;
  for (std::uint32_t band = 0; band * plan.band_rows < height; ++band) {
    const std::uint32_t band_first = band * plan.band_rows;
    const std::uint32_t band_end = std::min(height, band_first + plan.band_rows);
    for (std::uint32_t pass = 0; pass < array.passes; ++pass) {
      for (std::uint32_t row = band_first; row < band_end; row += strip) {
        for (std::uint32_t tile_load = 0; tile_load < tile_loads; ++tile_load) {
          Section section;
          section.band = band;
          section.load = pass * tile_loads + tile_load;
          section.first_row = row;
          section.rows = std::min(strip, band_end - row);
          const bool another_load = sections.empty() || sections.back().load != section.load;
          section.loads_weights = !plan_.stationary && another_load;
          sections.push_back(section);
        }
      }
    }
    sections.back().ends_band = true;
  }
  return sections;
}

std::uint32_t LayerStreams::first_accumulator_row(const Layer& layer, std::uint32_t output_row) const {
  return layer.pooling.kind == PoolKind::None ? output_row : output_row * u32(layer.pooling.stride_y);
}

LayerStreams::HeldMap LayerStreams::held_input(std::size_t index, std::uint32_t band) const {
  const LayerPlan& plan = plan_.layers[index];
  const Layer& layer = *plan.layer;
  const std::uint32_t first = band * plan.band_rows;
  const std::uint32_t rows = std::min(plan.band_rows, u32(layer.output.height) - first);
  const int top = static_cast<int>(first_accumulator_row(layer, first)) * layer.stride_y - layer.pad_top;
  const int bottom = top + static_cast<int>(accumulator_rows(layer, rows) - 1) * layer.stride_y + layer.kernel_height;
  HeldMap held;
  held.first_row = u32(std::clamp(top, 0, layer.input.height - 1));
  held.rows = u32(std::clamp(bottom, 1, layer.input.height)) - held.first_row;
  if (plan.input.in_buffer) {
    held.address = plan.input.address;
    held.plane_stride = plan.input.plane_stride;
  } else {
    held.address = plan_.map_slots[index % 2];
    held.plane_stride = held.rows * plan.input.row_pitch;
  }
  return held;
}

LayerStreams::HeldMap LayerStreams::held_output(std::size_t index, std::uint32_t band) const {
  const LayerPlan& plan = plan_.layers[index];
  HeldMap held;
  held.first_row = band * plan.band_rows;
  held.rows = std::min(plan.band_rows, u32(plan.layer->output.height) - held.first_row);
  if (plan.output.in_buffer) {
    held.address = plan.output.address + held.first_row * plan.output.row_pitch;
    held.plane_stride = plan.output.plane_stride;
  } else {
    held.address = plan_.map_slots[(index + 1) % 2];
    held.plane_stride = held.rows * plan.output.row_pitch;
  }
  return held;
}

// Brings the band's input into the buffer: the image's bytes are packed, a spilled feature map is loaded.
void LayerStreams::begin_band(CommandStream& stream, std::size_t index, std::uint32_t band) const {
  const LayerPlan& plan = plan_.layers[index];
  const Layer& layer = *plan.layer;
  const HeldMap held = held_input(index, band);
  interface::LoadCommand load;
  if (index == 0) {
    const std::uint32_t row_bytes = u32(layer.input.width) * u32(layer.input.channels);
    load.base = interface::Base::Input;
    load.memory_offset = held.first_row * row_bytes;
    load.buffer_address = plan_.accumulators[0];  // free until the first block is computed
    load.bytes = held.rows * row_bytes;
    stream.add(load, band == 0 ? 0 : lanes::all);

    interface::PackCommand pack;
    pack.source_address = load.buffer_address;
    pack.source_row_stride = row_bytes;
    pack.source_pixel_stride = u32(layer.input.channels);
    pack.source_channel_stride = 1;
    pack.width = u32(layer.input.width);
    pack.height = held.rows;
    pack.channels = u32(layer.input.channels);
    pack.planes = u32(layer.input_bits);
    pack.output_address = held.address + (plan.input.in_buffer ? held.first_row * plan.input.row_pitch : 0);
    pack.plane_stride = held.plane_stride;
    pack.row_pitch = plan.input.row_pitch;
    pack.pixel_pitch = pack.channels;
    stream.add(pack, lanes::dma);
  } else if (!plan.input.in_buffer) {
    load.base = interface::Base::Scratch;
    load.memory_offset = plan.input.address + held.first_row * plan.input.row_pitch;
    load.buffer_address = held.address;
    load.bytes = held.plane_stride;
    load.rows = u32(plan.input.bits);
    load.memory_stride = plan.input.plane_stride;
    load.buffer_stride = held.plane_stride;
    stream.add(load, lanes::gather);
  }
}

void LayerStreams::run_section(CommandStream& stream, std::size_t index, const Section& section, const Section* next) {
  const LayerPlan& plan = plan_.layers[index];
  const ArrayPlan& array = plan.array;
  if (section.loads_weights) {
    if (plan_.kernel_halves == 1) {
      load_weights(stream, index, section.load, lanes::all);
    }
    ++loads_begun_;
  }
  const std::uint32_t pixels = accumulator_rows(*plan.layer, section.rows) * u32(plan.layer->convolved.width);
  const std::uint32_t pixels_a_block = array.pixels_per_block * array.replicas;
  bool first = true;
  for (std::uint32_t pixel = 0; pixel < pixels; pixel += pixels_a_block) {
    Block block;
    block.first_pixel = pixel;
    block.pixels = std::min(pixels_a_block, pixels - pixel);
    block.image_row = plan.image_row + blocks_ % array.image_halves * array.image_half_rows;
    // The other half's last reader had finished when the accumulation before this was issued; a single half is free
    // when nothing computes.
    std::uint32_t gather_wait = array.image_halves == 1 ? lanes::compute : 0;
    if (band_begins_) {
      gather_wait |= lanes::dma | lanes::digital;
      band_begins_ = false;
    }
    gather(stream, index, section, block, gather_wait);
    const std::uint32_t weights_wait = first && section.loads_weights ? lanes::dma : 0;
    and_accumulate(stream, index, section, block, lanes::gather | lanes::compute | weights_wait);
    ++blocks_;
    if (first) {
      prefetch(stream, index, next);
      first = false;
    }
  }
  const WeightBlock& weights = load_of(index, section).block;
  const bool sums_complete = weights.first_tile + weights.tiles == array.tiles;
  if (sums_complete && !gives_scores(*plan.layer)) {
    threshold(stream, index, section);
    ++strips_;
  }
}

void LayerStreams::prefetch(CommandStream& stream, std::size_t layer, const Section* next) {
  if (plan_.stationary || plan_.kernel_halves == 1) {
    return;
  }
  // The half and the threshold table to be overwritten were last used by thresholding the sections before this one.
  if (next != nullptr) {
    if (next->loads_weights) {
      load_weights(stream, layer, next->load, lanes::digital);
    }
  } else if (layer + 1 < plan_.layers.size()) {
    stream.set_layer(static_cast<std::uint32_t>(layer + 1));
    load_weights(stream, layer + 1, 0, lanes::digital);
    stream.set_layer(static_cast<std::uint32_t>(layer));
  }
}

void LayerStreams::load_weights(CommandStream& stream, std::size_t layer, std::uint32_t load, std::uint32_t wait) {
  const std::uint32_t half = loads_begun_ % plan_.kernel_halves;
  add_load(stream, plan_.layers[layer], packed_[layer].loads[load], target_.columns, half * plan_.kernel_half_rows,
           plan_.threshold_slots[half], wait);
}

std::uint32_t LayerStreams::kernel_row(std::size_t layer) const {
  return plan_.stationary ? plan_.layers[layer].kernel_row : half_in_use() * plan_.kernel_half_rows;
}

std::uint32_t LayerStreams::threshold_address(std::size_t layer) const {
  return plan_.stationary ? plan_.layers[layer].threshold_address : plan_.threshold_slots[half_in_use()];
}

std::uint32_t LayerStreams::accumulator_pitch(std::size_t layer, const Section& section) const {
  const Layer& one = *plan_.layers[layer].layer;
  return 4 * (gives_scores(one) ? u32(one.kernels) : load_of(layer, section).block.kernels);
}

void LayerStreams::gather(CommandStream& stream, std::size_t index, const Section& section, const Block& block,
                          std::uint32_t wait) const {
  const LayerPlan& plan = plan_.layers[index];
  const Layer& layer = *plan.layer;
  const HeldMap held = held_input(index, section.band);
  const WeightBlock& weights = load_of(index, section).block;
  const bool whole = plan.input.in_buffer;
  const std::uint32_t first_held = whole ? 0 : held.first_row;
  const std::uint32_t first_row = first_accumulator_row(layer, section.first_row);

  interface::GatherRowsCommand command;
  command.map_address = held.address;
  command.plane_stride = held.plane_stride;
  command.row_pitch = plan.input.row_pitch;
  command.height = whole ? u32(layer.input.height) : held.rows;
  command.width = u32(layer.input.width);
  command.pixel_pitch = u32(layer.input.channels);
  command.first_channel = 0;
  command.channels = u32(layer.input.channels);
  command.planes = u32(layer.input_bits);
  command.kernel_height = u32(layer.kernel_height);
  command.kernel_width = u32(layer.kernel_width);
  command.stride_y = u32(layer.stride_y);
  command.stride_x = u32(layer.stride_x);
  command.start_y =
      static_cast<std::int32_t>(first_row) * layer.stride_y - layer.pad_top - static_cast<std::int32_t>(first_held);
  command.start_x = -layer.pad_left;
  command.output_width = u32(layer.convolved.width);
  command.dilation_y = 1;
  command.dilation_x = 1;
  command.first_pixel = block.first_pixel;
  command.pixels_per_replica = plan.array.pixels_per_block;
  command.pixels = block.pixels;
  command.first_subarray = 0;
  command.subarrays = subarrays_of(plan.array, weights);
  command.replicas = plan.array.replicas;
  command.first_row = block.image_row;
  command.first_bit = weights.first_tile * target_.columns;
  command.bit_count = std::min(weights.tiles * target_.columns,
                               static_cast<std::uint32_t>(layer.weights_per_kernel()) - command.first_bit);
  command.tiles = weights.tiles;
  stream.add(command, wait);
}

void LayerStreams::and_accumulate(CommandStream& stream, std::size_t index, const Section& section, const Block& block,
                                  std::uint32_t wait) const {
  const LayerPlan& plan = plan_.layers[index];
  const ArrayPlan& array = plan.array;
  const WeightBlock& weights = load_of(index, section).block;
  const bool scores = gives_scores(*plan.layer);
  const std::uint32_t pitch = accumulator_pitch(index, section);

  interface::AndAccCommand command;
  command.first_subarray = 0;
  command.subarrays = subarrays_of(array, weights);
  command.replicas = array.replicas;
  command.tiles = weights.tiles;
  command.kernel_row = kernel_row(index);
  command.image_row = block.image_row;
  command.kernels_per_subarray = array.kernels_per_subarray;
  command.kernels = weights.kernels;
  command.pixels_per_replica = array.pixels_per_block;
  command.pixels = block.pixels;
  command.activation_planes = u32(plan.layer->input_bits);
  command.weight_planes = weight_planes(*plan.layer);
  command.weight_kind = command_weight_kind(plan.layer->weight_kind);
  command.accumulate = weights.first_tile > 0 ? 1 : 0;
  command.accumulator_address =
      plan_.accumulators[strips_ % 2] + block.first_pixel * pitch + (scores ? weights.first_kernel * 4 : 0);
  command.accumulator_pitch = pitch;
  stream.add(command, wait);
}

void LayerStreams::threshold(CommandStream& stream, std::size_t index, const Section& section) const {
  const LayerPlan& plan = plan_.layers[index];
  const Layer& layer = *plan.layer;
  const HeldMap held = held_output(index, section.band);
  const WeightBlock& weights = load_of(index, section).block;

  interface::DigitalCommand command;
  command.accumulator_address = plan_.accumulators[strips_ % 2];
  command.accumulator_pitch = accumulator_pitch(index, section);
  command.width = u32(layer.convolved.width);
  command.height = accumulator_rows(layer, section.rows);
  command.channels = weights.kernels;
  command.threshold_bits = u32(layer.threshold_bits);
  command.output_bits = u32(layer.output_bits);
  command.threshold_address = threshold_address(index);
  set_pooling(command, layer.pooling);
  command.output_width = u32(layer.output.width);
  command.output_height = section.rows;
  command.output_address = held.address + (section.first_row - held.first_row) * plan.output.row_pitch;
  command.plane_stride = held.plane_stride;
  command.row_pitch = plan.output.row_pitch;
  command.pixel_pitch = u32(layer.kernels);
  command.first_channel = weights.first_kernel;
  // Waiting for the strip before frees its accumulators for the strip after this one.
  stream.add(command, lanes::compute | lanes::digital | (plan.output.in_buffer ? 0 : lanes::dma));
}

void LayerStreams::store_band(CommandStream& stream, std::size_t index, std::uint32_t band) const {
  const LayerPlan& plan = plan_.layers[index];
  if (plan.output.in_buffer) {
    return;
  }
  const HeldMap held = held_output(index, band);
  interface::StoreCommand store;
  store.base = interface::Base::Scratch;
  store.memory_offset = plan.output.address + held.first_row * plan.output.row_pitch;
  store.buffer_address = held.address;
  store.bytes = held.plane_stride;
  store.rows = u32(plan.output.bits);
  store.memory_stride = plan.output.plane_stride;
  store.buffer_stride = held.plane_stride;
  stream.add(store, lanes::digital);
}

void LayerStreams::store_scores(CommandStream& stream, std::size_t index) const {
  const Layer& layer = *plan_.layers[index].layer;
  interface::StoreCommand store;
  store.base = interface::Base::Output;
  store.buffer_address = plan_.accumulators[0];
  store.bytes = static_cast<std::uint32_t>(layer.output.elements()) * 4;
  std::uint32_t wait = lanes::compute;
  if (layer.pooling.kind != PoolKind::None) {
    interface::DigitalCommand pool;
    pool.accumulator_address = plan_.accumulators[0];
    pool.accumulator_pitch = u32(layer.kernels) * 4;
    pool.width = u32(layer.convolved.width);
    pool.height = accumulator_rows(layer, u32(layer.output.height));
    pool.channels = u32(layer.kernels);
    set_pooling(pool, layer.pooling);
    pool.output_width = u32(layer.output.width);
    pool.output_height = u32(layer.output.height);
    pool.output_address = plan_.accumulators[1];
    pool.row_pitch = pool.output_width * pool.channels * 4;
    pool.pixel_pitch = pool.channels * 32;
    stream.add(pool, lanes::compute);
    store.buffer_address = plan_.accumulators[1];
    wait = lanes::digital;
  }
  stream.add(store, wait);
}

}  // namespace spinvp::network
