#pragma once

#include <cstdint>

namespace spinvp::platform {

/// What the core asks for memory it has no direct access to. Data and fetches are naturally aligned, 1, 2 or 4 bytes,
/// little-endian. False means a bus error, which becomes a precise trap. An implementation may change the core's
/// interrupt lines and direct memory during the call.
class CoreBus {
 public:
  CoreBus() = default;
  CoreBus(const CoreBus&) = delete;
  CoreBus& operator=(const CoreBus&) = delete;
  virtual ~CoreBus() = default;

  virtual bool fetch(std::uint32_t address, std::uint16_t& halfword) = 0;
  virtual bool read(std::uint32_t address, std::uint32_t length, std::uint32_t& value) = 0;
  virtual bool write(std::uint32_t address, std::uint32_t length, std::uint32_t value) = 0;
};

}  // namespace spinvp::platform
