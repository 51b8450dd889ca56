#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <systemc>
#include <tlm>

namespace spinvp::platform {

/// One 32-bit register of a device.
struct Register {
  std::string name;
  std::function<std::uint32_t()> read;         ///< empty: write-only
  std::function<void(std::uint32_t)> write{};  ///< empty: read-only
  std::function<std::uint32_t()> peek{};       ///< what a debugger sees when reading has side effects
};

/// A target made of 32-bit registers. Devices declare their registers in their constructors.
///
/// Errors: TLM_BURST_ERROR_RESPONSE for anything but an aligned access of four bytes, TLM_ADDRESS_ERROR_RESPONSE where
/// there is no register, TLM_COMMAND_ERROR_RESPONSE for reading a write-only or writing a read-only register,
/// TLM_BYTE_ENABLE_ERROR_RESPONSE for byte enables. Debug accesses read, without side effects, and never write.
class RegisterDevice : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<RegisterDevice> socket{"socket"};

 protected:
  explicit RegisterDevice(sc_core::sc_module_name name);

  void add_register(std::uint64_t offset, Register description);

  /// The initiator's own time during an access (it may run ahead of the kernel), the kernel's time otherwise.
  sc_core::sc_time local_time() const { return sc_core::sc_time_stamp() + ahead_; }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  tlm::tlm_response_status access(tlm::tlm_generic_payload& payload);

  std::map<std::uint64_t, Register> registers_;
  sc_core::sc_time ahead_;
};

}  // namespace spinvp::platform
