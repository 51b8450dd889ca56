#include "sc_main/profile_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "core/file_errors.h"
#include "sc_main/profile_picture.h"

namespace spinvp {
namespace {

using platform::CallNode;
using platform::Profile;
using platform::Spent;

/// What a part of the cycles gets of an energy, rounded down.
std::uint64_t share(std::uint64_t energy, std::uint64_t cycles, std::uint64_t all) {
  __extension__ using Wide = unsigned __int128;
  return all == 0 ? 0 : static_cast<std::uint64_t>(static_cast<Wide>(energy) * cycles / all);
}

/// What each node spent together with all below it.
std::vector<Spent> inclusive_of(const std::vector<CallNode>& nodes) {
  std::vector<Spent> inclusive;
  for (const CallNode& node : nodes) {
    inclusive.push_back(node.self);
  }
  for (std::size_t i = nodes.size(); i-- > 1;) {
    inclusive[nodes[i].parent] += inclusive[i];
  }
  return inclusive;
}

bool recurses(const std::vector<CallNode>& nodes, std::size_t index) {
  for (std::size_t above = nodes[index].parent; above != 0; above = nodes[above].parent) {
    if (nodes[above].function == nodes[index].function) {
      return true;
    }
  }
  return false;
}

std::vector<std::string> stack_of(const Profile& profile, std::size_t index) {
  std::vector<std::string> names;
  for (; index != 0; index = profile.nodes()[index].parent) {
    names.insert(names.begin(), profile.name(profile.nodes()[index].function));
  }
  return names;
}

nlohmann::json json_of(const ProfileReport& report, const Spent& spent, Femtojoules leakage) {
  return {{"instructions", spent.instructions},
          {"cycles", spent.cycles},
          {"microseconds", report.microseconds(spent.cycles)},
          {"sleep_cycles", spent.slept},
          {"dynamic_femtojoules", spent.energy.value()},
          {"leakage_femtojoules", leakage.value()}};
}

std::string json_text(const ProfileReport& report) {
  nlohmann::json functions = nlohmann::json::array();
  for (const FunctionReport& function : report.functions) {
    functions.push_back({{"name", function.name},
                         {"calls", function.calls},
                         {"self", json_of(report, function.self, function.leakage)},
                         {"inclusive", json_of(report, function.inclusive, function.inclusive_leakage)}});
  }
  const nlohmann::json json = {{"clock_picoseconds", report.clock_picoseconds},
                               {"total", json_of(report, report.total, report.leakage)},
                               {"functions", functions}};
  return json.dump(2) + "\n";
}

std::string csv_text(const ProfileReport& report) {
  std::string text =
      "function,calls,instructions,cycles,sleep_cycles,inclusive_cycles,dynamic_fj,leakage_fj,"
      "inclusive_dynamic_fj,inclusive_leakage_fj\n";
  for (const FunctionReport& function : report.functions) {
    text +=
        fmt::format("{},{},{},{},{},{},{},{},{},{}\n", function.name, function.calls, function.self.instructions,
                    function.self.cycles, function.self.slept, function.inclusive.cycles, function.self.energy.value(),
                    function.leakage.value(), function.inclusive.energy.value(), function.inclusive_leakage.value());
  }
  return text;
}

std::string folded_text(const ProfileReport& report) {
  std::string text;
  for (const StackReport& stack : report.stacks) {
    text += fmt::format("{} {}\n", fmt::join(stack.functions, ";"), stack.cycles);
  }
  return text;
}

bool ends_with(const std::string& text, const std::string& ending) {
  return text.size() >= ending.size() && text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

}  // namespace

ProfileReport make_profile_report(const Profile& profile, std::uint64_t clock_picoseconds, const Ledger& ledger) {
  ProfileReport report;
  report.clock_picoseconds = clock_picoseconds;
  const std::vector<CallNode>& nodes = profile.nodes();
  const std::vector<Spent> inclusive = inclusive_of(nodes);
  std::map<std::size_t, FunctionReport> functions;
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    FunctionReport& function = functions[nodes[i].function];
    function.name = profile.name(nodes[i].function);
    function.calls += nodes[i].calls;
    function.self += nodes[i].self;
    if (!recurses(nodes, i)) {
      function.inclusive += inclusive[i];
    }
    if (nodes[i].self.cycles > 0) {
      report.stacks.push_back({stack_of(profile, i), nodes[i].self.cycles});
    }
  }
  report.total = inclusive[0];
  report.leakage = ledger.idle_energy(report.total.cycles * clock_picoseconds);
  for (auto& [index, function] : functions) {
    report.functions.push_back(std::move(function));
  }
  std::sort(report.functions.begin(), report.functions.end(), [](const FunctionReport& a, const FunctionReport& b) {
    return a.self.cycles != b.self.cycles ? a.self.cycles > b.self.cycles : a.name < b.name;
  });
  std::uint64_t cycles = 0;
  std::uint64_t shared = 0;
  for (FunctionReport& function : report.functions) {
    cycles += function.self.cycles;
    const std::uint64_t until = share(report.leakage.value(), cycles, report.total.cycles);
    function.leakage = Femtojoules(until - shared);
    shared = until;
    function.inclusive_leakage =
        Femtojoules(share(report.leakage.value(), function.inclusive.cycles, report.total.cycles));
  }
  return report;
}

std::string profile_table(const ProfileReport& report) {
  std::size_t width = 8;
  for (const FunctionReport& function : report.functions) {
    width = std::max(width, function.name.size());
  }
  std::string text =
      fmt::format("{:<{}} {:>8} {:>13} {:>12} {:>6} {:>12} {:>12} {:>12} {:>12}\n", "function", width, "calls",
                  "instructions", "time us", "%", "asleep us", "with calls", "energy nJ", "with calls");
  const auto line = [&](const FunctionReport& row, const std::string& calls) {
    const double all = static_cast<double>(std::max<std::uint64_t>(report.total.cycles, 1));
    text += fmt::format("{:<{}} {:>8} {:>13} {:>12.3f} {:>6.2f} {:>12.3f} {:>12.3f} {:>12.3f} {:>12.3f}\n", row.name,
                        width, calls, row.self.instructions, report.microseconds(row.self.cycles),
                        100 * static_cast<double>(row.self.cycles) / all, report.microseconds(row.self.slept),
                        report.microseconds(row.inclusive.cycles), row.energy().picojoules() / 1e3,
                        row.inclusive_energy().picojoules() / 1e3);
  };
  for (const FunctionReport& function : report.functions) {
    line(function, std::to_string(function.calls));
  }
  line({"total", 0, report.total, report.leakage, report.total, report.leakage}, "");
  return text;
}

void write_profile(const ProfileReport& report, const std::string& path) {
  const std::string text = ends_with(path, ".json")     ? json_text(report)
                           : ends_with(path, ".csv")    ? csv_text(report)
                           : ends_with(path, ".folded") ? folded_text(report)
                           : ends_with(path, ".svg")    ? profile_picture(report)
                                                        : profile_table(report);
  std::ofstream stream(path);
  stream << text;
  stream.close();
  if (!stream) {
    throw cannot_write(path);
  }
}

}  // namespace spinvp
