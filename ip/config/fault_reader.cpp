#include "ip/config/fault_reader.h"

#include <fmt/format.h>

#include <set>
#include <tuple>

#include "ip/config/costs.h"
#include "ip/config/technology_file.h"
#include "ip/pim/chip_limits.h"

namespace spinvp {
namespace {

double probability(const Yaml& yaml) {
  return read_up_to(1, yaml, "probability");
}

void sample_sense_errors(const Yaml& yaml, const std::string& technology, FaultConfig& config) {
  const auto runs = static_cast<std::uint64_t>(yaml.integer(2, 10000000));
  const Cell cell = load_technology(technology).cell;
  if (!cell.resistive) {
    yaml.fail(fmt::format("there is no resistance to sample in the cell of {}; give the probabilities", technology));
  }
  const SenseAnalysis analysis = analyse_senses(*cell.resistive, runs, config.seed);
  for (const SenseFunction function : sense_functions) {
    config.sense_errors[index_of(function)] = analysis.error_probability(function);
  }
}

void read_sense(const Yaml& yaml, const std::string& technology, FaultConfig& config) {
  if (yaml.has("monte_carlo_runs")) {
    yaml.allow({"monte_carlo_runs"});
    sample_sense_errors(yaml["monte_carlo_runs"], technology, config);
    return;
  }
  constexpr std::array<const char*, sense_functions.size()> names = {"read", "or2",  "and2", "xor2",
                                                                     "or3",  "maj3", "and3", "full_add"};
  yaml.allow({"monte_carlo_runs", "read", "or2", "and2", "xor2", "or3", "maj3", "and3", "full_add"});
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (yaml.has(names[i])) {
      config.sense_errors[i] = probability(yaml[names[i]]);
    }
  }
}

}  // namespace

FaultConfig read_faults(const Yaml& yaml, const std::string& technology, std::uint32_t subarrays, std::uint32_t rows,
                        std::uint32_t columns) {
  yaml.allow({"seed", "subarrays", "sense", "write_error", "stuck", "retention"});
  FaultConfig config;
  config.seed = static_cast<std::uint64_t>(yaml["seed"].integer(0, INT64_MAX));
  if (yaml.has("subarrays")) {
    const Yaml some = yaml["subarrays"];
    some.allow({"first", "count"});
    config.first_subarray = static_cast<std::uint32_t>(some["first"].integer(0, subarrays - 1));
    config.subarrays = static_cast<std::uint32_t>(some["count"].integer(1, subarrays - config.first_subarray));
  }
  if (yaml.has("sense")) {
    read_sense(yaml["sense"], technology, config);
  }
  if (yaml.has("write_error")) {
    config.write_error = probability(yaml["write_error"]);
  }
  if (yaml.has("retention")) {
    config.retention_rate = read_up_to(chip_limits::retention_rate, yaml["retention"], "flips/s");
  }
  if (yaml.has("stuck")) {
    const Yaml stuck = yaml["stuck"];
    stuck.allow({"density", "cells"});
    if (stuck.has("density")) {
      config.stuck_density = read_up_to(1, stuck["density"], "share");
    }
    std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> listed;
    for (const Yaml& cell : stuck.has("cells") ? stuck["cells"].items() : std::vector<Yaml>{}) {
      cell.allow({"subarray", "row", "column", "value"});
      const auto subarray = static_cast<std::uint32_t>(cell["subarray"].integer(0, subarrays - 1));
      const auto row = static_cast<std::uint32_t>(cell["row"].integer(0, rows - 1));
      const auto column = static_cast<std::uint32_t>(cell["column"].integer(0, columns - 1));
      if (!listed.insert({subarray, row, column}).second) {
        cell.fail(
            fmt::format("the stuck cell of sub-array {}, row {}, column {} stands here twice", subarray, row, column));
      }
      config.cells.push_back({subarray, row, column, cell["value"].integer(0, 1) != 0});
    }
  }
  return config;
}

}  // namespace spinvp
