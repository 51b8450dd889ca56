#include "ip/config/technology_file.h"

#include <catch2/catch.hpp>

#include "tests/ip/support/config_files.h"

using namespace spinvp;
using namespace spinvp::test;
using Catch::Matchers::Contains;

namespace {

std::string refusal(const std::string& from, const std::string& to) {
  const ConfigFiles files;
  ConfigFiles::change(files.technology(), from, to);
  return refusal_of([&] { load_technology(files.technology(), 256, 512); });
}

}  // namespace

TEST_CASE("a sub-array's costs follow from the technology's numbers") {
  const ConfigFiles files;
  const SubArrayCosts costs = load_technology(files.technology(), 256, 512);
  CHECK(costs.rows == 256);
  CHECK(costs.columns == 512);
  CHECK(costs.read_latency_ns == Approx(1.292));
  CHECK(costs.write_latency_ns == Approx(1.464));
  CHECK(costs.read_energy.value() == 62000);
  CHECK(costs.and2_energy.value() == 70308);           // 62.0 pJ x 1.134
  CHECK(costs.write_energy.value() == 37376 + 13300);  // 512 x 0.073 pJ and the row's overhead
  CHECK(costs.leakage_watts == Approx(17.4e-6));
  CHECK(costs.area_um2 == Approx(80527));
  CHECK(load_technology(files.technology(), 512, 256).write_energy.value() == 18688 + 13200);
}

TEST_CASE("units of a technology convert") {
  const ConfigFiles files;
  ConfigFiles::change(files.technology(), "1.292 ns", "1292 ps");
  ConfigFiles::change(files.technology(), "17.4 uW", "0.0174 mW");
  CHECK(load_technology(files.technology(), 256, 512).read_latency_ns == Approx(1.292));
  CHECK(load_technology(files.technology(), 256, 512).leakage_watts == Approx(17.4e-6));
}

TEST_CASE("energies of multi-row senses add word lines and sense amplifiers to a read") {
  const ConfigFiles files;
  const SubArrayCosts costs = load_technology(files.technology(), 256, 512);
  CHECK(costs.and2_energy.value() == 70308);       // 62.0 pJ x (1 + 0.134)
  CHECK(costs.xor2_energy.value() == 123194);      // ... + 0.853: a second sense amplifier
  CHECK(costs.maj3_energy.value() == 78616);       // 62.0 pJ x (1 + 2 x 0.134)
  CHECK(costs.full_add_energy.value() == 184388);  // ... + 2 x 0.853
}

TEST_CASE("a geometry between the listed ones is interpolated") {
  const ConfigFiles files;
  const SubArrayCosts costs = load_technology(files.technology(), 384, 384);
  CHECK(costs.rows == 384);
  CHECK(costs.columns == 384);
  CHECK(costs.read_energy.value() == 46550);
  CHECK(costs.read_latency_ns == Approx((1.203 + 1.292 + 1.285 + 1.373) / 4));
  CHECK(costs.area_um2 == Approx((41874 + 80527 + 52684 + 101315) / 4.0));
  CHECK(costs.write_energy.value() == 28032 + 14850);  // 384 x 0.073 pJ, mean overhead of the four
}

TEST_CASE("a geometry outside of the listed ones is refused with the reason and their list") {
  const ConfigFiles files;
  const std::string listed = "listed: 256 x 256, 256 x 512, 512 x 256, 256 x 1024, 512 x 512";
  CHECK_THAT(refusal_of([&] { load_technology(files.technology(), 128, 512); }),
             Contains("no geometry of 128 x 512 (rows x columns): 128 rows are outside of the listed 256 to 512") &&
                 Contains(listed) && Contains("sot_mram_45nm.yaml:"));
  CHECK_THAT(refusal_of([&] { load_technology(files.technology(), 512, 1024); }),
             Contains("no geometry of 512 x 1024") && Contains("has to be listed itself") && Contains(listed));
  CHECK_THAT(refusal_of([&] { load_technology(files.technology(), 512, 768); }),
             Contains("no geometry of 512 x 768") && Contains("needs 512 x 1024, which is missing"));
}

TEST_CASE("every shipped technology can be read and gives its numbers") {
  struct Expected {
    const char* file;
    CellKind kind;
    std::uint64_t read_fj;
    std::uint64_t write_fj;
  };
  const Expected all[] = {
      {"sot_mram_45nm", CellKind::SotMram, 62000, 50676},      {"sot_mram_45nm_hp", CellKind::SotMram, 63100, 64076},
      {"sot_mram_45nm_lstp", CellKind::SotMram, 63200, 64076}, {"stt_mram_45nm", CellKind::SttMram, 78500, 522000},
      {"reram_45nm", CellKind::Reram, 104900, 317200},         {"sram_45nm", CellKind::Sram, 12800, 56200}};
  for (const Expected& expected : all) {
    CAPTURE(expected.file);
    const Technology technology = load_technology(shipped_technology(expected.file));
    CHECK(technology.name == expected.file);
    CHECK(technology.cell.kind == expected.kind);
    CHECK(technology.cell.resistive.has_value() == (expected.kind != CellKind::Sram));
    const auto costs = technology.costs(256, 512);
    REQUIRE(costs);
    CHECK(costs->read_energy.value() == expected.read_fj);
    CHECK(costs->write_energy.value() == expected.write_fj);
    CHECK(costs->full_add_energy.value() > costs->xor2_energy.value());
    CHECK(costs->leakage_watts > 0);
    CHECK(costs->area_um2 > 131072 * technology.cell.area_um2);
  }
}

