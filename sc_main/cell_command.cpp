#include <fmt/format.h>

#include <cstdint>
#include <fstream>
#include <limits>
#include <memory>
#include <string>

#include "core/errors.h"
#include "core/file_errors.h"
#include "ip/config/technology_file.h"
#include "ip/mram/sense_margins.h"
#include "sc_main/cell_picture.h"
#include "sc_main/commands.h"
#include "sc_main/output_file.h"
#include "sc_main/resources.h"

namespace spinvp {
namespace {

struct CellOptions {
  std::string technology;
  std::string svg;
  std::uint64_t runs = 10000;
  std::uint64_t seed = 1;
};

void print_cell(const Technology& technology) {
  fmt::print("{}: {}\n", technology.name, technology.description);
  fmt::print("{} cell of {:.3f} um2, {:.3g} pJ to write a bit\n", to_string(technology.cell.kind),
             technology.cell.area_um2, technology.cell.write_picojoules);
}

void print_states(const ResistiveCell& cell, const SenseAnalysis& analysis) {
  fmt::print("\nResistance of cells sensed together ({} runs, seed {})\n", analysis.runs, analysis.seed);
  fmt::print("{:>4}  {:>4}  {:>10}  {:>10}  {:>10}  {:>10}\n", "rows", "ones", "kOhm", "mean", "sigma", "mV");
  for (const SenseState& state : analysis.states) {
    fmt::print("{:>4}  {:>4}  {:>10.2f}  {:>10.2f}  {:>10.3f}  {:>10.1f}\n", state.rows, state.high, state.ohms / 1e3,
               state.mean_ohms / 1e3, state.deviation_ohms / 1e3, state.ohms * cell.sense_amperes * 1e3);
  }
}

void print_references(const ResistiveCell& cell) {
  fmt::print("\nReferences ({} of the two states)\n", to_string(cell.placement));
  fmt::print("{:>4}  {:<8}  {:>10}  {:>10}  {:>10}  {:>10}\n", "rows", "for", "below", "kOhm", "above", "mV");
  for (const SenseFunction function : {SenseFunction::Read, SenseFunction::Or2, SenseFunction::And2, SenseFunction::Or3,
                                       SenseFunction::Maj3, SenseFunction::And3}) {
    const std::uint32_t rows = rows_of(function);
    const std::uint32_t high = references_of(function).front();
    const double reference = cell.reference_ohms(rows, high);
    fmt::print("{:>4}  {:<8}  {:>10.2f}  {:>10.2f}  {:>10.2f}  {:>10.1f}\n", rows, to_string(function),
               cell.equivalent_ohms(rows, high - 1) / 1e3, reference / 1e3, cell.equivalent_ohms(rows, high) / 1e3,
               reference * cell.sense_amperes * 1e3);
  }
}

void print_errors(const SenseAnalysis& analysis) {
  fmt::print("\nMargins and chance of a wrong answer of a column\n");
  fmt::print("{:<8}  {:>4}  {:>10}  {:>11}  {:>9}  {:>10}  {:>10}\n", "function", "rows", "amplifiers", "margin kOhm",
             "margin mV", "counted", "estimated");
  for (const SenseFunction function : sense_functions) {
    const SenseErrors& errors = analysis.of(function);
    const std::string counted = errors.counted > 0 ? fmt::format("{:.2e}", errors.counted) : "none";
    fmt::print("{:<8}  {:>4}  {:>10}  {:>11.3f}  {:>9.1f}  {:>10}  {:>10.1e}\n", to_string(function), rows_of(function),
               references_of(function).size(), errors.margin_ohms / 1e3, errors.margin_volts * 1e3, counted,
               errors.estimated);
  }
  fmt::print(
      "counted: of all runs and operand bits, each combination as likely as any other; estimated: tails of normal\n"
      "distributions with the runs' means and deviations, which far below 1 / runs tell no more than the magnitude.\n");
}

int analyse(const CellOptions& options) {
  const std::string path = description_file(options.technology, "configs/technologies", "sot_mram_45nm");
  if (!options.svg.empty()) {
    require_writable(options.svg, {path});
  }
  const Technology technology = load_technology(path);
  if (!technology.cell.resistive) {
    if (!options.svg.empty()) {
      throw InputError(
          fmt::format("{}: --svg draws resistances; an {} cell has none", path, to_string(technology.cell.kind)));
    }
    print_cell(technology);
    fmt::print("\nResistances, references and margins do not apply: the cell discharges a bit line.\n");
    fmt::print(
        "Two raised word lines give AND and NOR. Majority and full addition of three rows have no circuit with this "
        "cell:\n"
        "chips that use them are assumed, for comparison with other technologies alone.\n");
    return 0;
  }
  const ResistiveCell& cell = *technology.cell.resistive;
  print_cell(technology);
  fmt::print("low {:.2f} kOhm, high {:.2f} kOhm; sigma {:.1f} % of the low one, {:.1f} % of high / low - 1\n",
             cell.low_ohms / 1e3, cell.high_ohms / 1e3, cell.resistance_spread * 100, cell.ratio_spread * 100);
  fmt::print("sense current {:.3g} uA; sigma of a sense amplifier's offset {:.3g} mV\n", cell.sense_amperes * 1e6,
             cell.offset_volts * 1e3);
  const SenseAnalysis analysis = analyse_senses(cell, options.runs, options.seed);
  print_states(cell, analysis);
  print_references(cell);
  print_errors(analysis);
  if (!options.svg.empty()) {
    std::ofstream file(options.svg);
    file << draw_sense_states(technology.name, cell, analysis);
    if (!file.flush()) {
      throw cannot_write(options.svg);
    }
  }
  return 0;
}

}  // namespace

Subcommand add_cell_command(CLI::App& app) {
  auto options = std::make_shared<CellOptions>();
  CLI::App* command = app.add_subcommand(
      "cell", "Show what sense amplifiers see of a technology's cells: resistances, references, margins, errors");
  command->add_option("technology", options->technology,
                      "technology description [configs/technologies/sot_mram_45nm.yaml]");
  command->add_option("--runs", options->runs, "runs of the Monte-Carlo [10000]")->check(CLI::Range(2, 10000000));
  command->add_option("--seed", options->seed, "seed of the Monte-Carlo [1]")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()));
  command->add_option("--svg", options->svg, "also draw the distributions to this file");
  return [command, options] { return command->parsed() ? analyse(*options) : -1; };
}

}  // namespace spinvp
