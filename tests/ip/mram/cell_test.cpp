#include "ip/mram/cell.h"

#include <catch2/catch.hpp>
#include <string>

#include "ip/config/cell_reader.h"
#include "tests/ip/support/config_files.h"

using namespace spinvp;
using namespace spinvp::test;
using Catch::Matchers::Contains;

namespace {

std::string quantity(const std::string& key, const std::string& value) {
  return key + ": {value: " + value + ", provenance: assumed, source: test}\n";
}

std::string junction() {
  return "junction:\n  " + quantity("resistance_area", "10.58 Ohm*um2") + "  " +
         quantity("magnetoresistance", "171.2 %") + "  " + quantity("length", "60 nm") + "  " +
         quantity("width", "40 nm");
}

std::string resistances(const std::string& low, const std::string& high) {
  return "resistances:\n  " + quantity("low", low) + "  " + quantity("high", high);
}

std::string cell_text(const std::string& kind, const std::string& what) {
  return "kind: " + kind + "\n" + what + "variation:\n  " + quantity("resistance", "2 %") + "  " +
         quantity("ratio", "5 %") + "sensing:\n  reference: geometric\n  " + quantity("current", "40 uA") + "  " +
         quantity("offset", "3 mV") + quantity("area", "0.14 um2") + quantity("write_energy", "0.073 pJ/bit");
}

Cell cell(const std::string& text) {
  return read_cell(Yaml::parse(text, "cell.yaml"));
}

std::string refusal(const std::string& text) {
  return refusal_of([&] { cell(text); });
}

}  // namespace

TEST_CASE("a junction's resistances follow from its RA product, TMR and ellipse") {
  const Cell sot = cell(cell_text("sot_mram", junction()));
  REQUIRE(sot.resistive);
  CHECK(sot.kind == CellKind::SotMram);
  CHECK(sot.resistive->low_ohms == Approx(5613).epsilon(1e-4));
  CHECK(sot.resistive->high_ohms == Approx(15222).epsilon(1e-4));
  CHECK(sot.resistive->ratio() == Approx(1.712));
  CHECK(sot.resistive->resistance_spread == Approx(0.02));
  CHECK(sot.resistive->ratio_spread == Approx(0.05));
  CHECK(sot.resistive->sense_amperes == Approx(40e-6));
  CHECK(sot.resistive->offset_volts == Approx(3e-3));
  CHECK(sot.area_um2 == Approx(0.14));
  CHECK(sot.write_picojoules == Approx(0.073));
}

TEST_CASE("cells sensed together show the resistances of their parallel circuit") {
  const ResistiveCell cell{5613, 15222};
  const auto kilo_ohms = [&](std::uint32_t rows, std::uint32_t high) { return cell.equivalent_ohms(rows, high) / 1e3; };
  CHECK(kilo_ohms(1, 0) == Approx(5.61).margin(0.005));
  CHECK(kilo_ohms(1, 1) == Approx(15.22).margin(0.005));
  CHECK(kilo_ohms(2, 0) == Approx(2.81).margin(0.005));
  CHECK(kilo_ohms(2, 1) == Approx(4.10).margin(0.005));
  CHECK(kilo_ohms(2, 2) == Approx(7.61).margin(0.005));
  CHECK(kilo_ohms(3, 0) == Approx(1.87).margin(0.005));
  CHECK(kilo_ohms(3, 1) == Approx(2.37).margin(0.005));
  CHECK(kilo_ohms(3, 2) == Approx(3.23).margin(0.005));
  CHECK(kilo_ohms(3, 3) == Approx(5.07).margin(0.005));
}

TEST_CASE("a reference stands between its states as its rule says") {
  ResistiveCell cell{1000, 4000};
  cell.placement = ReferencePlacement::Geometric;
  CHECK(cell.reference_ohms(1, 1) == Approx(2000));
  cell.placement = ReferencePlacement::VoltageMidpoint;
  CHECK(cell.reference_ohms(1, 1) == Approx(2500));
  cell.placement = ReferencePlacement::CurrentMidpoint;
  CHECK(cell.reference_ohms(1, 1) == Approx(1600));
  for (const auto placement :
       {ReferencePlacement::Geometric, ReferencePlacement::VoltageMidpoint, ReferencePlacement::CurrentMidpoint}) {
    cell.placement = placement;
    for (std::uint32_t rows = 1; rows <= 3; ++rows) {
      for (std::uint32_t high = 1; high <= rows; ++high) {
        CHECK(cell.reference_ohms(rows, high) > cell.equivalent_ohms(rows, high - 1));
        CHECK(cell.reference_ohms(rows, high) < cell.equivalent_ohms(rows, high));
      }
    }
  }
}

TEST_CASE("other cells give their resistances, and an SRAM has none") {
  const Cell reram = cell(cell_text("reram", resistances("1000 kOhm", "10000 kOhm")));
  CHECK(reram.kind == CellKind::Reram);
  CHECK(reram.resistive->low_ohms == Approx(1e6));
  CHECK(reram.resistive->high_ohms == Approx(1e7));
  const Cell sram = cell("kind: sram\n" + quantity("area", "0.296 um2") + quantity("write_energy", "0.1 pJ/bit"));
  CHECK(sram.kind == CellKind::Sram);
  CHECK_FALSE(sram.resistive);
}

TEST_CASE("a cell that cannot be is refused") {
  CHECK_THAT(refusal(cell_text("dram", junction())), Contains("expected one of sot_mram, stt_mram, reram, sram"));
  CHECK_THAT(refusal(cell_text("sot_mram", "")), Contains("expected either 'junction' or 'resistances'"));
  CHECK_THAT(refusal(cell_text("stt_mram", junction() + resistances("3 kOhm", "6 kOhm"))),
             Contains("expected either 'junction' or 'resistances'"));
  CHECK_THAT(refusal(cell_text("stt_mram", resistances("6 kOhm", "6 kOhm"))),
             Contains("resistances.high.value") && Contains("above the low one"));
  CHECK_THAT(refusal(cell_text("stt_mram", resistances("0 kOhm", "6 kOhm"))),
             Contains("resistances.low.value") && Contains("above zero"));
  CHECK_THAT(refusal(cell_text("sram", resistances("3 kOhm", "6 kOhm"))), Contains("unknown key 'resistances'"));
}
