#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "ip/pim/global_buffer.h"
#include "tlm_utils/simple_initiator_socket.h"

namespace spinvp {

/// A unit's port to the global buffer. In detail `row` every access is a transaction; in detail `fast` bytes move
/// through a direct pointer and one transaction accounts for all of them. Callers have checked their ranges.
class BufferPort {
 public:
  tlm_utils::simple_initiator_socket<BufferPort, 512> socket;

  explicit BufferPort(const char* name, std::uint32_t buffer_bytes) : socket(name), buffer_bytes_(buffer_bytes) {
    account_ = new BufferAccount;
    payload_.set_extension(account_);  // owned by the payload
  }

  /// True when the bytes [address, address + length) exist.
  bool holds(std::uint64_t address, std::uint64_t length) const {
    return address <= buffer_bytes_ && length <= buffer_bytes_ - address;
  }
  std::uint32_t size() const { return buffer_bytes_; }

  /// The bytes at `address`, valid until the next call.
  const std::uint8_t* read(std::uint32_t address, std::uint32_t length, Activity activity) {
    if (const std::uint8_t* direct = direct_pointer()) {
      bytes_read_ += length;
      return direct + address;
    }
    scratch_.resize(length);
    access(tlm::TLM_READ_COMMAND, address, scratch_.data(), length, activity);
    return scratch_.data();
  }

  void write(std::uint32_t address, const void* data, std::uint32_t length, Activity activity);

  /// Tells the buffer what moved through the direct pointer since the last call. Units call it once a command.
  void settle(Activity activity);

 private:
  std::uint8_t* direct_pointer() {
    if (!asked_) {
      ask();
    }
    return direct_;
  }
  void ask();
  void access(tlm::tlm_command command, std::uint32_t address, std::uint8_t* data, std::uint32_t length,
              Activity activity);

  const std::uint32_t buffer_bytes_;
  tlm::tlm_generic_payload payload_;
  BufferAccount* account_;
  std::vector<std::uint8_t> scratch_;
  bool asked_ = false;
  std::uint8_t* direct_ = nullptr;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_written_ = 0;
};

}  // namespace spinvp
