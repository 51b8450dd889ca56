#include "ip/mram/technology.h"

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

TEST_CASE("an unknown geometry is refused with the list of the known ones") {
  const ConfigFiles files;
  CHECK_THAT(refusal_of([&] { load_technology(files.technology(), 128, 512); }),
             Contains("no geometry of 128 x 512") &&
                 Contains("256 x 256, 256 x 512, 512 x 256, 256 x 1024, 512 x 512") && Contains("sot_mram_45nm.yaml:"));
}

TEST_CASE("mistakes in a technology are named with the nearest key and the place") {
  CHECK_THAT(refusal("further_row_energy_share:", "further_row_energy_shape:"),
             Contains("further_row_energy_shape") && Contains("further_row_energy_share'") && Contains(".yaml:15:"));
  CHECK_THAT(refusal("write_energy: {value: 0.073 pJ/bit", "write_energy: {value: 0.073 pJ"),
             Contains("cell.write_energy.value") && Contains("1.5 pJ/bit"));
  CHECK_THAT(refusal("{value: 1.292 ns", "{value: 1.292 pJ"), Contains("read_latency.value") && Contains("1.5 ns"));
  CHECK_THAT(refusal("{value: 1.292 ns", "{value: -1.292 ns"), Contains("found '-1.292 ns'"));
  CHECK_THAT(refusal("kind: sot_mram", "kind: rram"), Contains("expected one of sot_mram, found 'rram'"));
  CHECK_THAT(refusal("{value: 1.292 ns, provenance: derived", "{value: 1.292 ns, provenance: guessed"),
             Contains("published, derived, assumed"));
}

TEST_CASE("numbers that this chip does not ask for are held to the same rules") {
  CHECK_THAT(refusal("5.61 kOhm", "5.61 kV"), Contains("cell.resistance_parallel.value") && Contains("1.5 kOhm"));
  CHECK_THAT(refusal("15.22 kOhm", "-1 kOhm"), Contains("cell.resistance_antiparallel.value"));
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
