#include "ip/mram/technology.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <vector>

#include "core/yaml.h"

namespace spinvp {
namespace {

Femtojoules from_picojoules(double picojoules) {
  return Femtojoules(static_cast<std::uint64_t>(std::llround(picojoules * 1e3)));
}

}  // namespace

SubArrayCosts load_technology(const std::string& path, std::uint32_t rows, std::uint32_t columns) {
  const Yaml yaml = Yaml::load(path);
  yaml.allow({"name", "description", "cell", "second_row_energy_share", "geometries"});
  const Yaml cell = yaml["cell"];
  cell.allow({"kind", "resistance_parallel", "resistance_antiparallel", "area", "write_energy"});
  cell["kind"].one_of({"sot_mram"});
  const double write_picojoules_a_bit = cell["write_energy"].quantity("pJ/bit").value;
  const double second_row_share = yaml["second_row_energy_share"].quantity("share").value;

  std::vector<std::string> known;
  for (const Yaml& entry : yaml["geometries"].items()) {
    entry.allow({"rows", "columns", "read_latency", "write_latency", "read_energy", "write_overhead_energy", "leakage",
                 "area"});
    SubArrayCosts costs;
    costs.rows = static_cast<std::uint32_t>(entry["rows"].integer(1, 65536));
    costs.columns = static_cast<std::uint32_t>(entry["columns"].integer(1, 65536));
    known.push_back(fmt::format("{} x {}", costs.rows, costs.columns));
    if (costs.rows != rows || costs.columns != columns) {
      continue;
    }
    const double read_picojoules = entry["read_energy"].quantity("pJ").value;
    costs.read_latency_ns = entry["read_latency"].quantity("ns").value;
    costs.write_latency_ns = entry["write_latency"].quantity("ns").value;
    costs.read_energy = from_picojoules(read_picojoules);
    costs.and2_energy = from_picojoules(read_picojoules * (1 + second_row_share));
    costs.write_energy =
        from_picojoules(columns * write_picojoules_a_bit + entry["write_overhead_energy"].quantity("pJ").value);
    costs.leakage_watts = entry["leakage"].quantity("W").value;
    costs.area_um2 = entry["area"].quantity("um2").value;
    return costs;
  }
  yaml["geometries"].fail(
      fmt::format("no geometry of {} x {} (rows x columns); known: {}", rows, columns, fmt::join(known, ", ")));
}

}  // namespace spinvp
