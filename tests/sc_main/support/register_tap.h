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

  explicit RegisterTap(sc_core::sc_module_name name) : sc_module(name) {
    host.register_b_transport(this, &RegisterTap::b_transport);
  }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    if (!payload.is_write()) {
      chip->b_transport(payload, delay);
      return;
    }
    std::uint32_t value = 0;
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
