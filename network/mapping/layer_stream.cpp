#include "network/mapping/layer_stream.h"

#include <algorithm>

#include "network/mapping/map_commands.h"

namespace spinvp::network {
namespace {

interface::LoadCommand load_bytes(std::uint32_t memory_offset, std::uint32_t address, std::uint32_t bytes) {
  interface::LoadCommand load;
  load.base = interface::Base::Network;
  load.memory_offset = memory_offset;
  load.buffer_address = address;
  load.bytes = bytes;
  load.rows = 1;
  return load;
}

/// Pixels of a strip that a section works on at once: blocks, where every block needs several loads of signs.
std::uint32_t section_pixels(const LayerPlan& plan, std::uint32_t strip_pixels) {
  const bool by_blocks = plan.adds(AdderLanes::Pixels) && plan.array.loads_per_pass > 1;
  return by_blocks ? std::min(strip_pixels, plan.array.pixels_per_block * plan.array.replicas) : strip_pixels;
}

}  // namespace

CommandStream LayerStreams::load_stream(std::size_t index) const {
  CommandStream stream(static_cast<std::uint32_t>(index), true);
  const LayerPlan& plan = plan_.layers[index];
  const PackedLayer& packed = packed_[index];
  const std::unique_ptr<EngineStream> engine = make_engine_stream(plan, target_);
  if (plan.adds(AdderLanes::Pixels) && plan_.stationary) {
    add_adder_constants(stream, plan, target_.columns,
                        packed.weights_base + static_cast<std::uint32_t>(packed.layout.weights_bytes));
  }
  for (std::uint32_t i = 0; plan.weights_resident && i < packed.loads().size(); ++i) {
    const PackedLoad& load = packed.loads()[i];
    if (!load.table_alone) {
      engine->load(stream, load, packed.weights_base + load.weights_offset, weights_place(index, i, 0), 0);
    }
  }
  const std::uint32_t tables = table_bytes(*plan.layer, u32(plan.layer->kernels));
  if (plan.table_resident && tables > 0) {
    stream.add(load_bytes(packed.tables_base, plan.table_address, tables), 0);
  }
  if (!stream.words().empty()) {
    stream.add(interface::StopCommand{}, 0);
  }
  return stream;
}

CommandStream LayerStreams::run_stream(std::size_t index) {
  CommandStream stream(static_cast<std::uint32_t>(index), false);
  const LayerPlan& plan = plan_.layers[index];
  engine_ = make_engine_stream(plan, target_);
  strips_ = 0;
  if (index == 0) {
    loads_issued_ = loads_begun_ = 0;
  }
  if (plan.adds(AdderLanes::Pixels) && !plan_.stationary) {
    const PackedLayer& packed = packed_[index];
    add_adder_constants(stream, plan, target_.columns,
                        packed.weights_base + static_cast<std::uint32_t>(packed.layout.weights_bytes));
  }
  const std::vector<Section> sections = sections_of(index);
  if (sections.front().loads && loads_issued_ == loads_begun_ && !loads_between_computing(index)) {
    add_load(stream, index, 0, 0);  // the layer before could not do it
  }
  for (std::size_t i = 0; i < sections.size(); ++i) {
    if (i == 0 || sections[i].band != sections[i - 1].band) {
      add_band_begin(stream, plan, sections[i].band, engine_ ? engine_->reading_lanes() : lanes::digital);
      band_begins_ = band_moves_maps(plan, sections[i].band);
    }
    run_section(stream, index, sections[i], i + 1 < sections.size() ? &sections[i + 1] : nullptr);
    if (sections[i].ends_band) {
      add_band_end(stream, plan, sections[i].band);
    }
  }
  stream.add(interface::StopCommand{}, 0);
  return stream;
}

bool LayerStreams::streams_loads(std::size_t index) const {
  const LayerPlan& plan = plan_.layers[index];
  const bool streams_weights = plan.engine && !plan.weights_resident;
  return streams_weights || (!plan.table_resident && table_bytes(*plan.layer, 1) > 0);
}

std::vector<LayerStreams::Section> LayerStreams::sections_of(std::size_t index) const {
  const LayerPlan& plan = plan_.layers[index];
  const std::uint32_t height = u32(plan.layer->output.height);
  const std::vector<PackedLoad>& loads = packed_[index].loads();
  const bool streams = streams_loads(index);
  std::vector<Section> sections;
  const auto add = [&](Section section) {
    section.loads = streams && (sections.empty() || sections.back().load != section.load);
    sections.push_back(section);
  };
  for (std::uint32_t band = 0; band * plan.band_rows < height; ++band) {
    const RowRange rows = band_rows(plan, band);
    std::uint32_t pass_end = 0;
    for (std::uint32_t pass = 0; pass < loads.size(); pass = pass_end) {  // index of its first load
      pass_end = pass + 1;
      while (pass_end < loads.size() && !loads[pass_end].first_of_pass) {
        ++pass_end;
      }
      for (std::uint32_t row = 0; row < rows.rows; row += plan.strip_rows) {
        Section section;
        section.band = band;
        section.rows = {rows.first + row, std::min(plan.strip_rows, rows.rows - row)};
        const std::uint32_t pixels =
            accumulator_range(*plan.layer, section.rows).rows * u32(plan.layer->convolved.width);
        const std::uint32_t at_once = section_pixels(plan, pixels);
        for (section.first_pixel = 0; section.first_pixel < pixels; section.first_pixel += at_once) {
          section.pixels = std::min(at_once, pixels - section.first_pixel);
          for (section.load = pass; section.load < pass_end; ++section.load) {
            section.ends_strip = section.load + 1 == pass_end && section.first_pixel + section.pixels == pixels;
            add(section);
          }
        }
      }
    }
    sections.back().ends_band = true;
  }
  return sections;
}

void LayerStreams::run_section(CommandStream& stream, std::size_t index, const Section& section, const Section* next) {
  if (section.loads) {
    if (loads_issued_ == loads_begun_) {
      add_load(stream, index, section.load, lanes::all);
    }
    ++loads_begun_;
  }
  if (load_of(index, section.load).table_alone) {
    run_table(stream, index, section, next);
    return;
  }
  if (engine_) {
    run_sums(stream, index, section, next);
    return;
  }
  const WeightBlock& block = load_of(index, section.load).block;
  const std::uint32_t wait = band_begins_ || section.loads ? lanes::dma | lanes::digital : 0;
  band_begins_ = false;
  threshold(stream, index, section, {0, block.kernels}, 0, wait);
  prefetch(stream, index, next, 0);
}

Work LayerStreams::work_of(std::size_t index, const Section& section, std::uint32_t load) const {
  const LayerPlan& plan = plan_.layers[index];
  Work work{load_of(index, load), held_input(plan, band_rows(plan, section.band))};
  work.first_row = accumulator_range(*plan.layer, section.rows).first;
  work.first_pixel = section.first_pixel;
  work.pixels = section.pixels;
  work.accumulators = plan.accumulators[strips_ % 2];
  return work;
}

void LayerStreams::run_sums(CommandStream& stream, std::size_t index, const Section& section, const Section* next) {
  const PackedLoad& load = load_of(index, section.load);
  Work work = work_of(index, section, section.load);
  work.weights_at = weights_place(index, section.load, loads_begun_ - 1);
  work.band_begins = band_begins_;
  work.weights_arrive = section.loads;
  band_begins_ = false;
  engine_->accumulate(stream, work, [&] { prefetch(stream, index, next, engine_->prefetch_wait()); });
  if (!section.ends_strip) {
    return;
  }
  for (std::uint32_t slice = 0; slice < engine_->slices(load.block); ++slice) {
    work.accumulators = plan_.layers[index].accumulators[strips_ % 2];
    engine_->read_slice(stream, work, slice);
    // Waiting for the strip before frees its accumulators for the strip after this one.
    threshold(stream, index, section, engine_->slice_kernels(load.block, slice), engine_->accumulator_pitch(load.block),
              lanes::compute | lanes::digital);
  }
}

// Sums of the whole pass are there, in the buffer or (pixels' lanes) yet in the rows; the table of these kernels was
// just brought.
void LayerStreams::run_table(CommandStream& stream, std::size_t index, const Section& section, const Section* next) {
  const LayerPlan& plan = plan_.layers[index];
  const PackedLoad& table = load_of(index, section.load);
  const bool sliced = plan.adds(AdderLanes::Pixels);
  std::uint32_t weights = section.load;
  while (load_of(index, weights).table_alone) {
    --weights;
  }
  const Work work = work_of(index, section, weights);
  const std::uint32_t pitch = engine_->accumulator_pitch(work.load.block);
  if (sliced) {
    engine_->read_slice(stream, work, table.kernels_before / table_slice(plan, work.load.block.kernels));
  }
  threshold_slice(stream, index, section, {0, table.block.kernels},
                  work.accumulators + (sliced ? 0 : 4 * table.kernels_before), pitch,
                  lanes::dma | lanes::compute | lanes::digital);
  strips_ += sliced || section.ends_strip ? 1 : 0;
  prefetch(stream, index, next, 0);
}

void LayerStreams::threshold(CommandStream& stream, std::size_t index, const Section& section, RowRange kernels,
                             std::uint32_t accumulator_pitch, std::uint32_t wait) {
  threshold_slice(stream, index, section, kernels, plan_.layers[index].accumulators[strips_++ % 2], accumulator_pitch,
                  wait);
}

void LayerStreams::threshold_slice(CommandStream& stream, std::size_t index, const Section& section, RowRange kernels,
                                   std::uint32_t accumulators, std::uint32_t accumulator_pitch, std::uint32_t wait) {
  const LayerPlan& plan = plan_.layers[index];
  const WeightBlock& block = load_of(index, section.load).block;
  const std::uint32_t first_table_byte = table_bytes(*plan.layer, kernels.first);
  DigitalWork work;
  work.band = section.band;
  work.output = section.rows;
  work.first_kernel = block.first_kernel + kernels.first;
  work.kernels = kernels.rows;
  work.accumulators = accumulators;
  work.accumulator_pitch = accumulator_pitch;
  work.table_address = table_place(index, section.load, loads_begun_ - 1) + first_table_byte;
  add_digital(stream, plan, work, wait);
}

void LayerStreams::prefetch(CommandStream& stream, std::size_t index, const Section* next, std::uint32_t wait) {
  if (next != nullptr) {
    if (next->loads && !loads_between_computing(index)) {
      add_load(stream, index, next->load, wait);
    }
    return;
  }
  // The next layer's weights, where they go to the kernel region and nobody else uses it.
  const std::size_t after = index + 1;
  const bool free_rows = !plan_.layers[index].on(Engine::Adder);
  if (after < plan_.layers.size() && free_rows && plan_.layers[after].on(Engine::AndAccumulate) &&
      streams_loads(after) && !loads_between_computing(after)) {
    stream.set_layer(static_cast<std::uint32_t>(after));
    add_load(stream, after, 0, wait);
    stream.set_layer(static_cast<std::uint32_t>(index));
  }
}

void LayerStreams::add_load(CommandStream& stream, std::size_t index, std::uint32_t load_index, std::uint32_t wait) {
  const LayerPlan& plan = plan_.layers[index];
  const PackedLayer& packed = packed_[index];
  const PackedLoad& load = load_of(index, load_index);
  const std::uint32_t turn = loads_issued_++;
  if (plan.engine && !plan.weights_resident && !load.table_alone) {
    make_engine_stream(plan, target_)
        ->load(stream, load, packed.weights_base + load.weights_offset, weights_place(index, load_index, turn), wait);
    wait = 0;
  }
  if (!plan.table_resident && load.table_bytes > 0) {
    stream.add(
        load_bytes(packed.tables_base + load.table_offset, table_place(index, load_index, turn), load.table_bytes),
        wait);
  }
}

// Kernel rows that have one place only are loaded when nothing computes.
bool LayerStreams::loads_between_computing(std::size_t index) const {
  const LayerPlan& plan = plan_.layers[index];
  const bool one_place = plan.on(Engine::AndAccumulate)   ? plan_.kernel_halves == 1
                         : plan.adds(AdderLanes::Kernels) ? plan.adder.weight_halves == 1
                                                          : false;
  return one_place && !plan.weights_resident;
}

std::uint32_t LayerStreams::weights_place(std::size_t index, std::uint32_t load, std::uint32_t turn) const {
  const LayerPlan& plan = plan_.layers[index];
  if (plan.adds(AdderLanes::Kernels)) {
    const AdderPlan& adder = plan.adder;
    const std::uint32_t pass = load_of(index, load).block.first_kernel / plan.array.kernels_per_pass;
    return plan.weights_resident ? plan.kernel_row + pass * 2 * adder.elements_per_part
                                 : adder.weight_row + turn % adder.weight_halves * adder.weight_half_rows;
  }
  if (!plan.on(Engine::AndAccumulate)) {
    return plan.weights_resident ? plan.weights_address + load_of(index, load).weights_offset
                                 : plan.weight_slots[turn % 2];
  }
  const std::uint32_t pass_rows = plan.array.kernels_per_subarray * weight_planes(*plan.layer) * plan.array.tiles;
  return plan.weights_resident ? plan.kernel_row + load * pass_rows
                               : turn % plan_.kernel_halves * plan_.kernel_half_rows;
}

std::uint32_t LayerStreams::table_place(std::size_t index, std::uint32_t load, std::uint32_t turn) const {
  const LayerPlan& plan = plan_.layers[index];
  return plan.table_resident ? plan.table_address + load_of(index, load).table_offset : plan_.table_slots[turn % 2];
}

}  // namespace spinvp::network
