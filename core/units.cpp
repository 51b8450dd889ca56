#include "core/units.h"

#include <array>
#include <cctype>
#include <cmath>
#include <cstdlib>

namespace spinvp {
namespace {

struct UnitScale {
  const char* name;
  char kind;
  double scale;
};

constexpr std::array<UnitScale, 25> unit_scales{{
    {"fJ", 'E', 1e-15},   {"pJ", 'E', 1e-12},      {"nJ", 'E', 1e-9},          {"uJ", 'E', 1e-6},
    {"ps", 't', 1e-12},   {"ns", 't', 1e-9},       {"us", 't', 1e-6},          {"ms", 't', 1e-3},
    {"s", 't', 1.0},      {"nW", 'P', 1e-9},       {"uW", 'P', 1e-6},          {"mW", 'P', 1e-3},
    {"W", 'P', 1.0},      {"Hz", 'f', 1.0},        {"kHz", 'f', 1e3},          {"MHz", 'f', 1e6},
    {"GHz", 'f', 1e9},    {"um2", 'A', 1e-12},     {"mm2", 'A', 1e-6},         {"B", 'B', 1.0},
    {"KiB", 'B', 1024.0}, {"MiB", 'B', 1048576.0}, {"GiB", 'B', 1073741824.0}, {"Ohm", 'R', 1.0},
    {"kOhm", 'R', 1e3},
}};

const UnitScale* find_unit(const std::string& name) {
  for (const UnitScale& unit : unit_scales) {
    if (name == unit.name) {
      return &unit;
    }
  }
  return nullptr;
}

}  // namespace

Femtojoules from_picojoules(double picojoules) {
  return Femtojoules(static_cast<std::uint64_t>(std::llround(picojoules * 1e3)));
}

const char* to_string(Provenance provenance) {
  switch (provenance) {
    case Provenance::Published:
      return "published";
    case Provenance::Derived:
      return "derived";
    case Provenance::Assumed:
      break;
  }
  return "assumed";
}

std::optional<double> parse_quantity(const std::string& text, const std::string& unit) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || !std::isfinite(number)) {
    return std::nullopt;
  }
  while (std::isspace(static_cast<unsigned char>(*end))) {
    ++end;
  }
  const std::string written = end;
  if (written == unit) {
    return number;
  }
  const UnitScale* from = find_unit(written);
  const UnitScale* to = find_unit(unit);
  if (from == nullptr || to == nullptr || from->kind != to->kind) {
    return std::nullopt;
  }
  const double converted = number * (from->scale / to->scale);
  return std::isfinite(converted) ? std::optional(converted) : std::nullopt;
}

}  // namespace spinvp
