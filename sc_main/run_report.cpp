#include "sc_main/run_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "sc_main/version.h"

namespace spinvp {

using interface::ImageLayer;

namespace {

std::uint64_t picoseconds(sc_core::sc_time time) {
  return static_cast<std::uint64_t>(time / sc_core::sc_time(1, sc_core::SC_PS));
}

std::uint64_t period_picoseconds(const ChipConfig& config) {
  return picoseconds(config.clock_period);
}

WorkReport work_of(const PimDevice& device, Activity activity) {
  const Ledger& ledger = device.ledger();
  WorkReport work;
  work.picoseconds = ledger.busy_picoseconds(activity);
  work.cycles = work.picoseconds / period_picoseconds(device.config());
  work.energy = ledger.energy(activity);
  work.row_operations = ledger.row_operations(activity);
  work.row_reads = ledger.events(Event::RowRead, activity);
  work.row_writes = ledger.events(Event::RowWrite, activity);
  work.dma_bytes = ledger.events(Event::DmaRead, activity) + ledger.events(Event::DmaWrite, activity);
  return work;
}

// No command stream runs for so long.
WorkReport idle(const PimDevice& device, std::uint64_t picoseconds) {
  WorkReport work;
  work.picoseconds = picoseconds;
  work.cycles = picoseconds / period_picoseconds(device.config());
  work.energy = device.ledger().idle_energy(picoseconds);
  return work;
}

std::string shape_text(std::uint32_t height, std::uint32_t width, std::uint32_t channels) {
  return fmt::format("{}x{}x{}", height, width, channels);
}

std::string weight_kind_text(std::uint32_t kind) {
  for (const interface::EnumValueInfo& value : interface::weight_kind_values) {
    if (value.value == kind) {
      return value.name;
    }
  }
  return "unknown";
}

LayerReport layer_report(const PimDevice& device, const network::NetworkImage& image, std::size_t index) {
  const ImageLayer& entry = image.layer(index);
  LayerReport layer;
  layer.name = network::text_of(entry.name);
  layer.kind =
      entry.kind == static_cast<std::uint32_t>(interface::LayerKind::Convolution) ? "convolution" : "fully_connected";
  layer.weight_kind = weight_kind_text(entry.weight_kind);
  layer.input_shape = shape_text(entry.input_height, entry.input_width, entry.input_channels);
  layer.output_shape = shape_text(entry.output_height, entry.output_width, entry.output_channels);
  layer.weight_bits = entry.weight_bits;
  layer.activation_bits = entry.input_bits;
  layer.macs = entry.macs_lo | std::uint64_t{entry.macs_hi} << 32;
  layer.subarrays = entry.subarrays_per_replica * entry.replicas;
  layer.run = work_of(device, {static_cast<std::uint16_t>(index), false});
  layer.once = work_of(device, {static_cast<std::uint16_t>(index), true});
  const double slots = static_cast<double>(device.config().subarrays()) * static_cast<double>(layer.run.cycles);
  const double sensing = static_cast<double>(layer.run.row_operations) * device.config().row_operation_cycles();
  layer.busy = slots > 0 ? sensing / slots : 0;
  const double kernel_bits = static_cast<double>(entry.kernel_height) * entry.kernel_width * entry.input_channels;
  layer.packing = kernel_bits / (static_cast<double>(entry.tiles) * device.config().columns());
  return layer;
}

}  // namespace

WorkReport& WorkReport::operator+=(const WorkReport& other) {
  cycles += other.cycles;
  picoseconds += other.picoseconds;
  energy += other.energy;
  row_operations += other.row_operations;
  row_reads += other.row_reads;
  row_writes += other.row_writes;
  dma_bytes += other.dma_bytes;
  return *this;
}

WorkReport LayerReport::total() const {
  WorkReport sum = run;
  sum += once;
  return sum;
}

WorkReport RunReport::run() const {
  WorkReport sum = outside_run;
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

RunReport make_report(const Simulation& simulation) {
  const PimDevice& device = simulation.device();
  const network::NetworkImage& image = simulation.image();
  RunReport report;
  report.version = version;
  report.network = network::text_of(image.header().network_name);
  report.chip = device.config().name;
  report.driver = simulation.options().native_driver ? "native" : "firmware";
  report.detail = simulation.options().detail == Detail::Fast ? "fast" : "row";
  report.weights_stationary = image.header().weights_stationary != 0;
  report.images = simulation.data().count;
  if (!simulation.data().labels.empty()) {
    report.correct = 0;
    for (std::size_t i = 0; i < report.images; ++i) {
      *report.correct += simulation.predictions()[i].predicted == simulation.data().labels[i] ? 1 : 0;
    }
  }

  for (std::size_t i = 0; i < image.layer_count(); ++i) {
    report.layers.push_back(layer_report(device, image, i));
  }
  const std::uint64_t inference = picoseconds(simulation.inference_time());
  const std::uint64_t running = report.run().picoseconds;
  const std::uint64_t outside = picoseconds(simulation.simulated_time()) - running - report.once().picoseconds;
  const std::uint64_t outside_run = inference > running ? std::min(inference - running, outside) : 0;
  report.outside_run = idle(device, outside_run);
  report.outside_once = idle(device, outside - outside_run);
  report.total = report.run();
  report.total += report.once();

  const auto images = static_cast<double>(report.images);
  report.images_per_simulated_second = inference > 0 ? images / simulation.inference_time().to_seconds() : 0;
  report.energy_an_image = Femtojoules(report.run().energy.value() / std::max<std::size_t>(report.images, 1));

  report.host_seconds = simulation.host_seconds();
  if (simulation.soc().cpu() != nullptr) {
    report.instructions = simulation.soc().cpu()->instructions();
  }
  if (const Verifier* verifier = simulation.verifier()) {
    report.verified = true;
    report.layers_checked = verifier->layers_checked();
    report.mismatches = verifier->mismatches();
    report.first_mismatch = verifier->first_mismatch();
  }
  return report;
}

}  // namespace spinvp
