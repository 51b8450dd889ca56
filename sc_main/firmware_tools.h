#pragma once

#include <memory>
#include <string>

#include "ip/pim/pim_device.h"
#include "network/image/network_image.h"
#include "platform/gdb/server.h"
#include "platform/trace/instruction_trace.h"
#include "platform/trace/profile.h"
#include "platform/virtual_soc.h"
#include "sc_main/chip_monitor.h"
#include "sc_main/run_options.h"

namespace spinvp {

/// What looks at the firmware of a run, as its options ask: a debugger, a trace, a profile. Nothing at all
/// costs nothing.
class FirmwareTools {
 public:
  /// InputError when the options ask for what such a run does not have: a core, one process.
  static void check(const RunOptions& options);

  /// Everything must outlive it. `firmware`: the file that was loaded. InputError as the tools' own.
  FirmwareTools(const RunOptions& options, platform::VirtualSoc& soc, PimDevice& device,
                const network::NetworkImage& image, const std::string& firmware);

  /// Before the simulation starts: waits for the debugger to connect.
  void begin();
  /// The simulation is over: writes what the tools have seen.
  void finish();
  /// Whether the debugger ended the run.
  bool killed() const { return killed_; }

 private:
  void start_debugger(std::uint16_t port);
  void start_observers(const RunOptions& options, const std::string& firmware);

  platform::VirtualSoc& soc_;
  PimDevice& device_;
  const network::NetworkImage& image_;
  const std::string profile_path_;
  std::unique_ptr<platform::InstructionTrace> trace_;
  std::unique_ptr<platform::Profile> profile_;
  std::unique_ptr<ChipMonitor> chip_monitor_;
  std::unique_ptr<platform::gdb::Server> debugger_;
  bool killed_ = false;
};

}  // namespace spinvp
