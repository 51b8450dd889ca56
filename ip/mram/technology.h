#pragma once

#include <cstdint>
#include <string>

#include "core/units.h"

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

/// Reads a technology file and derives the costs of a rows x columns sub-array; InputError when the file has no such
/// geometry (the message lists those it has) or is wrong.
SubArrayCosts load_technology(const std::string& path, std::uint32_t rows, std::uint32_t columns);

}  // namespace spinvp
