#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <systemc>
#include <tlm>

namespace spinvp::test {

/// Stands between the bus and the chip's registers: a broken wire, when a test wants one.
class RegisterTap : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<RegisterTap> host{"host"};
  tlm_utils::simple_initiator_socket<RegisterTap> chip{"chip"};

  /// May change the value of a write; false drops the write, and software sees it succeed.
  std::function<bool(std::uint32_t offset, std::uint32_t& value)> on_write = [](std::uint32_t, std::uint32_t&) {
    return true;
  };
  /// May change what software reads.
  std::function<void(std::uint32_t offset, std::uint32_t& value)> on_read = [](std::uint32_t, std::uint32_t&) {};

  explicit RegisterTap(sc_core::sc_module_name name) : sc_module(name) {
    host.register_b_transport(this, &RegisterTap::b_transport);
  }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    std::uint32_t value = 0;
    if (!payload.is_write()) {
      chip->b_transport(payload, delay);
      if (payload.is_read() && payload.get_data_length() == sizeof value) {
        std::memcpy(&value, payload.get_data_ptr(), sizeof value);
        on_read(static_cast<std::uint32_t>(payload.get_address()), value);
        std::memcpy(payload.get_data_ptr(), &value, sizeof value);
      }
      return;
    }
    std::memcpy(&value, payload.get_data_ptr(), std::min<std::size_t>(payload.get_data_length(), sizeof value));
    if (!on_write(static_cast<std::uint32_t>(payload.get_address()), value)) {
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
      return;
    }
    unsigned char* const bytes = payload.get_data_ptr();
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    chip->b_transport(payload, delay);
    payload.set_data_ptr(bytes);
  }
};

}  // namespace spinvp::test
