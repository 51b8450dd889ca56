#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "core/file_errors.h"
#include "sc_main/layer_text.h"
#include "sc_main/mapping_options.h"
#include "sc_main/run_report.h"

namespace spinvp {
namespace {

using nlohmann::ordered_json;

double nanoseconds(const WorkReport& work) {
  return static_cast<double>(work.picoseconds) / 1e3;
}

ordered_json json_of(const WorkReport& work) {
  return {{"cycles", work.cycles},
          {"time_ns", nanoseconds(work)},
          {"energy_pj", work.energy.picojoules()},
          {"row_ops", work.row_operations},
          {"row_reads", work.row_reads},
          {"row_writes", work.row_writes},
          {"additions", work.additions},
          {"additions_skipped", work.additions_skipped},
          {"multiplies", work.multiplies},
          {"dma_bytes", work.dma_bytes}};
}

ordered_json json_of(const std::optional<PackingReport>& packing) {
  if (!packing) {
    return nullptr;
  }
  return {{"ideal", packing->ideal}, {"real", packing->real}, {"loss", packing->loss()}};
}

ordered_json json_of(const BlockReport& block) {
  ordered_json events = ordered_json::object();
  for (const EventReport& event : block.events) {
    events[to_string(event.event)] = {{"count", event.count}, {"energy_pj", event.energy.picojoules()}};
  }
  return {{"name", block.name},
          {"energy_pj", block.energy().picojoules()},
          {"leakage_pj", block.leakage.picojoules()},
          {"events", std::move(events)}};
}

ordered_json json_of(const LayerReport& layer) {
  ordered_json json = {{"name", layer.name},
                       {"kind", layer.kind},
                       {"engine", layer.engine},
                       {"groups", layer.groups},
                       {"input_shape", layer.input_shape},
                       {"output_shape", layer.output_shape},
                       {"weights", layer.weight_kind},
                       {"weight_bits", layer.weight_bits},
                       {"activation_bits", layer.activation_bits},
                       {"bits", layer.bits},
                       {"macs_per_image", layer.macs},
                       {"weights_zero", layer.weights_zero},
                       {"subarrays", layer.subarrays},
                       {"passes", layer.passes},
                       {"subarrays_busy", layer.busy},
                       {"operations_per_image", json_of(layer.packing)},
                       {"additions_saved", layer.additions_saved()}};
  json.update(json_of(layer.total()));
  json["run"] = json_of(layer.run);
  json["load_once"] = json_of(layer.once);
  return json;
}

ordered_json json_of(const std::vector<AreaPart>& area) {
  ordered_json parts = ordered_json::array();
  for (const AreaPart& part : area) {
    parts.push_back(
        {{"name", part.name}, {"count", part.count}, {"each_um2", part.each_um2}, {"total_um2", part.total_um2()}});
  }
  return {{"total_um2", total_area_um2(area)}, {"parts", std::move(parts)}};
}

ordered_json json_of(const FaultCounts& faults, std::uint64_t seed) {
  return {{"seed", seed},
          {"sense_errors",
           {{"one_row", faults.sense_errors[0]},
            {"two_rows", faults.sense_errors[1]},
            {"three_rows", faults.sense_errors[2]}}},
          {"write_errors", faults.write_errors},
          {"retention_flips", faults.retention_flips},
          {"stuck_cells", faults.stuck_cells}};
}

ordered_json json_of(const InjectionReport& report) {
  ordered_json strikes = ordered_json::array();
  for (const platform::Strike& strike : report.first) {
    ordered_json one = {{"time_ns", strike.time / sc_core::sc_time(1, sc_core::SC_NS)}};
    if (report.fault.wire != platform::FaultWire::Interrupt) {
      one.update({{"access", strike.write ? "write" : "read"}, {"address", strike.address}, {"bytes", strike.bytes}});
    }
    strikes.push_back(std::move(one));
  }
  return {{"fault", report.fault.text},
          {"kind", platform::to_string(report.fault.kind)},
          {"strikes", report.strikes},
          {"first", std::move(strikes)}};
}

ordered_json json_of(const ModelCheck& check) {
  ordered_json differences = ordered_json::array();
  for (const ModelDifference& one : check.differences) {
    differences.push_back({{"image", one.image},
                           {"predicted", one.predicted},
                           {"model", one.model},
                           {"margin", one.margin},
                           {"model_margin", one.model_margin},
                           {"reason", to_string(one.reason)},
                           {"node", one.nearest.node},
                           {"distance", one.nearest.distance},
                           {"distance_in_steps", one.nearest.in_steps}});
  }
  return {{"images", check.images},
          {"equal", check.equal()},
          {"on_boundary", check.on_boundary},
          {"before_quantising", check.is_before_quantising},
          {"unexplained", check.unexplained()},
          {"differences", std::move(differences)}};
}

ordered_json json_of(const BusShare& share) {
  return {{"transactions", share.transactions},
          {"delayed", share.delayed},
          {"waiting_ns", static_cast<double>(share.waiting_picoseconds) / 1e3}};
}

ordered_json json_of(const BusUse& use) {
  return {{"host", json_of(use.host)}, {"chip", json_of(use.chip)}};
}

ordered_json json_of(const OptionsReport& options) {
  ordered_json json = {{"count", options.count}, {"mapping", nullptr},       {"objective", nullptr},
                       {"density", nullptr},     {"layer_mapping", nullptr}, {"weights", nullptr}};
  if (options.mapping) {
    json["mapping"] = mapping_text(*options.mapping);
    json["objective"] = to_string(options.mapping->objective);
    json["density"] = options.mapping->most_for_density;
    json["layer_mapping"] = ordered_json::object();
    for (const auto& [layer, engine] : options.mapping->layers) {
      json["layer_mapping"][layer] = to_string(engine);
    }
    json["weights"] = to_string(options.mapping->weights);
  }
  json["input"] = nullptr;
  if (options.input) {
    json["input"] = {{"scale", options.input->scale}, {"mean", options.input->mean}, {"std", options.input->deviation}};
  }
  json["quantize"] = nullptr;
  if (options.quantise) {
    json["quantize"] = {{"weight_bits", options.quantise->weight_bits},
                        {"activation_bits", options.quantise->activation_bits},
                        {"calibration", options.quantise->images},
                        {"calibration_count", *options.quantise->count}};
  }
  json["firmware"] = options.firmware.empty() ? ordered_json(nullptr) : ordered_json(options.firmware);
  json["time_limit_s"] = options.time_limit_s;
  json["retries"] = options.retries;
  return json;
}

std::string time_text(double ns) {
  if (ns >= 1e9) {
    return fmt::format("{:.3f} s", ns / 1e9);
  }
  return ns >= 1e6 ? fmt::format("{:.3f} ms", ns / 1e6) : fmt::format("{:.3f} us", ns / 1e3);
}

std::string energy_text(Femtojoules energy) {
  return spinvp::energy_text(energy.picojoules());
}

std::string percent(double share) {
  return fmt::format("{:.1f} %", share * 100);
}

std::string short_kind(const LayerReport& layer) {
  return layer.kind == "convolution" ? "conv" : layer.kind == "fully_connected" ? "fc" : "elem";
}

/// A row of the table: what belongs to the layer, and what its work came to for one image.
void print_row(int width, const LayerReport* layer, const std::string& name, const WorkReport& work, double images) {
  const auto an_image = [images](std::uint64_t all) {
    return static_cast<std::uint64_t>(std::llround(static_cast<double>(all) / images));
  };
  WorkReport one;
  one.cycles = an_image(work.cycles);
  one.picoseconds = an_image(work.picoseconds);
  one.energy = Femtojoules(an_image(work.energy.value()));
  one.row_operations = an_image(work.row_operations);
  fmt::print("{:<{}} {:<5} {:<7} {:<22} {:>9} {:>11} {:>13} {:>13} {:>11} {:>7} {:>7}\n", name, width,
             layer == nullptr ? "" : short_kind(*layer), layer == nullptr ? "" : layer->engine,
             layer == nullptr ? "" : layer->input_shape + " > " + layer->output_shape,
             layer == nullptr ? "" : layer->bits, one.cycles, time_text(nanoseconds(one)), energy_text(one.energy),
             one.row_operations, layer == nullptr ? "" : percent(layer->busy),
             layer == nullptr || !layer->packing ? "" : percent(layer->packing->loss()));
}

void print_packing(const RunReport& report, const std::string& engine, const char* operations) {
  if (const std::optional<PackingReport> packing = report.packing(engine)) {
    fmt::print("Packing: {:.0f} {} an image, {:.0f} if every column were used: {} lost\n", packing->real, operations,
               packing->ideal, percent(packing->loss()));
  }
}

void print_additions(const RunReport& report) {
  const WorkReport run = report.run();
  const std::uint64_t all = run.additions + run.additions_skipped;
  if (all > 0) {
    fmt::print("Additions: {} done, {} saved by zero weights or levels ({})\n", run.additions, run.additions_skipped,
               percent(static_cast<double>(run.additions_skipped) / static_cast<double>(all)));
  }
}

void print_faults(const FaultCounts& faults, std::uint64_t seed) {
  fmt::print(
      "Faults (seed {}): wrong answers to senses of one, two and three rows {}, {} and {}; bits not written {}; cells "
      "flipped {}; cells stuck {}\n",
      seed, faults.sense_errors[0], faults.sense_errors[1], faults.sense_errors[2], faults.write_errors,
      faults.retention_flips, faults.stuck_cells);
}

// Loosely timed nobody waits, and nothing is to be said.
void print_bus(const RunReport& report) {
  const auto waited = [](const BusShare& share) {
    return fmt::format("{} in {} of {} transactions", time_text(static_cast<double>(share.waiting_picoseconds) / 1e3),
                       share.delayed, share.transactions);
  };
  if (report.timing == "at") {
    BusUse all = report.bus_images;
    all += report.bus_once;
    fmt::print("Approximately timed: the host waited {} for the bus, the chip {}\n", waited(all.host),
               waited(all.chip));
  }
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream stream(path);
  stream << text;
  stream.close();
  if (!stream) {
    throw cannot_write(path);
  }
}

}  // namespace

void print_table(const RunReport& report) {
  const double images = static_cast<double>(report.images);
  fmt::print("\nNetwork '{}' on chip '{}', {} weights; an image takes:\n", report.network, report.chip, report.weights);
  const int width = name_width(report.layers, [](const LayerReport& layer) { return layer.name; });
  fmt::print("{:<{}} {:<5} {:<7} {:<22} {:>9} {:>11} {:>13} {:>13} {:>11} {:>7} {:>7}\n", "layer", width, "kind",
             "engine", "shape", "W:A", "cycles", "time", "energy", "row ops", "busy", "lost");
  for (const LayerReport& layer : report.layers) {
    print_row(width, &layer, layer.name, layer.run, images);
  }
  print_row(width, nullptr, "outside layers", report.outside_run, images);
  if (report.host_access.row_reads + report.host_access.row_writes > 0) {
    print_row(width, nullptr, "host access", report.host_access, images);
  }
  print_row(width, nullptr, "an image", report.run(), images);
  fmt::print("\n");
  print_packing(report, "and", "row operations");
  print_packing(report, "adder", "additions");
  print_additions(report);
  if (report.faults) {
    print_faults(*report.faults, report.fault_seed);
  }
  print_bus(report);
  if (report.recoveries > 0) {
    fmt::print("The chip failed and the software tried again: {}\n",
               report.recoveries == 1 ? "once" : fmt::format("{} times", report.recoveries));
  }
  const WorkReport once = report.once();
  fmt::print("Starting up and loading, once: {} in {}\n", energy_text(once.energy), time_text(nanoseconds(once)));
  fmt::print("\nTotals: {} simulated, {} cycles, {}, {} row operations, {} row writes, {} DMA bytes\n",
             time_text(nanoseconds(report.total)), report.total.cycles, energy_text(report.total.energy),
             report.total.row_operations, report.total.row_writes, report.total.dma_bytes);
  fmt::print("{:.1f} images per simulated second, {} per image, on {:.2f} mm2\n", report.images_per_simulated_second,
             energy_text(report.energy_an_image), total_area_um2(report.area) / 1e6);
  if (report.nanoseconds_between_images) {
    fmt::print("Between two images the software takes {} more, in none of these numbers\n",
               time_text(*report.nanoseconds_between_images));
  }
  const double seconds = report.host_seconds;
  fmt::print("Host: {:.2f} s{}, {:.1f} images/s, {:.1f} M row operations/s", seconds,
             report.processes > 1 ? fmt::format(" in {} processes", report.processes) : "", images / seconds,
             static_cast<double>(report.total.row_operations) / seconds / 1e6);
  if (report.instructions > 0) {
    fmt::print(", {} RISC-V instructions", report.instructions);
  }
  fmt::print("\n\n");
}

void print_result(const RunReport& report) {
  std::string line = images_text(report.images);
  if (report.correct) {
    line += fmt::format(", accuracy {:.2f} % ({} correct)", report.accuracy() * 100, *report.correct);
  } else {
    line += ", no labels";
  }
  if (report.verified) {
    line += fmt::format(", {} layer outputs checked, {} differ from the reference", report.layers_checked,
                        report.mismatches);
  }
  fmt::print("{}\n", line);
}

void write_json(const RunReport& report, const std::string& path) {
  ordered_json json;
  json["version"] = report.version;
  json["network"] = report.network;
  json["notes"] = report.notes;
  json["chip"] = report.chip;
  json["files"] = {{"network", report.network_file},
                   {"images", report.images_file},
                   {"labels", report.labels_file.empty() ? ordered_json(nullptr) : ordered_json(report.labels_file)},
                   {"chip", report.chip_file},
                   {"technology", report.technology_file},
                   {"soc", report.soc_file}};
  json["options"] = json_of(report.options);
  json["driver"] = report.driver;
  json["detail"] = report.detail;
  json["timing"] = {{"style", report.timing},
                    {"data_path", report.data_path},
                    {"bus", {{"run", json_of(report.bus_images)}, {"once", json_of(report.bus_once)}}}};
  json["weights"] = report.weights;
  json["images"] = report.images;
  json["accuracy"] = report.correct ? ordered_json(report.accuracy()) : ordered_json(nullptr);
  json["correct"] = report.correct ? ordered_json(*report.correct) : ordered_json(nullptr);
  json["layers"] = ordered_json::array();
  for (const LayerReport& layer : report.layers) {
    json["layers"].push_back(json_of(layer));
  }
  json["outside_layers"] = json_of(report.outside());
  json["outside_layers"]["run"] = json_of(report.outside_run);
  json["outside_layers"]["once"] = json_of(report.outside_once);
  json["host_access"] = json_of(report.host_access);
  json["totals"] = json_of(report.total);
  json["totals"]["images_per_second"] = report.images_per_simulated_second;
  json["totals"]["energy_per_image_pj"] = report.energy_an_image.picojoules();
  const std::optional<double>& between = report.nanoseconds_between_images;
  json["totals"]["between_images_ns"] = between ? ordered_json(*between) : ordered_json(nullptr);
  json["totals"]["and_row_ops_per_image"] = json_of(report.packing("and"));
  json["totals"]["additions_per_image"] = json_of(report.packing("adder"));
  json["blocks"] = ordered_json::array();
  for (const BlockReport& block : report.blocks) {
    json["blocks"].push_back(json_of(block));
  }
  json["area"] = json_of(report.area);
  json["faults"] = report.faults ? json_of(*report.faults, report.fault_seed) : ordered_json(nullptr);
  json["injected"] = ordered_json::array();
  for (const InjectionReport& one : report.injection) {
    json["injected"].push_back(json_of(one));
  }
  json["recoveries"] = report.recoveries;
  json["host"] = {{"jobs", report.processes},
                  {"seconds", report.host_seconds},
                  {"images_per_second", static_cast<double>(report.images) / report.host_seconds},
                  {"instructions", report.instructions}};
  json["verify"] = {{"enabled", report.verified},
                    {"layers_checked", report.layers_checked},
                    {"mismatches", report.mismatches},
                    {"first_mismatch", report.first_mismatch}};
  json["verify_model"] = report.model_check ? json_of(*report.model_check) : ordered_json(nullptr);
  // Names come from the user's files: a byte that is no UTF-8 must not cost the report.
  write_file(path, json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

void write_predictions(const Simulation& simulation, const RunRecord& record, const std::string& path) {
  std::string text = "index,label,predicted";
  for (std::size_t s = 0; s < simulation.image().header().output_count; ++s) {
    text += fmt::format(",score_{}", s);
  }
  text += '\n';
  for (std::size_t i = 0; i < record.predictions.size(); ++i) {
    const Prediction& one = record.predictions[i];
    const bool labelled = !simulation.data().labels.empty();
    text += fmt::format("{},{},{}", i, labelled ? fmt::format("{}", simulation.data().labels[i]) : "", one.predicted);
    for (const std::int32_t score : one.scores) {
      text += fmt::format(",{}", score);
    }
    text += '\n';
  }
  write_file(path, text);
}

}  // namespace spinvp
