#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "ip/mram/row_protocol.h"
#include "ip/pim/chip_config.h"
#include "tlm_utils/simple_initiator_socket.h"

namespace spinvp {

/// A unit's port to the rows of all sub-arrays, which go by their index in the chip. Callers have checked their ranges.
class RowPort {
 public:
  tlm_utils::simple_initiator_socket<RowPort, 32, RowProtocol> socket;

  RowPort(const char* name, const ChipConfig& config)
      : socket(name), direct_(config.subarrays()), asked_(config.subarrays()) {}

  /// The bits of a sub-array; null when it wants to see every operation.
  std::uint64_t* direct(std::uint32_t subarray) {
    if (!asked_[subarray]) {
      ask(subarray);
    }
    return direct_[subarray];
  }

  /// One row operation of the sub-array that the transaction names; `delay` grows by its time.
  void operate(RowTransaction& transaction, sc_core::sc_time& delay) {
    socket->b_transport(transaction, delay);
    sc_assert(transaction.ok);
  }

 private:
  void ask(std::uint32_t subarray);

  std::vector<std::uint64_t*> direct_;  // [sub-array]
  std::vector<std::uint8_t> asked_;     // [sub-array]
};

}  // namespace spinvp
