#pragma once

#include <deque>
#include <functional>
#include <string>

#include "platform/register_device.h"

namespace spinvp::platform {

/// A serial line without line rate. Registers as the first two of SiFive's UART:
///   0x0 txdata  write: send the low byte; reads 0 (never full)
///   0x4 rxdata  read: the next received byte, or bit 31 when there is none
class Uart : public RegisterDevice {
 public:
  explicit Uart(sc_core::sc_module_name name);

  /// Who gets what the guest sends; replaces the one before.
  void on_output(std::function<void(char)> output) { output_ = std::move(output); }
  /// What the guest will receive.
  void receive(const std::string& text) { received_.insert(received_.end(), text.begin(), text.end()); }

 private:
  std::uint32_t next_received() const;

  std::function<void(char)> output_;
  std::deque<char> received_;
};

}  // namespace spinvp::platform
