#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <cstring>
#include <systemc>
#include <tlm>
#include <vector>

/// Bytes that take 20 ns an access and 1 ns each eight bytes.
template <unsigned Bits = 32>
class Memory : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Memory, Bits> socket{"socket"};
  std::vector<std::uint8_t> bytes;

  Memory(sc_core::sc_module_name name, std::size_t size) : sc_module(name), bytes(size) {
    socket.register_b_transport(this, &Memory::transport);
  }

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    const std::uint64_t address = payload.get_address();
    const std::uint64_t length = payload.get_data_length();
    if (payload.get_byte_enable_ptr() != nullptr) {
      payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    } else if (address > bytes.size() || length > bytes.size() - address) {
      payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    } else {
      if (payload.is_write()) {
        std::memcpy(bytes.data() + address, payload.get_data_ptr(), length);
      } else {
        std::memcpy(payload.get_data_ptr(), bytes.data() + address, length);
      }
      delay += sc_core::sc_time(20 + static_cast<double>(length / 8), sc_core::SC_NS);
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
  }
};
