#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "network/image/network_image.h"
#include "platform/faults/fault_injector.h"

namespace spinvp {

/// Faults that a run shall have around the chip, as the command line names them.
struct InjectionOptions {
  std::vector<std::string> faults;  ///< KIND:key=value,...
  std::vector<std::string> files;   ///< paths, or names of files in configs/faults
};

void add_injection_options(CLI::App& command, InjectionOptions& options);

/// Where the files are.
std::vector<std::string> injection_files(const InjectionOptions& options);

/// Those of the files, then those of the command line. InputError as platform::parse_faults() and parse_fault().
std::vector<platform::InjectedFault> read_injection(const InjectionOptions& options);

/// Where the command streams of an image stand that is at `address`.
std::vector<platform::AddressRange> command_ranges(const network::NetworkImage& image, std::uint64_t address);

/// What became of an injected fault.
struct InjectionReport {
  platform::InjectedFault fault;
  std::uint64_t strikes = 0;
  std::vector<platform::Strike> first;  ///< the first ones
};

std::vector<InjectionReport> injection_reports(const platform::FaultInjector& injector);

/// A line a fault on stderr: whether it struck, when first and where.
void print_injection(const std::vector<InjectionReport>& reports);

}  // namespace spinvp
