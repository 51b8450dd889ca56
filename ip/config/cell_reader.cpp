#include "ip/config/cell_reader.h"

#include <map>
#include <string>

#include "ip/config/costs.h"

namespace spinvp {
namespace {

double share(const Yaml& yaml) {
  return read_up_to(100, yaml, "%") / 100;
}

double positive(const Yaml& yaml, const std::string& unit, double maximum) {
  const double value = read_up_to(maximum, yaml, unit);
  if (value <= 0) {
    yaml["value"].fail("expected a quantity above zero");
  }
  return value;
}

void read_junction(const Yaml& yaml, ResistiveCell& cell) {
  yaml.allow({"resistance_area", "magnetoresistance", "length", "width"});
  const double resistance_area = positive(yaml["resistance_area"], "Ohm*um2", 1e9);
  const double length = positive(yaml["length"], "nm", 1e6);
  const double width = positive(yaml["width"], "nm", 1e6);
  cell.low_ohms = junction_ohms(resistance_area, length, width);
  cell.high_ohms = cell.low_ohms * (1 + positive(yaml["magnetoresistance"], "%", 1e6) / 100);
}

void read_resistances(const Yaml& yaml, ResistiveCell& cell) {
  yaml.allow({"low", "high"});
  cell.low_ohms = positive(yaml["low"], "kOhm", 1e9) * 1e3;
  cell.high_ohms = positive(yaml["high"], "kOhm", 1e9) * 1e3;
  if (cell.high_ohms <= cell.low_ohms) {
    yaml["high"]["value"].fail("expected a resistance above the low one");
  }
}

ReferencePlacement read_placement(const Yaml& yaml) {
  const std::string word = yaml.one_of({"geometric", "voltage_midpoint", "current_midpoint"});
  return word == "geometric"          ? ReferencePlacement::Geometric
         : word == "voltage_midpoint" ? ReferencePlacement::VoltageMidpoint
                                      : ReferencePlacement::CurrentMidpoint;
}

ResistiveCell read_resistive(const Yaml& yaml) {
  ResistiveCell cell;
  if (yaml.has("junction") == yaml.has("resistances")) {
    yaml.fail("expected either 'junction' or 'resistances'");
  }
  if (yaml.has("junction")) {
    read_junction(yaml["junction"], cell);
  } else {
    read_resistances(yaml["resistances"], cell);
  }
  const Yaml variation = yaml["variation"];
  variation.allow({"resistance", "ratio"});
  cell.resistance_spread = share(variation["resistance"]);
  cell.ratio_spread = share(variation["ratio"]);
  const Yaml sensing = yaml["sensing"];
  sensing.allow({"current", "offset", "reference"});
  cell.sense_amperes = positive(sensing["current"], "uA", 1e6) * 1e-6;
  cell.offset_volts = read_up_to(1e6, sensing["offset"], "mV") * 1e-3;
  cell.placement = read_placement(sensing["reference"]);
  return cell;
}

}  // namespace

Cell read_cell(const Yaml& yaml) {
  static const std::map<std::string, CellKind> kinds{{"sot_mram", CellKind::SotMram},
                                                     {"stt_mram", CellKind::SttMram},
                                                     {"reram", CellKind::Reram},
                                                     {"sram", CellKind::Sram}};
  Cell cell;
  cell.kind = kinds.at(yaml["kind"].one_of({"sot_mram", "stt_mram", "reram", "sram"}));
  if (cell.kind == CellKind::Sram) {
    yaml.allow({"kind", "area", "write_energy"});
  } else {
    yaml.allow({"kind", "area", "write_energy", "junction", "resistances", "variation", "sensing"});
    cell.resistive = read_resistive(yaml);
  }
  cell.area_um2 = yaml["area"].quantity("um2").value;
  cell.write_picojoules = read_picojoules(yaml["write_energy"], "pJ/bit");
  return cell;
}

}  // namespace spinvp
