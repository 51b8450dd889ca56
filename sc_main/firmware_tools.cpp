#include "sc_main/firmware_tools.h"

#include <fmt/format.h>

#include <boost/endian/conversion.hpp>
#include <cstdio>
#include <optional>

#include "core/errors.h"
#include "sc_main/profile_report.h"

namespace spinvp {
namespace {

/// Of all that the chip has done.
Femtojoules dynamic_energy(const Ledger& ledger) {
  Femtojoules sum;
  for (std::size_t activity = 0; activity < ledger.activities(); ++activity) {
    for (Ledger::BlockId block = 0; block < ledger.blocks().size(); ++block) {
      sum += ledger.dynamic_energy(block, Activity::at(activity));
    }
  }
  return sum;
}

}  // namespace

void FirmwareTools::check(const RunOptions& options) {
  const char* const option = options.gdb_port                      ? "--gdb"
                             : !options.trace_instructions.empty() ? "--trace-insn"
                             : !options.profile.empty()            ? "--profile"
                                                                   : nullptr;
  if (option == nullptr) {
    return;
  }
  if (options.native_driver) {
    throw InputError(fmt::format("{} is for the RISC-V core; with --driver native there is none", option));
  }
  if (options.jobs != 1) {
    throw InputError(fmt::format("{} is for a run in one process: use --jobs 1", option));
  }
}

FirmwareTools::FirmwareTools(const RunOptions& options, platform::VirtualSoc& soc, PimDevice& device,
                             const network::NetworkImage& image, const std::string& firmware)
    : soc_(soc), device_(device), image_(image), profile_path_(options.profile) {
  start_observers(options, firmware);
  if (options.gdb_port) {
    start_debugger(*options.gdb_port);
  }
}

void FirmwareTools::start_observers(const RunOptions& options, const std::string& firmware) {
  const auto read_code = [this](std::uint32_t address) {
    std::uint8_t word[4] = {};
    soc_.peek(address, word, sizeof word);
    return boost::endian::load_little_u32(word);
  };
  if (!options.trace_instructions.empty()) {
    trace_ = std::make_unique<platform::InstructionTrace>(options.trace_instructions,
                                                          platform::SymbolTable::read(firmware), read_code);
    soc_.cpu()->add_observer(*trace_);
  }
  if (!options.profile.empty()) {
    profile_ = std::make_unique<platform::Profile>(platform::SymbolTable::read(firmware), read_code,
                                                   [this] { return dynamic_energy(device_.ledger()); });
    soc_.cpu()->add_observer(*profile_);
  }
}

void FirmwareTools::finish() {
  if (trace_) {
    trace_->finish();
  }
  if (profile_) {
    profile_->finish(soc_.cpu()->core());
    const auto clock = static_cast<std::uint64_t>(soc_.config().clock_period / sc_core::sc_time(1, sc_core::SC_PS));
    write_profile(make_profile_report(*profile_, clock, device_.ledger()), profile_path_);
  }
}

void FirmwareTools::start_debugger(std::uint16_t port) {
  debugger_ = std::make_unique<platform::gdb::Server>(
      *soc_.cpu(),
      platform::gdb::MemoryAccess{[this](std::uint64_t address, std::uint8_t* bytes, std::size_t length) {
                                    return soc_.peek(address, bytes, length);
                                  },
                                  [this](std::uint64_t address, const std::uint8_t* bytes, std::size_t length) {
                                    return soc_.poke(address, bytes, length);
                                  }},
      port);
  chip_monitor_ = std::make_unique<ChipMonitor>(device_, image_, [this](std::uint32_t offset) {
    std::uint8_t word[4];
    const bool read = soc_.peek(soc_.config().pim.base + offset, word, sizeof word) == sizeof word;
    return read ? std::optional<std::uint32_t>(boost::endian::load_little_u32(word)) : std::nullopt;
  });
  chip_monitor_->add_commands(debugger_->monitor());
  soc_.on_finish([this](int code) {
    debugger_->exited(code);
    soc_.stop();
  });
  debugger_->on_kill([this] {
    killed_ = true;
    soc_.stop();
  });
}

void FirmwareTools::begin() {
  if (debugger_) {
    fmt::print(stderr, "spinvp: waiting for gdb on 127.0.0.1:{}\n", debugger_->port());
    debugger_->accept();
  }
}

}  // namespace spinvp
