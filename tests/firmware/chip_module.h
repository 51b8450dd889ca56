#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <systemc>
#include <tlm>

#include "firmware/mock_system.h"

namespace spinvp::test {

/// A MockChip behind the ports of the real one; its ticks are nanoseconds. It has no DMA of its own: tests move data.
class ChipModule : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<ChipModule> socket{"socket"};
  tlm_utils::simple_initiator_socket<ChipModule> dma{"dma"};
  sc_core::sc_out<bool> irq{"irq"};
  sc_core::sc_in<bool> reset{"reset"};

  MockChip chip;
  sc_core::sc_time largest_delay;  ///< how far an initiator ran ahead of the kernel when it came here

  explicit ChipModule(sc_core::sc_module_name name);

 private:
  static std::uint64_t now();
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void update();

  sc_core::sc_event changed_;
};

}  // namespace spinvp::test
