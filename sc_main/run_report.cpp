#include "sc_main/run_report.h"

#include <algorithm>

#include "ip/pim/host_window.h"
#include "sc_main/layer_text.h"
#include "sc_main/resources.h"
#include "sc_main/version.h"

namespace spinvp {

using interface::ImageLayer;

namespace {

std::uint64_t period_picoseconds(const ChipConfig& config) {
  return static_cast<std::uint64_t>(config.clock_period / sc_core::sc_time(1, sc_core::SC_PS));
}

WorkReport work_of(const Ledger& ledger, const ChipConfig& chip, Activity activity) {
  WorkReport work;
  work.picoseconds = ledger.busy_picoseconds(activity);
  work.cycles = work.picoseconds / period_picoseconds(chip);
  work.energy = ledger.energy(activity);
  work.row_operations = ledger.row_operations(activity);
  work.row_reads = ledger.events(Event::RowRead, activity);
  work.row_writes = ledger.events(Event::RowWrite, activity);
  work.additions = ledger.events(Event::Addition, activity);
  work.additions_skipped = ledger.events(Event::AdditionSkipped, activity);
  work.multiplies = ledger.events(Event::Multiply, activity);
  work.dma_bytes = ledger.events(Event::DmaRead, activity) + ledger.events(Event::DmaWrite, activity);
  return work;
}

// The chip's work without time and leakage.
WorkReport untimed(const Ledger& ledger, const ChipConfig& chip, Activity activity) {
  WorkReport work = work_of(ledger, chip, activity);
  work.picoseconds = 0;
  work.cycles = 0;
  work.energy = Femtojoules();
  for (Ledger::BlockId block = 0; block < ledger.blocks().size(); ++block) {
    work.energy += ledger.dynamic_energy(block, activity);
  }
  return work;
}

// No layer's command stream runs for so long. Streams for layers that the network has not run in the same time.
WorkReport outside(const Ledger& ledger, const ChipConfig& chip, std::uint64_t picoseconds, std::size_t layers,
                   bool once) {
  WorkReport work;
  work.picoseconds = picoseconds;
  work.cycles = picoseconds / period_picoseconds(chip);
  work.energy = ledger.idle_energy(picoseconds);
  for (std::size_t i = Activity{static_cast<std::uint16_t>(layers), once}.index(); i < ledger.activities(); i += 2) {
    work += untimed(ledger, chip, Activity::at(i));
  }
  return work;
}

std::string weight_kind_text(std::uint32_t kind) {
  for (const interface::EnumValueInfo& value : interface::weight_kind_values) {
    if (value.value == kind) {
      return value.name;
    }
  }
  return "unknown";
}

std::optional<PackingReport> packing_of(const LayerReport& layer, std::uint32_t columns, std::size_t images) {
  PackingReport packing;
  if (layer.engine == "and") {
    packing.ideal = static_cast<double>(layer.macs) * layer.weight_bits * layer.activation_bits / columns;
    packing.real = static_cast<double>(layer.run.row_operations) / static_cast<double>(images);
    return packing;
  }
  if (layer.engine == "adder") {
    packing.ideal = static_cast<double>(layer.macs) / columns;
    packing.real = static_cast<double>(layer.run.additions + layer.run.additions_skipped) / static_cast<double>(images);
    return packing;
  }
  return std::nullopt;
}

LayerReport layer_report(const Simulation& simulation, const RunRecord& record, std::size_t index) {
  const ChipConfig& chip = simulation.device().config();
  const network::NetworkImage& image = simulation.image();
  const ImageLayer& entry = image.layer(index);
  LayerReport layer;
  layer.name = network::text_of(entry.name);
  const std::string kind = kind_text(entry);
  layer.kind = kind == "conv" ? "convolution" : kind == "fc" ? "fully_connected" : "elementwise";
  layer.engine = engine_text(entry);
  layer.sources = sources_text(image, entry);
  layer.weight_kind = has_weights(entry) ? weight_kind_text(entry.weight_kind) : "none";
  layer.input_shape = input_shape_text(entry);
  layer.output_shape = output_shape_text(entry);
  layer.bits = bits_text(entry);
  layer.groups = groups_of(entry);
  layer.weight_bits = entry.weight_bits;
  layer.activation_bits = entry.input_bits;
  layer.macs = macs_of(entry);
  layer.weights_zero = entry.weights_zero;
  layer.subarrays = entry.subarrays_per_replica * entry.replicas;
  layer.passes = entry.passes;
  layer.run = work_of(record.ledger, chip, {static_cast<std::uint16_t>(index), false});
  layer.once = work_of(record.ledger, chip, {static_cast<std::uint16_t>(index), true});
  const double slots = static_cast<double>(chip.subarrays()) * static_cast<double>(layer.run.cycles);
  const std::uint32_t sense = layer.engine == "adder" ? chip.read_cycles() : chip.row_operation_cycles();
  const double sensing = static_cast<double>(layer.run.row_operations) * sense;
  layer.busy = slots > 0 ? sensing / slots : 0;
  layer.packing = packing_of(layer, chip.columns(), record.images.count());
  return layer;
}

void add_event(BlockReport& block, Event event, std::uint64_t count, Femtojoules energy) {
  const auto known = std::find_if(block.events.begin(), block.events.end(),
                                  [event](const EventReport& one) { return one.event == event; });
  EventReport& report = known != block.events.end() ? *known : block.events.emplace_back(EventReport{event, 0, {}});
  report.count += count;
  report.energy += energy;
}

// Leakage is rounded for each block and each stretch of time, as everywhere else.
std::vector<BlockReport> block_reports(const Ledger& ledger, std::size_t layers, const WorkReport& outside_run,
                                       const WorkReport& outside_once) {
  const std::size_t activities = ledger.activities();
  std::vector<BlockReport> reports;
  for (Ledger::BlockId id = 0; id < ledger.blocks().size(); ++id) {
    const Ledger::Block& block = ledger.blocks()[id];
    const auto known = std::find_if(reports.begin(), reports.end(),
                                    [&](const BlockReport& report) { return report.name == block.name; });
    BlockReport& report = known != reports.end() ? *known : reports.emplace_back(BlockReport{block.name, {}, {}});
    for (std::size_t event = 0; event < event_count; ++event) {
      std::uint64_t count = 0;
      for (std::size_t i = 0; i < activities; ++i) {
        count += ledger.events(id, static_cast<Event>(event), Activity::at(i));
      }
      if (count > 0) {
        add_event(report, static_cast<Event>(event), count, block.costs[event] * count);
      }
    }
    for (std::size_t i = 0; i < layers * 2; ++i) {
      const Activity activity{static_cast<std::uint16_t>(i / 2), i % 2 == 1};
      report.leakage += ledger.leakage_energy(id, ledger.busy_picoseconds(activity));
    }
    report.leakage += ledger.leakage_energy(id, outside_run.picoseconds);
    report.leakage += ledger.leakage_energy(id, outside_once.picoseconds);
  }
  return reports;
}

std::uint64_t difference(std::uint64_t whole, std::uint64_t part) {
  return whole > part ? whole - part : 0;
}

}  // namespace

WorkReport& WorkReport::operator+=(const WorkReport& other) {
  cycles += other.cycles;
  picoseconds += other.picoseconds;
  energy += other.energy;
  row_operations += other.row_operations;
  row_reads += other.row_reads;
  row_writes += other.row_writes;
  additions += other.additions;
  additions_skipped += other.additions_skipped;
  multiplies += other.multiplies;
  dma_bytes += other.dma_bytes;
  return *this;
}

WorkReport LayerReport::total() const {
  WorkReport sum = run;
  sum += once;
  return sum;
}

double LayerReport::additions_saved() const {
  const auto all = static_cast<double>(run.additions + run.additions_skipped);
  return all > 0 ? static_cast<double>(run.additions_skipped) / all : 0;
}

Femtojoules BlockReport::energy() const {
  Femtojoules sum = leakage;
  for (const EventReport& event : events) {
    sum += event.energy;
  }
  return sum;
}

WorkReport RunReport::run() const {
  WorkReport sum = outside_run;
  sum += host_access;
  for (const LayerReport& layer : layers) {
    sum += layer.run;
  }
  return sum;
}

WorkReport RunReport::once() const {
  WorkReport sum = outside_once;
  for (const LayerReport& layer : layers) {
    sum += layer.once;
  }
  return sum;
}

WorkReport RunReport::outside() const {
  WorkReport sum = outside_run;
  sum += outside_once;
  return sum;
}

std::optional<PackingReport> RunReport::packing(const std::string& engine) const {
  std::optional<PackingReport> sum;
  for (const LayerReport& layer : layers) {
    if (layer.engine == engine && layer.packing) {
      sum = PackingReport{(sum ? sum->ideal : 0) + layer.packing->ideal, (sum ? sum->real : 0) + layer.packing->real};
    }
  }
  return sum;
}

RunReport make_report(const Simulation& simulation, const RunRecord& record, std::size_t processes) {
  const ChipConfig& chip = simulation.device().config();
  const network::NetworkImage& image = simulation.image();
  RunReport report;
  report.version = version;
  report.network = network::text_of(image.header().network_name);
  report.chip = chip.name;
  report.network_file = simulation.options().network;
  report.images_file = simulation.data().images_file;
  report.labels_file = simulation.data().labels_file;
  report.chip_file = simulation.chip_path();
  report.technology_file = technology_file(simulation.chip_path());
  report.soc_file = simulation.soc_path();
  report.driver = simulation.options().native_driver ? "native" : "firmware";
  report.detail = simulation.options().detail == Detail::Fast ? "fast" : "row";
  report.timing = simulation.options().timing == platform::TimingStyle::Loose ? "lt" : "at";
  report.data_path = simulation.soc().config().data_path == platform::DataPath::Direct ? "direct" : "bus";
  report.bus_once = record.bus_once;
  report.bus_images = record.bus_images;
  report.options.count = simulation.data().count;
  report.options.firmware = simulation.firmware_path();
  report.notes = simulation.notes();
  report.options.input = simulation.input();
  report.options.quantise = simulation.quantise();
  report.options.time_limit_s = simulation.options().time_limit_s;
  report.options.retries = simulation.options().retries;
  if (simulation.mapped()) {
    report.options.mapping = simulation.options().mapping;
  }
  report.weights = image.weights_text();
  report.images = record.images.count();
  const std::vector<std::uint32_t>& labels = simulation.data().labels;
  if (!labels.empty()) {
    report.correct = 0;
    for (std::size_t i = 0; i < report.images; ++i) {
      *report.correct += record.predictions[i].predicted == labels[i] ? 1 : 0;
    }
  }

  for (std::size_t i = 0; i < image.layer_count(); ++i) {
    report.layers.push_back(layer_report(simulation, record, i));
  }
  const std::size_t layers = image.layer_count();
  report.outside_run =
      outside(record.ledger, chip, difference(record.image_picoseconds, report.run().picoseconds), layers, false);
  report.outside_once =
      outside(record.ledger, chip, difference(record.start_picoseconds, report.once().picoseconds), layers, true);
  report.host_access = untimed(record.ledger, chip, HostWindow::activity);
  report.total = report.run();
  report.total += report.once();
  report.blocks = block_reports(record.ledger, layers, report.outside_run, report.outside_once);

  report.area = chip_area(chip);
  if (chip.faults) {
    report.faults = simulation.device().fault_counts();
    report.fault_seed = chip.faults->seed;
  }
  if (const platform::FaultInjector* injector = simulation.soc().faults()) {
    report.injection = injection_reports(*injector);
  }

  const double seconds = static_cast<double>(record.image_picoseconds) * 1e-12;
  report.images_per_simulated_second = seconds > 0 ? static_cast<double>(report.images) / seconds : 0;
  report.energy_an_image = Femtojoules(report.run().energy.value() / std::max<std::size_t>(report.images, 1));
  if (report.images > 1) {
    report.nanoseconds_between_images =
        static_cast<double>(record.between_picoseconds) / 1e3 / static_cast<double>(report.images - 1);
  }

  report.processes = processes;
  report.host_seconds = record.host_seconds;
  report.instructions = record.instructions;
  report.recoveries = record.recoveries;
  report.verified = simulation.verifier() != nullptr;
  report.layers_checked = record.layers_checked;
  report.mismatches = record.mismatches;
  report.first_mismatch = record.first_mismatch;
  return report;
}

}  // namespace spinvp
