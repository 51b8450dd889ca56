#pragma once

#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/multi_passthrough_target_socket.h>

#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

/// Decodes addresses: a transaction goes to the target whose range it begins in, with an address relative to that
/// range. `Bits` is the width of the sockets that bind to it.
template <unsigned Bits = 32>
class Bus : public sc_core::sc_module {
 public:
  tlm_utils::multi_passthrough_target_socket<Bus, Bits> initiators{"initiators"};  ///< bind any number

  explicit Bus(sc_core::sc_module_name name) : sc_module(name) { initiators.register_b_transport(this, &Bus::forward); }

  /// Puts a target at [base, base + size).
  void map(tlm::tlm_base_target_socket<Bits>& target, std::uint64_t base, std::uint64_t size) {
    targets_.bind(target);
    ranges_.push_back({base, size});
  }

 private:
  struct Range {
    std::uint64_t base;
    std::uint64_t size;
  };

  void forward(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    const std::uint64_t address = payload.get_address();
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
      if (address - ranges_[i].base < ranges_[i].size) {
        delay += sc_core::sc_time(4, sc_core::SC_NS);
        payload.set_address(address - ranges_[i].base);
        targets_[static_cast<int>(i)]->b_transport(payload, delay);
        payload.set_address(address);
        return;
      }
    }
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }

  tlm_utils::multi_passthrough_initiator_socket<Bus, Bits> targets_{"targets"};
  std::vector<Range> ranges_;
};
