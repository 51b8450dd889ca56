#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "ip/pim/pim_device.h"
#include "ip/pim/stream_observer.h"
#include "network/image/network_image.h"
#include "platform/gdb/monitor.h"

namespace spinvp {

/// What a debugger's user can see of the chip: `monitor pim ...`. It only looks.
class ChipMonitor : public StreamObserver {
 public:
  /// A register's value without side effects; nothing where it cannot be read.
  using ReadRegister = std::function<std::optional<std::uint32_t>(std::uint32_t offset)>;

  /// Attaches itself to the chip.
  ChipMonitor(PimDevice& device, const network::NetworkImage& image, ReadRegister read_register);

  void add_commands(platform::gdb::MonitorCommands& monitor);

  void stream_started() override { running_ = true; }
  void stream_finished(Activity activity, sc_core::sc_time duration) override;

 private:
  std::string status() const;
  std::string registers() const;
  std::string layers() const;
  std::string rows(const platform::gdb::MonitorCommands::Arguments& arguments) const;
  std::string layer_name(std::uint32_t layer) const;

  PimDevice& device_;
  const network::NetworkImage& image_;
  ReadRegister read_register_;
  bool running_ = false;
  std::map<std::size_t, std::uint64_t> streams_;  // that ended, by the index of their activity
};

}  // namespace spinvp
