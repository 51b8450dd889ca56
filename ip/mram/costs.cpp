#include "ip/mram/costs.h"

#include <fmt/format.h>

#include <cmath>

namespace spinvp {

double read_up_to(double maximum, const Yaml& yaml, const std::string& unit) {
  const double value = yaml.quantity(unit).value;
  if (value > maximum) {
    yaml["value"].fail(fmt::format("expected at most {} {}, found '{}'", maximum, unit, yaml["value"].text()));
  }
  return value;
}

double read_picojoules(const Yaml& yaml, const std::string& unit) {
  return read_up_to(1e9, yaml, unit);
}

Femtojoules read_energy(const Yaml& yaml, const std::string& unit) {
  return from_picojoules(read_picojoules(yaml, unit));
}

double read_latency_ns(const Yaml& yaml) {
  return read_up_to(1e6, yaml, "ns");
}

double read_leakage_watts(const Yaml& yaml) {
  return read_up_to(1e3, yaml, "W");
}

double read_area(const Yaml& yaml) {
  return read_up_to(1e9, yaml, "um2");
}

Femtojoules from_picojoules(double picojoules) {
  return Femtojoules(static_cast<std::uint64_t>(std::llround(picojoules * 1e3)));
}

}  // namespace spinvp
