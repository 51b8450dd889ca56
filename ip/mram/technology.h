#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/units.h"
#include "ip/mram/cell.h"
#include "ip/mram/geometry_table.h"

namespace spinvp {

/// What one geometry of a sub-array costs in a technology.
struct SubArrayCosts {
  std::uint32_t rows = 0;
  std::uint32_t columns = 0;
  double read_latency_ns = 0;   ///< one-row sense; two or three rows take as long
  double write_latency_ns = 0;  ///< row decode and write pulse
  Femtojoules read_energy;      ///< a whole row
  Femtojoules and2_energy;      ///< a whole row, two word lines up, one sense amplifier a column: AND2, OR2
  Femtojoules xor2_energy;      ///< a whole row, two word lines up, two sense amplifiers a column
  Femtojoules maj3_energy;      ///< a whole row, three word lines up, one sense amplifier a column: MAJ3, AND3, OR3
  Femtojoules full_add_energy;  ///< a whole row, three word lines up, three sense amplifiers a column
  Femtojoules write_energy;     ///< a whole row
  double leakage_watts = 0;
  double area_um2 = 0;
};

/// A memory cell and what sub-arrays of it cost.
struct Technology {
  std::string name;
  std::string description;
  Cell cell;
  double further_row_share = 0;      ///< what each further word line adds to the energy of a one-row sense
  double sense_amplifier_share = 0;  ///< what each further sense amplifier a column adds
  GeometryTable geometries;

  /// Energy of a sense = one-row sense x (1 + (rows - 1) x further_row_share + (amplifiers - 1) x
  /// sense_amplifier_share); of a row write = columns x the cell's + what the array adds. Sizes that are not
  /// listed are interpolated; nothing when that is impossible.
  std::optional<SubArrayCosts> costs(std::uint32_t rows, std::uint32_t columns) const;
};

}  // namespace spinvp
