#include "sc_main/run_report.h"

#include <fmt/format.h>

#include "sc_main/version.h"

namespace spinvp {

using interface::ImageLayer;

namespace {

std::uint64_t period_picoseconds(const ChipConfig& config) {
  return static_cast<std::uint64_t>(config.clock_period / sc_core::sc_time(1, sc_core::SC_PS));
}

WorkReport work_of(const PimDevice& device, Activity activity) {
  const Ledger& ledger = device.ledger();
  WorkReport work;
  work.picoseconds = ledger.busy_picoseconds(activity);
  work.cycles = work.picoseconds / period_picoseconds(device.config());
  work.energy = ledger.energy(activity);
  work.row_operations = ledger.events(Event::RowAnd2, activity);
  work.row_reads = ledger.events(Event::RowRead, activity);
  work.row_writes = ledger.events(Event::RowWrite, activity);
  work.dma_bytes = ledger.events(Event::DmaRead, activity) + ledger.events(Event::DmaWrite, activity);
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
  const double sensing = static_cast<double>(layer.run.row_operations) * device.config().read_cycles();
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

  WorkReport once;
  for (std::size_t i = 0; i < image.layer_count(); ++i) {
    report.layers.push_back(layer_report(device, image, i));
    report.total += report.layers.back().total();
    once += report.layers.back().once;
  }
  const auto simulated = static_cast<std::uint64_t>(simulation.simulated_time() / sc_core::sc_time(1, sc_core::SC_PS));
  report.outside.picoseconds = simulated - report.total.picoseconds;
  report.outside.cycles = report.outside.picoseconds / period_picoseconds(device.config());
  report.outside.energy = device.ledger().idle_energy(report.outside.picoseconds);
  report.total += report.outside;

  const sc_core::sc_time inference = simulation.inference_time();
  report.images_per_simulated_second =
      inference > sc_core::SC_ZERO_TIME ? static_cast<double>(report.images) / inference.to_seconds() : 0;
  report.energy_an_image =
      Femtojoules((report.total.energy.value() - once.energy.value()) / (report.images > 0 ? report.images : 1));

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
