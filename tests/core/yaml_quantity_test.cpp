// Parameters: a value with its unit, its provenance and its source.
#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>

#include "core/message.h"
#include "core/yaml.h"

using namespace spinvp;
using namespace spinvp::test;

namespace {

Yaml energy(const std::string& text) {
  return Yaml::parse("cell:\n  energy: " + text + "\n", "technology.yaml")["cell"]["energy"];
}

std::string with_value(const std::string& value) {
  return "{value: " + value + ", provenance: derived, source: \"a tool\"}";
}

std::string quantity_message(const std::string& text) {
  return message_of([&] { energy(text).quantity("pJ"); });
}

std::string count_message(const std::string& value, std::int64_t low, std::int64_t high) {
  return message_of([&] { energy(with_value(value)).count("rows", low, high); });
}

}  // namespace

TEST_CASE("a quantity carries value, unit, provenance and source") {
  const Quantity quantity = energy("{value: 1.5 nJ, provenance: published, source: \"a paper\"}").quantity("pJ");
  CHECK(quantity.value == Approx(1500));
  CHECK(quantity.unit == "pJ");
  CHECK(quantity.provenance == Provenance::Published);
  CHECK(quantity.source == "a paper");
  CHECK(energy(with_value("1 pJ")).quantity("pJ").provenance == Provenance::Derived);
  CHECK(energy("{value: 0 pJ, provenance: assumed, source: x}").quantity("pJ").provenance == Provenance::Assumed);
}

TEST_CASE("a value without its unit, of another kind, negative or not finite is refused where it stands") {
  for (const char* value : {"62.0", "62.0 ns", "62 pj", "-1 pJ", "-0.001 fJ", "nan pJ", "inf pJ", "1e999 pJ", "pJ",
                            "'62,0 pJ'", "62.0 pJ/bit", "''"}) {
    const std::string text = value;
    const std::string bare = text.front() == '\'' ? text.substr(1, text.size() - 2) : text;
    CHECK(quantity_message(with_value(text)) ==
          "technology.yaml:2:19: cell.energy.value: expected a quantity like '1.5 pJ', found '" + bare + "'");
  }
}

TEST_CASE("a bare value in the place of a quantity is refused") {
  CHECK(quantity_message("62.0 pJ") ==
        "technology.yaml:2:11: cell.energy: expected a map with the keys value, provenance, source, found '62.0 pJ'");
  CHECK(quantity_message("~") ==
        "technology.yaml:2:11: cell.energy: expected a map with the keys value, provenance, source, found nothing");
}

TEST_CASE("a quantity without provenance or source is refused") {
  CHECK(quantity_message("{value: 1 pJ, source: x}") ==
        "technology.yaml:2:11: cell.energy: the key 'provenance' is missing");
  CHECK(quantity_message("{value: 1 pJ, provenance: assumed}") ==
        "technology.yaml:2:11: cell.energy: the key 'source' is missing");
  CHECK(quantity_message("{provenance: assumed, source: x}") ==
        "technology.yaml:2:11: cell.energy: the key 'value' is missing");
}

TEST_CASE("an empty source says nothing and is refused") {
  CHECK(quantity_message("{value: 1 pJ, provenance: assumed, source: ''}") ==
        "technology.yaml:2:54: cell.energy.source: expected where the number comes from, found an empty text");
  CHECK(quantity_message("{value: 1 pJ, provenance: assumed, source: ~}") ==
        "technology.yaml:2:54: cell.energy.source: expected a text, found nothing");
}

TEST_CASE("provenances are those three") {
  CHECK(quantity_message("{value: 1 pJ, provenance: guessed, source: x}") ==
        "technology.yaml:2:37: cell.energy.provenance: expected one of published, derived, assumed, found 'guessed'");
}

TEST_CASE("an unknown key of a quantity names the nearest one") {
  CHECK(quantity_message("{value: 1 pJ, provenence: assumed, source: x}") ==
        "technology.yaml:2:25: cell.energy: unknown key 'provenence'; did you mean 'provenance'?");
}

TEST_CASE("a count is a whole quantity in its range") {
  CHECK(energy(with_value("256 rows")).count("rows", 1, 4096) == 256);
  CHECK(energy(with_value("512 KiB")).count("B", 1, 1 << 30) == 524288);
  const std::string place = "technology.yaml:2:19: cell.energy.value: expected a whole number of rows from 1 to 4096";
  CHECK(count_message("0 rows", 1, 4096) == place + ", found '0 rows'");
  CHECK(count_message("4097 rows", 1, 4096) == place + ", found '4097 rows'");
  CHECK(count_message("1.5 rows", 1, 4096) == place + ", found '1.5 rows'");
  CHECK(count_message("1e300 rows", 1, 4096) == place + ", found '1e300 rows'");
  CHECK(count_message("256 columns", 1, 4096) ==
        "technology.yaml:2:19: cell.energy.value: expected a quantity like '1.5 rows', found '256 columns'");
}

TEST_CASE("a count beyond 64 bits is refused, not wrapped") {
  constexpr auto highest = std::numeric_limits<std::int64_t>::max();
  CHECK(count_message("9223372036854775808 rows", 0, highest) != "(no InputError)");
  CHECK(count_message("1e19 rows", 0, highest) != "(no InputError)");
  CHECK(energy(with_value("9007199254740992 rows")).count("rows", 0, highest) == 9007199254740992);
}
