#include "ip/config/costs.h"

#include <fmt/format.h>

#include "ip/pim/chip_limits.h"

namespace spinvp {

double read_up_to(double maximum, const Yaml& yaml, const std::string& unit) {
  const double value = yaml.quantity(unit).value;
  if (value > maximum) {
    yaml["value"].fail(fmt::format("expected at most {} {}, found '{}'", maximum, unit, yaml["value"].text()));
  }
  return value;
}

double read_picojoules(const Yaml& yaml, const std::string& unit) {
  return read_up_to(chip_limits::event_picojoules, yaml, unit);
}

Femtojoules read_energy(const Yaml& yaml, const std::string& unit) {
  return from_picojoules(read_picojoules(yaml, unit));
}

double read_latency_ns(const Yaml& yaml) {
  return read_up_to(chip_limits::latency_ns, yaml, "ns");
}

double read_leakage_watts(const Yaml& yaml) {
  return read_up_to(chip_limits::leakage_watts, yaml, "W");
}

double read_area(const Yaml& yaml) {
  return read_up_to(chip_limits::area_um2, yaml, "um2");
}

}  // namespace spinvp
