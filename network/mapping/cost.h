#pragma once

#include <utility>

#include "network/mapping/chip_target.h"

namespace spinvp::network {

/// What work takes: clock cycles and energy, leakage included where it says so.
struct Cost {
  double cycles = 0;
  double picojoules = 0;

  Cost& operator+=(const Cost& other) {
    cycles += other.cycles;
    picojoules += other.picojoules;
    return *this;
  }
};

/// What an objective compares; the second number decides among equals.
inline std::pair<double, double> weigh(const Cost& cost, Objective objective) {
  switch (objective) {
    case Objective::Energy:
      return {cost.picojoules, cost.cycles};
    case Objective::EnergyDelay:
      return {cost.picojoules * cost.cycles, cost.cycles};
    case Objective::Latency:
      break;
  }
  return {cost.cycles, cost.picojoules};
}

}  // namespace spinvp::network
