#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "sc_main/run_report.h"

namespace spinvp {
namespace {

using nlohmann::ordered_json;

double nanoseconds(const WorkReport& work) {
  return static_cast<double>(work.picoseconds) / 1e3;
}

ordered_json json_of(const WorkReport& work) {
  return {{"cycles", work.cycles},          {"time_ns", nanoseconds(work)}, {"energy_pj", work.energy.picojoules()},
          {"row_ops", work.row_operations}, {"row_reads", work.row_reads},  {"row_writes", work.row_writes},
          {"dma_bytes", work.dma_bytes}};
}

ordered_json json_of(const LayerReport& layer) {
  ordered_json json = {{"name", layer.name},
                       {"kind", layer.kind},
                       {"input_shape", layer.input_shape},
                       {"output_shape", layer.output_shape},
                       {"weights", layer.weight_kind},
                       {"weight_bits", layer.weight_bits},
                       {"activation_bits", layer.activation_bits},
                       {"macs_per_image", layer.macs},
                       {"subarrays", layer.subarrays},
                       {"subarrays_busy", layer.busy},
                       {"columns_used", layer.packing}};
  json.update(json_of(layer.total()));
  json["run"] = json_of(layer.run);
  json["load_once"] = json_of(layer.once);
  return json;
}

std::string time_text(double ns) {
  if (ns >= 1e9) {
    return fmt::format("{:.3f} s", ns / 1e9);
  }
  return ns >= 1e6 ? fmt::format("{:.3f} ms", ns / 1e6) : fmt::format("{:.3f} us", ns / 1e3);
}

std::string energy_text(Femtojoules energy) {
  const double picojoules = energy.picojoules();
  return picojoules >= 1e9   ? fmt::format("{:.3f} mJ", picojoules / 1e9)
         : picojoules >= 1e6 ? fmt::format("{:.3f} uJ", picojoules / 1e6)
                             : fmt::format("{:.3f} nJ", picojoules / 1e3);
}

void print_row(const std::string& name, const std::string& kind, const std::string& shape, const std::string& bits,
               const WorkReport& work, double images, const std::string& busy, const std::string& packing) {
  const auto an_image = [images](std::uint64_t all) {
    return static_cast<std::uint64_t>(std::llround(static_cast<double>(all) / images));
  };
  WorkReport one;
  one.cycles = an_image(work.cycles);
  one.picoseconds = an_image(work.picoseconds);
  one.energy = Femtojoules(an_image(work.energy.value()));
  one.row_operations = an_image(work.row_operations);
  fmt::print("{:<16} {:<6} {:<20} {:>5} {:>10} {:>13} {:>13} {:>10} {:>7} {:>8}\n", name, kind, shape, bits, one.cycles,
             time_text(nanoseconds(one)), energy_text(one.energy), one.row_operations, busy, packing);
}

std::string percent(double share) {
  return fmt::format("{:.1f} %", share * 100);
}

std::string weight_activation_bits(const LayerReport& layer) {
  const std::string weights = layer.weight_kind == "ternary" ? "t" : fmt::format("{}", layer.weight_bits);
  return fmt::format("{}:{}", weights, layer.activation_bits);
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream stream(path);
  stream << text;
  stream.close();
  if (!stream) {
    throw InputError(fmt::format("{}: cannot write the file", path));
  }
}

}  // namespace

void print_table(const RunReport& report) {
  const double images = static_cast<double>(report.images);
  fmt::print("\nNetwork '{}' on chip '{}', {} weights; an image takes:\n", report.network, report.chip,
             report.weights_stationary ? "stationary" : "streamed");
  fmt::print("{:<16} {:<6} {:<20} {:>5} {:>10} {:>13} {:>13} {:>10} {:>7} {:>8}\n", "layer", "kind", "shape", "W:A",
             "cycles", "time", "energy", "row ops", "busy", "columns");
  for (const LayerReport& layer : report.layers) {
    print_row(layer.name, layer.kind == "convolution" ? "conv" : "fc", layer.input_shape + " > " + layer.output_shape,
              weight_activation_bits(layer), layer.run, images, percent(layer.busy), percent(layer.packing));
  }
  print_row("outside layers", "", "", "", report.outside_run, images, "", "");
  print_row("an image", "", "", "", report.run(), images, "", "");
  const WorkReport once = report.once();
  fmt::print("\nStarting up and loading, once: {} in {}\n", energy_text(once.energy), time_text(nanoseconds(once)));
  fmt::print("\nTotals: {} simulated, {} cycles, {}, {} row operations, {} row writes, {} DMA bytes\n",
             time_text(nanoseconds(report.total)), report.total.cycles, energy_text(report.total.energy),
             report.total.row_operations, report.total.row_writes, report.total.dma_bytes);
  fmt::print("{:.1f} images per simulated second, {} per image\n", report.images_per_simulated_second,
             energy_text(report.energy_an_image));
  const double seconds = report.host_seconds;
  fmt::print("Host: {:.2f} s, {:.1f} images/s, {:.1f} M row operations/s", seconds, images / seconds,
             static_cast<double>(report.total.row_operations) / seconds / 1e6);
  if (report.instructions > 0) {
    fmt::print(", {} RISC-V instructions", report.instructions);
  }
  fmt::print("\n\n");
}

void print_result(const RunReport& report) {
  std::string line = report.images == 1 ? "1 image" : fmt::format("{} images", report.images);
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
  json["chip"] = report.chip;
  json["driver"] = report.driver;
  json["detail"] = report.detail;
  json["weights"] = report.weights_stationary ? "stationary" : "streamed";
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
  json["totals"] = json_of(report.total);
  json["totals"]["images_per_second"] = report.images_per_simulated_second;
  json["totals"]["energy_per_image_pj"] = report.energy_an_image.picojoules();
  json["host"] = {{"seconds", report.host_seconds},
                  {"images_per_second", static_cast<double>(report.images) / report.host_seconds},
                  {"instructions", report.instructions}};
  json["verify"] = {{"enabled", report.verified},
                    {"layers_checked", report.layers_checked},
                    {"mismatches", report.mismatches},
                    {"first_mismatch", report.first_mismatch}};
  // Names come from the user's files: a byte that is no UTF-8 must not cost the report.
  write_file(path, json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

void write_predictions(const Simulation& simulation, const std::string& path) {
  std::string text = "index,label,predicted";
  for (std::size_t s = 0; s < simulation.image().header().output_count; ++s) {
    text += fmt::format(",score_{}", s);
  }
  text += '\n';
  for (std::size_t i = 0; i < simulation.predictions().size(); ++i) {
    const Prediction& one = simulation.predictions()[i];
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
