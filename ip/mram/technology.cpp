#include "ip/mram/technology.h"

namespace spinvp {

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

}  // namespace spinvp
