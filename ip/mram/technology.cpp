#include "ip/mram/technology.h"

#include <fmt/format.h>

#include "core/yaml.h"
#include "ip/mram/costs.h"

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

std::optional<SubArrayCosts> Technology::costs(std::uint32_t rows, std::uint32_t columns) const {
  const std::optional<Geometry> geometry = geometries.at(rows, columns);
  if (!geometry) {
    return std::nullopt;
  }
  const auto sense = [&](int rows_raised, int amplifiers) {
    return from_picojoules(geometry->read_picojoules *
                           (1 + (rows_raised - 1) * further_row_share + (amplifiers - 1) * sense_amplifier_share));
  };
  SubArrayCosts costs;
  costs.rows = rows;
  costs.columns = columns;
  costs.read_latency_ns = geometry->read_latency_ns;
  costs.write_latency_ns = geometry->write_latency_ns;
  costs.read_energy = sense(1, 1);
  costs.and2_energy = sense(2, 1);
  costs.xor2_energy = sense(2, 2);
  costs.maj3_energy = sense(3, 1);
  costs.full_add_energy = sense(3, 3);
  costs.write_energy = from_picojoules(columns * cell.write_picojoules + geometry->write_overhead_picojoules);
  costs.leakage_watts = geometry->leakage_watts;
  costs.area_um2 = geometry->area_um2;
  return costs;
}

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
