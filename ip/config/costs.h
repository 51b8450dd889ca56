#pragma once

#include <string>

#include "core/units.h"
#include "core/yaml.h"

namespace spinvp {

// Costs as files write them, held below what the simulation can count with. InputError when a quantity is beyond.

/// A quantity up to `maximum`.
double read_up_to(double maximum, const Yaml& yaml, const std::string& unit);
/// An energy in "pJ" or "pJ/...": up to 1 mJ.
double read_picojoules(const Yaml& yaml, const std::string& unit);
/// The energy of one event, rounded to whole femtojoules.
Femtojoules read_energy(const Yaml& yaml, const std::string& unit);
/// A latency in ns: up to 1 ms.
double read_latency_ns(const Yaml& yaml);
/// Leakage in W: up to 1 kW.
double read_leakage_watts(const Yaml& yaml);
/// An area in um2: up to 1,000 mm2.
double read_area(const Yaml& yaml);

}  // namespace spinvp
