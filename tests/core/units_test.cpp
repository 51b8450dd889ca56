#include "core/units.h"

#include <catch2/catch.hpp>
#include <cstdint>

using namespace spinvp;

namespace {

void check_quantity(const std::string& text, const std::string& unit, double expected) {
  INFO("'" << text << "' in " << unit);
  const std::optional<double> value = parse_quantity(text, unit);
  REQUIRE(value.has_value());
  CHECK(*value == Approx(expected).epsilon(1e-12));
}

void check_refused(const std::string& text, const std::string& unit) {
  INFO("'" << text << "' in " << unit);
  CHECK_FALSE(parse_quantity(text, unit).has_value());
}

}  // namespace

TEST_CASE("a quantity in its own unit is read as written") {
  // Not even the last bit changes, so that configs mean what they say.
  CHECK(parse_quantity("1.292 ns", "ns") == 1.292);
  CHECK(parse_quantity("0.073 pJ/bit", "pJ/bit") == 0.073);
  CHECK(parse_quantity("62.0 pJ", "pJ") == 62.0);
  CHECK(parse_quantity("0.134 share", "share") == 0.134);
}

TEST_CASE("units of one kind convert into each other") {
  check_quantity("1.5 nJ", "pJ", 1500);
  check_quantity("2 uJ", "fJ", 2e9);
  check_quantity("3 ms", "ns", 3e6);
  check_quantity("1 s", "ps", 1e12);
  check_quantity("4 mW", "W", 0.004);
  check_quantity("12.7 uW", "nW", 12700);
  check_quantity("0.5 GHz", "MHz", 500);
  check_quantity("1 kHz", "Hz", 1000);
  check_quantity("2.12 mm2", "um2", 2.12e6);
  check_quantity("16 MiB", "B", 16777216);
  check_quantity("1 GiB", "KiB", 1048576);
  check_quantity("5.61 kOhm", "Ohm", 5610);
}

TEST_CASE("blanks between number and unit do not matter") {
  check_quantity("1.5ns", "ns", 1.5);
  check_quantity("1.5    ns", "ns", 1.5);
  check_quantity("1.5\tns", "ns", 1.5);
}

TEST_CASE("signs and exponents are read") {
  check_quantity("-3 ns", "ns", -3);
  check_quantity("+3 ns", "ns", 3);
  check_quantity("2.5e3 ps", "ns", 2.5);
}

TEST_CASE("a number without its unit, or with another one, is no quantity") {
  check_refused("1.5", "ns");
  check_refused("1.5 pJ", "ns");
  check_refused("1.5 pJ/bit", "pJ");
  check_refused("1.5 pJ", "pJ/bit");
  check_refused("1.5 ns ns", "ns");
  check_refused("1.5 NS", "ns");
  check_refused("1.5 MB", "B");
  check_refused("1,5 ns", "ns");
  check_refused("1.5 n s", "ns");
}

TEST_CASE("what is no finite number is no quantity") {
  check_refused("", "ns");
  check_refused("ns", "ns");
  check_refused("fast ns", "ns");
  check_refused("nan ns", "ns");
  check_refused("inf ns", "ns");
  check_refused("-inf ns", "ns");
  check_refused("infinity ns", "ns");
  check_refused("1e999 ns", "ns");
}

TEST_CASE("a number that is too large in the wanted unit is no quantity") {
  check_refused("1e308 s", "ps");
}

TEST_CASE("energies add and multiply exactly") {
  Femtojoules sum;
  for (int i = 0; i < 1000; ++i) {
    sum += Femtojoules(1) * 3;
  }
  CHECK(sum == Femtojoules(3000));
  CHECK(sum + Femtojoules(1) != Femtojoules(3000));
  CHECK(Femtojoules(62000) * 1000000007 == Femtojoules(62000000434000));
  CHECK(Femtojoules(1500).picojoules() == 1.5);
  CHECK(Femtojoules().value() == 0);
}

TEST_CASE("provenances are written as configs write them") {
  CHECK(std::string(to_string(Provenance::Published)) == "published");
  CHECK(std::string(to_string(Provenance::Derived)) == "derived");
  CHECK(std::string(to_string(Provenance::Assumed)) == "assumed");
}
