#include "sc_main/injection.h"

#include <fmt/format.h>

#include "sc_main/resources.h"

namespace spinvp {
namespace {

using platform::FaultWire;
using platform::InjectedFault;
using platform::Strike;

std::string strike_text(const InjectedFault& fault, const Strike& strike) {
  const double microseconds = strike.time / sc_core::sc_time(1, sc_core::SC_US);
  if (fault.wire == FaultWire::Interrupt) {
    return fmt::format("at {:.3f} us", microseconds);
  }
  return fmt::format("at {:.3f} us, {} of {} bytes at {:#x}", microseconds, strike.write ? "a write" : "a read",
                     strike.bytes, strike.address);
}

std::string times_text(std::uint64_t times) {
  return times == 1 ? "once" : fmt::format("{} times, first", times);
}

}  // namespace

void add_injection_options(CLI::App& command, InjectionOptions& options) {
  command
      .add_option("--inject", options.faults,
                  "a fault around the chip, as KIND:key=value,...: bus_error, stall, corrupt_command, lost_interrupt, "
                  "spurious_interrupt, stuck_interrupt (docs/faults.md); may be given many times")
      ->type_size(1)
      ->allow_extra_args(false);
  command
      .add_option("--inject-file", options.files,
                  "such faults from a YAML file, or the name of one in configs/faults; may be given many times")
      ->type_size(1)
      ->allow_extra_args(false);
}

std::vector<std::string> injection_files(const InjectionOptions& options) {
  std::vector<std::string> paths;
  for (const std::string& file : options.files) {
    paths.push_back(description_file(file, "configs/faults", ""));
  }
  return paths;
}

std::vector<InjectedFault> read_injection(const InjectionOptions& options) {
  std::vector<InjectedFault> faults;
  for (const std::string& file : injection_files(options)) {
    const std::vector<InjectedFault> some = platform::load_faults(file);
    faults.insert(faults.end(), some.begin(), some.end());
  }
  for (const std::string& text : options.faults) {
    faults.push_back(platform::parse_fault(text));
  }
  return faults;
}

std::vector<platform::AddressRange> command_ranges(const network::NetworkImage& image, std::uint64_t address) {
  std::vector<platform::AddressRange> ranges;
  for (std::size_t i = 0; i < image.layer_count(); ++i) {
    const interface::ImageLayer& layer = image.layer(i);
    if (layer.load_bytes > 0) {
      ranges.push_back({address + layer.load_offset, layer.load_bytes});
    }
    ranges.push_back({address + layer.run_offset, layer.run_bytes});
  }
  return ranges;
}

std::vector<InjectionReport> injection_reports(const platform::FaultInjector& injector) {
  std::vector<InjectionReport> reports;
  for (std::size_t i = 0; i < injector.faults().size(); ++i) {
    reports.push_back({injector.faults()[i], injector.strikes().count(i), injector.strikes().first(i)});
  }
  return reports;
}

void print_injection(const std::vector<InjectionReport>& reports) {
  for (const InjectionReport& one : reports) {
    if (one.strikes == 0) {
      fmt::print(stderr, "note: injected {}: never struck\n", one.fault.text);
    } else {
      fmt::print(stderr, "note: injected {}: struck {} {}\n", one.fault.text, times_text(one.strikes),
                 strike_text(one.fault, one.first.front()));
    }
  }
}

}  // namespace spinvp
