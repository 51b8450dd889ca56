#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <string>
#include <systemc>
#include <tlm>
#include <utility>
#include <vector>

namespace spinvp::platform {

/// What came back of a transaction.
struct Answer {
  tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
  std::uint32_t value = 0;
  sc_core::sc_time delay;
  std::uint64_t address = 0;  ///< in the payload afterwards

  bool ok() const { return status == tlm::TLM_OK_RESPONSE; }
};

/// Lets a test talk to a target; usable between two sc_start().
class TestInitiator : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<TestInitiator> socket{"socket"};
  std::vector<std::pair<std::uint64_t, std::uint64_t>> invalidated;  ///< first and last address

  explicit TestInitiator(sc_core::sc_module_name name) : sc_module(name) {
    socket.register_invalidate_direct_mem_ptr(this, &TestInitiator::invalidate);
  }

  Answer read(std::uint64_t address, unsigned length = 4, sc_core::sc_time delay = sc_core::SC_ZERO_TIME) {
    return transport(tlm::TLM_READ_COMMAND, address, 0, length, delay);
  }
  Answer write(std::uint64_t address, std::uint32_t value, unsigned length = 4) {
    return transport(tlm::TLM_WRITE_COMMAND, address, value, length, sc_core::SC_ZERO_TIME);
  }
  /// The response of a read with a payload that the test has changed before.
  template <typename Change>
  tlm::tlm_response_status read_changed(std::uint64_t address, Change change) {
    std::uint8_t bytes[16] = {};
    tlm::tlm_generic_payload payload;
    fill(payload, tlm::TLM_READ_COMMAND, address, bytes, 4);
    change(payload);
    sc_core::sc_time delay;
    socket->b_transport(payload, delay);
    return payload.get_response_status();
  }
  unsigned debug(tlm::tlm_command command, std::uint64_t address, void* bytes, unsigned length) {
    tlm::tlm_generic_payload payload;
    fill(payload, command, address, static_cast<std::uint8_t*>(bytes), length);
    return socket->transport_dbg(payload);
  }
  std::uint32_t peek(std::uint64_t address) {
    std::uint32_t value = 0;
    return debug(tlm::TLM_READ_COMMAND, address, &value, 4) == 4 ? value : 0xdeadbeef;
  }
  bool direct(tlm::tlm_command command, std::uint64_t address, tlm::tlm_dmi& dmi) {
    std::uint8_t bytes[4] = {};
    tlm::tlm_generic_payload payload;
    fill(payload, command, address, bytes, 4);
    dmi.init();
    return socket->get_direct_mem_ptr(payload, dmi);
  }

 private:
  static void fill(tlm::tlm_generic_payload& payload, tlm::tlm_command command, std::uint64_t address,
                   std::uint8_t* bytes, unsigned length) {
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(bytes);
    payload.set_data_length(length);
    payload.set_streaming_width(length);
  }

  Answer transport(tlm::tlm_command command, std::uint64_t address, std::uint32_t value, unsigned length,
                   sc_core::sc_time delay) {
    std::vector<std::uint8_t> bytes(length < 4 ? 4 : length);
    for (unsigned i = 0; i < 4; ++i) {
      bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
    }
    tlm::tlm_generic_payload payload;
    fill(payload, command, address, bytes.data(), length);
    Answer answer;
    answer.delay = delay;
    socket->b_transport(payload, answer.delay);
    answer.status = payload.get_response_status();
    answer.address = payload.get_address();
    for (unsigned i = 0; i < 4; ++i) {
      answer.value |= std::uint32_t{bytes[i]} << (8 * i);
    }
    return answer;
  }

  void invalidate(sc_dt::uint64 start, sc_dt::uint64 end) { invalidated.emplace_back(start, end); }
};

/// Lets everything that hangs on the last access happen.
inline void settle() {
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_NS));
}

}  // namespace spinvp::platform
