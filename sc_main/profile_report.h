#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/units.h"
#include "ip/ledger/ledger.h"
#include "platform/trace/profile.h"

namespace spinvp {

/// What a function of the firmware came to. Times and energies that are its own add up to the run's over all functions,
/// exactly.
struct FunctionReport {
  std::string name;
  std::uint64_t calls = 0;
  platform::Spent self;       ///< outside the functions that it called
  Femtojoules leakage;        ///< of the chip in the function's own time
  platform::Spent inclusive;  ///< with what it called; recursion counts once
  Femtojoules inclusive_leakage;

  Femtojoules energy() const { return self.energy + leakage; }
  Femtojoules inclusive_energy() const { return inclusive.energy + inclusive_leakage; }
};

/// A chain of calls, outermost function first, and the time spent in its last function.
struct StackReport {
  std::vector<std::string> functions;
  std::uint64_t cycles = 0;
};

/// A profile of firmware from power-on to the end, as tables.
struct ProfileReport {
  std::uint64_t clock_picoseconds = 0;
  std::vector<FunctionReport> functions;  ///< most time of its own first
  std::vector<StackReport> stacks;
  platform::Spent total;
  Femtojoules leakage;

  double microseconds(std::uint64_t cycles) const {
    return static_cast<double>(cycles) * static_cast<double>(clock_picoseconds) / 1e6;
  }
};

/// `ledger`: of the chip, at the end.
ProfileReport make_profile_report(const platform::Profile& profile, std::uint64_t clock_picoseconds,
                                  const Ledger& ledger);

std::string profile_table(const ProfileReport& report);
/// In the form that the file's name asks for: .json, .csv, .folded (a line a stack, for flame graph tools), .svg (a
/// flame graph), and the table otherwise. InputError when it cannot be written.
void write_profile(const ProfileReport& report, const std::string& path);

}  // namespace spinvp
