#include "ip/config/technology_file.h"

#include <fmt/format.h>

#include "core/yaml.h"
#include "ip/config/cell_reader.h"
#include "ip/config/costs.h"

namespace spinvp {
namespace {

Geometry read_geometry(const Yaml& yaml) {
  yaml.allow(
      {"rows", "columns", "read_latency", "write_latency", "read_energy", "write_overhead_energy", "leakage", "area"});
  Geometry geometry;
  geometry.rows = static_cast<std::uint32_t>(yaml["rows"].integer(1, 65536));
  geometry.columns = static_cast<std::uint32_t>(yaml["columns"].integer(1, 65536));
  geometry.read_latency_ns = read_latency_ns(yaml["read_latency"]);
  geometry.write_latency_ns = read_latency_ns(yaml["write_latency"]);
  geometry.read_picojoules = read_picojoules(yaml["read_energy"], "pJ");
  geometry.write_overhead_picojoules = read_picojoules(yaml["write_overhead_energy"], "pJ");
  geometry.leakage_watts = read_leakage_watts(yaml["leakage"]);
  geometry.area_um2 = read_area(yaml["area"]);
  return geometry;
}

Technology read_technology(const Yaml& yaml) {
  yaml.allow({"name", "description", "cell", "further_row_energy_share", "sense_amplifier_energy_share", "geometries"});
  Technology technology;
  technology.name = yaml["name"].text();
  technology.description = yaml.has("description") ? yaml["description"].text() : "";
  technology.cell = read_cell(yaml["cell"]);
  technology.further_row_share = read_up_to(100, yaml["further_row_energy_share"], "share");
  technology.sense_amplifier_share = read_up_to(100, yaml["sense_amplifier_energy_share"], "share");
  // Every geometry is read, so that a mistake does not wait for the chip that asks for it.
  for (const Yaml& entry : yaml["geometries"].items()) {
    const Geometry geometry = read_geometry(entry);
    if (!technology.geometries.add(geometry)) {
      entry.fail(fmt::format("the geometry {} x {} stands here twice", geometry.rows, geometry.columns));
    }
  }
  return technology;
}

}  // namespace

Technology load_technology(const std::string& path) {
  return read_technology(Yaml::load(path));
}

SubArrayCosts load_technology(const std::string& path, std::uint32_t rows, std::uint32_t columns) {
  const Yaml yaml = Yaml::load(path);
  const Technology technology = read_technology(yaml);
  const std::optional<SubArrayCosts> costs = technology.costs(rows, columns);
  if (!costs) {
    yaml["geometries"].fail(fmt::format("no geometry of {} x {} (rows x columns): {}; listed: {}", rows, columns,
                                        technology.geometries.missing(rows, columns), technology.geometries.text()));
  }
  return *costs;
}

}  // namespace spinvp
