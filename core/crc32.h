#pragma once

#include <cstddef>
#include <cstdint>

namespace spinvp {

/// CRC-32 of IEEE 802.3 (reflected 0xEDB88320, start and end inverted): of network images and of command streams. Bytes
/// may come in pieces.
class Crc32 {
 public:
  void add(const void* bytes, std::size_t length);
  /// Of all bytes so far; 0 of none.
  std::uint32_t value() const { return ~state_; }

 private:
  std::uint32_t state_ = 0xFFFFFFFF;
};

}  // namespace spinvp
