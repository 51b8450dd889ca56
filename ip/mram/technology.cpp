#include "ip/mram/technology.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "core/yaml.h"
#include "ip/mram/costs.h"

namespace spinvp {

SubArrayCosts load_technology(const std::string& path, std::uint32_t rows, std::uint32_t columns) {
  const Yaml yaml = Yaml::load(path);
  yaml.allow({"name", "description", "cell", "second_row_energy_share", "geometries"});
  const Yaml cell = yaml["cell"];
  cell.allow({"kind", "resistance_parallel", "resistance_antiparallel", "area", "write_energy"});
  cell["kind"].one_of({"sot_mram"});
  const double write_picojoules_a_bit = read_picojoules(cell["write_energy"], "pJ/bit");
  const double second_row_share = read_up_to(100, yaml["second_row_energy_share"], "share");

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
    const double one_row = read_picojoules(entry["read_energy"], "pJ");
    costs.read_latency_ns = read_latency_ns(entry["read_latency"]);
    costs.write_latency_ns = read_latency_ns(entry["write_latency"]);
    costs.read_energy = from_picojoules(one_row);
    costs.and2_energy = from_picojoules(one_row * (1 + second_row_share));
    costs.write_energy =
        from_picojoules(columns * write_picojoules_a_bit + read_picojoules(entry["write_overhead_energy"], "pJ"));
    costs.leakage_watts = read_leakage_watts(entry["leakage"]);
    costs.area_um2 = entry["area"].quantity("um2").value;
    return costs;
  }
  yaml["geometries"].fail(
      fmt::format("no geometry of {} x {} (rows x columns); known: {}", rows, columns, fmt::join(known, ", ")));
}

}  // namespace spinvp