TEST_CASE("every shipped technology has several sizes and those between them") {
  for (const char* name : shipped_technologies) {
    CAPTURE(name);
    const Technology technology = load_technology(shipped_technology(name));
    const auto quarter = technology.costs(256, 256);
    const auto wide = technology.costs(256, 512);
    const auto tall = technology.costs(512, 256);
    const auto large = technology.costs(512, 512);
    REQUIRE((quarter && wide && tall && large));
    REQUIRE(technology.costs(256, 1024));
    CHECK_FALSE(technology.costs(512, 1024));
    CHECK(quarter->read_energy.value() < wide->read_energy.value());
    CHECK(wide->write_energy.value() < large->write_energy.value());
    CHECK(quarter->area_um2 < tall->area_um2);
    CHECK(tall->area_um2 < large->area_um2);
    CHECK(wide->leakage_watts < large->leakage_watts);
    CHECK(quarter->read_latency_ns <= wide->read_latency_ns);
    CHECK(wide->read_latency_ns < large->read_latency_ns);
    CHECK(quarter->write_latency_ns < wide->write_latency_ns);
    CHECK(large->area_um2 > 262144 * technology.cell.area_um2);
    for (const auto& [rows, columns] :
         {std::pair{256u, 384u}, {384u, 256u}, {384u, 384u}, {300u, 512u}, {256u, 768u}}) {
      CAPTURE(rows, columns);
      const auto between = technology.costs(rows, columns);
      REQUIRE(between);
      CHECK(between->area_um2 > quarter->area_um2);
      CHECK(between->read_energy.value() >= quarter->read_energy.value());
      CHECK(between->leakage_watts > quarter->leakage_watts);
    }
  }
}

TEST_CASE("mistakes in a technology are named with the nearest key and the place") {
  CHECK_THAT(refusal("further_row_energy_share:", "further_row_energy_shape:"),
             Contains("further_row_energy_shape") && Contains("further_row_energy_share'") && Contains(".yaml:25:"));
  CHECK_THAT(refusal("write_energy: {value: 0.073 pJ/bit", "write_energy: {value: 0.073 pJ"),
             Contains("cell.write_energy.value") && Contains("1.5 pJ/bit"));
  CHECK_THAT(refusal("{value: 1.292 ns", "{value: 1.292 pJ"), Contains("read_latency.value") && Contains("1.5 ns"));
  CHECK_THAT(refusal("{value: 1.292 ns", "{value: -1.292 ns"), Contains("found '-1.292 ns'"));
  CHECK_THAT(refusal("kind: sot_mram", "kind: rram"),
             Contains("expected one of sot_mram, stt_mram, reram, sram, found 'rram'"));
  CHECK_THAT(refusal("{value: 1.292 ns, provenance: derived", "{value: 1.292 ns, provenance: guessed"),
             Contains("published, derived, assumed"));
}

TEST_CASE("numbers that this chip does not ask for are held to the same rules") {
  CHECK_THAT(refusal("10.58 Ohm*um2", "10.58 Ohm"), Contains("cell.junction.resistance_area.value"));
  CHECK_THAT(refusal("value: 171.2 %", "value: -1 %"), Contains("cell.junction.magnetoresistance.value"));
  CHECK_THAT(refusal("0.140 um2", "0.140 um"), Contains("cell.area.value") && Contains("1.5 um2"));
  CHECK_THAT(refusal("1.203 ns", "1.203 pJ"), Contains("read_latency.value"));  // of 256 x 256
  CHECK_THAT(refusal("columns: 1024", "columns: 512"), Contains("the geometry 256 x 512 stands here twice"));
}

TEST_CASE("costs that no counter can hold are refused") {
  CHECK_THAT(refusal("{value: 1.292 ns", "{value: 1e12 ns"), Contains("expected at most 1000000 ns, found '1e12 ns'"));
  CHECK_THAT(refusal("{value: 13.3 pJ", "{value: 1e30 pJ"), Contains("expected at most 1000000000 pJ"));
  CHECK_THAT(refusal("{value: 17.4 uW", "{value: 1e9 W"), Contains("expected at most 1000 W"));
  CHECK_THAT(refusal("0.134 share", "1e20 share"), Contains("expected at most 100 share"));
}

TEST_CASE("a technology file that is missing is named") {
  CHECK_THAT(refusal_of([] { load_technology("/nowhere/technology.yaml", 256, 512); }),
             Contains("/nowhere/technology.yaml"));
}
