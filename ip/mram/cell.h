#pragma once

#include <cstdint>
#include <optional>

namespace spinvp {

enum class CellKind {
  SotMram,  ///< magnetic tunnel junction on a heavy metal
  SttMram,  ///< magnetic tunnel junction, written through itself
  Reram,    ///< filament
  Sram,     ///< six transistors; discharges a bit line instead of having a resistance
};

const char* to_string(CellKind kind);

/// Where the reference resistance stands between the two states that it tells apart.
enum class ReferencePlacement {
  Geometric,        ///< sqrt(a b): equal ratios to both, which suits spreads that grow with the resistance
  VoltageMidpoint,  ///< (a + b) / 2: equal voltages to both at a given sense current
  CurrentMidpoint,  ///< 2 a b / (a + b): equal currents to both at a given voltage
};

const char* to_string(ReferencePlacement placement);

/// A cell whose resistance says what it holds: low is 0, high is 1 (parallel and antiparallel of a junction).
/// A cell's own low resistance is drawn from a normal distribution around `low_ohms`, its high resistance from its own
/// low one times 1 + ratio, the ratio again normally distributed.
struct ResistiveCell {
  double low_ohms = 0;
  double high_ohms = 0;
  double resistance_spread = 0;  ///< standard deviation of the low resistance as a share of it; of RA in a junction
  double ratio_spread = 0;       ///< the same of high / low - 1; of the TMR in a junction
  double sense_amperes = 0;      ///< what a sense amplifier sends through the cells of its column, together
  double offset_volts = 0;       ///< standard deviation of a sense amplifier's offset
  ReferencePlacement placement = ReferencePlacement::Geometric;

  double ratio() const { return high_ohms / low_ohms - 1; }
  /// What a sense amplifier sees of `rows` cells in parallel of which `high` hold a 1.
  double equivalent_ohms(std::uint32_t rows, std::uint32_t high) const;
  /// The reference that tells `high` ones of `rows` from one less: 1 is OR, `rows` is AND, 2 of 3 is the majority.
  double reference_ohms(std::uint32_t rows, std::uint32_t high) const;
};

struct Cell {
  CellKind kind = CellKind::SotMram;
  double area_um2 = 0;
  double write_picojoules = 0;             ///< of a bit
  std::optional<ResistiveCell> resistive;  ///< nothing for a cell without a resistance
};

/// RA over the area of an ellipse.
double junction_ohms(double resistance_area_ohm_um2, double length_nm, double width_nm);

}  // namespace spinvp
