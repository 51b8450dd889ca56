#pragma once

#include <cstdint>

#include "ip/pim/buffer_port.h"

namespace spinvp {

/// One command's way to the global buffer: it counts what the command's time depends on.
class BufferTraffic {
 public:
  BufferTraffic(BufferPort& port, Activity activity) : port_(port), activity_(activity) {}

  /// The bytes at `address`, valid until the next call.
  const std::uint8_t* read(std::uint64_t address, std::uint64_t length) {
    bytes_ += length;
    return port_.read(static_cast<std::uint32_t>(address), static_cast<std::uint32_t>(length), activity_);
  }
  void write(std::uint64_t address, const void* data, std::uint64_t length) {
    bytes_ += length;
    port_.write(static_cast<std::uint32_t>(address), data, static_cast<std::uint32_t>(length), activity_);
  }
  /// Tells the ledger; once, when the command is done.
  void settle() { port_.settle(activity_); }

  std::uint64_t bytes() const { return bytes_; }

 private:
  BufferPort& port_;
  const Activity activity_;
  std::uint64_t bytes_ = 0;
};

}  // namespace spinvp
