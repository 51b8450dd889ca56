#include "ip/mram/cell.h"

#include <cmath>

namespace spinvp {
namespace {

constexpr double pi = 3.14159265358979323846;

}  // namespace

const char* to_string(CellKind kind) {
  switch (kind) {
    case CellKind::SotMram:
      return "SOT-MRAM";
    case CellKind::SttMram:
      return "STT-MRAM";
    case CellKind::Reram:
      return "ReRAM";
    case CellKind::Sram:
      break;
  }
  return "SRAM";
}

const char* to_string(ReferencePlacement placement) {
  switch (placement) {
    case ReferencePlacement::Geometric:
      return "geometric mean";
    case ReferencePlacement::VoltageMidpoint:
      return "voltage midpoint";
    case ReferencePlacement::CurrentMidpoint:
      break;
  }
  return "current midpoint";
}

double ResistiveCell::equivalent_ohms(std::uint32_t rows, std::uint32_t high) const {
  return 1 / ((rows - high) / low_ohms + high / high_ohms);
}

double ResistiveCell::reference_ohms(std::uint32_t rows, std::uint32_t high) const {
  const double below = equivalent_ohms(rows, high - 1);
  const double above = equivalent_ohms(rows, high);
  switch (placement) {
    case ReferencePlacement::Geometric:
      return std::sqrt(below * above);
    case ReferencePlacement::VoltageMidpoint:
      return (below + above) / 2;
    case ReferencePlacement::CurrentMidpoint:
      break;
  }
  return 2 * below * above / (below + above);
}

double junction_ohms(double resistance_area_ohm_um2, double length_nm, double width_nm) {
  const double area_um2 = pi / 4 * length_nm * width_nm * 1e-6;
  return resistance_area_ohm_um2 / area_um2;
}

}  // namespace spinvp
