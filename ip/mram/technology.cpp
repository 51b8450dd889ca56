#include "ip/mram/technology.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <vector>

#include "core/yaml.h"
#include "ip/mram/costs.h"

namespace spinvp {

namespace {

/// What all geometries of a technology share.
struct Cell {
  double write_picojoules_a_bit = 0;
  double further_row_share = 0;
  double sense_amplifier_share = 0;
};

Cell read_cell(const Yaml& technology) {
  const Yaml yaml = technology["cell"];
  yaml.allow({"kind", "resistance_parallel", "resistance_antiparallel", "area", "write_energy"});
  yaml["kind"].one_of({"sot_mram"});
  // These describe the cell; the geometries' figures contain what follows from them.
  yaml["resistance_parallel"].quantity("kOhm");
  yaml["resistance_antiparallel"].quantity("kOhm");
  yaml["area"].quantity("um2");
  return {read_picojoules(yaml["write_energy"], "pJ/bit"),
          read_up_to(100, technology["further_row_energy_share"], "share"),
          read_up_to(100, technology["sense_amplifier_energy_share"], "share")};
}

SubArrayCosts read_geometry(const Yaml& yaml, const Cell& cell) {
  yaml.allow(
      {"rows", "columns", "read_latency", "write_latency", "read_energy", "write_overhead_energy", "leakage", "area"});
  SubArrayCosts costs;
  costs.rows = static_cast<std::uint32_t>(yaml["rows"].integer(1, 65536));
  costs.columns = static_cast<std::uint32_t>(yaml["columns"].integer(1, 65536));
  const double one_row = read_picojoules(yaml["read_energy"], "pJ");
  costs.read_latency_ns = read_latency_ns(yaml["read_latency"]);
  costs.write_latency_ns = read_latency_ns(yaml["write_latency"]);
  costs.read_energy = from_picojoules(one_row);
  const auto sense = [&](int rows, int sense_amplifiers) {
    return from_picojoules(
        one_row * (1 + (rows - 1) * cell.further_row_share + (sense_amplifiers - 1) * cell.sense_amplifier_share));
  };
  costs.and2_energy = sense(2, 1);
  costs.xor2_energy = sense(2, 2);
  costs.maj3_energy = sense(3, 1);
  costs.full_add_energy = sense(3, 3);
  costs.write_energy = from_picojoules(costs.columns * cell.write_picojoules_a_bit +
                                       read_picojoules(yaml["write_overhead_energy"], "pJ"));
  costs.leakage_watts = read_leakage_watts(yaml["leakage"]);
  costs.area_um2 = yaml["area"].quantity("um2").value;
  return costs;
}

}  // namespace

SubArrayCosts load_technology(const std::string& path, std::uint32_t rows, std::uint32_t columns) {
  const Yaml yaml = Yaml::load(path);
  yaml.allow({"name", "description", "cell", "further_row_energy_share", "sense_amplifier_energy_share", "geometries"});
  const Cell cell = read_cell(yaml);

  // Every geometry is read, so that a mistake does not wait for the chip that asks for it.
  std::optional<SubArrayCosts> wanted;
  std::vector<std::string> known;
  for (const Yaml& entry : yaml["geometries"].items()) {
    const SubArrayCosts costs = read_geometry(entry, cell);
    known.push_back(fmt::format("{} x {}", costs.rows, costs.columns));
    if (costs.rows != rows || costs.columns != columns) {
      continue;
    }
    if (wanted) {
      entry.fail(fmt::format("the geometry {} stands here twice", known.back()));
    }
    wanted = costs;
  }
  if (!wanted) {
    yaml["geometries"].fail(
        fmt::format("no geometry of {} x {} (rows x columns); known: {}", rows, columns, fmt::join(known, ", ")));
  }
  return *wanted;
}

}  // namespace spinvp
