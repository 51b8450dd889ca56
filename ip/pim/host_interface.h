#pragma once

#include <cstdint>
#include <systemc>

#include "ip/pim/chip_config.h"
#include "ip/pim/control_protocol.h"
#include "ip/pim/register_file.h"
#include "tlm_utils/passthrough_target_socket.h"
#include "tlm_utils/simple_initiator_socket.h"

namespace spinvp {

/// The chip as software sees it: registers, doorbell, interrupt, error report, performance counters, capabilities.
/// Accesses are aligned words; everything else is refused with a TLM error response. Behind the registers, from
/// HostWindow::offset on, the sub-arrays are plain memory; while a stream runs they refuse the host.
/// Volatile: all registers.
class HostInterface : public sc_core::sc_module {
 public:
  tlm_utils::passthrough_target_socket<HostInterface, 32> host{"host"};
  tlm_utils::passthrough_target_socket<HostInterface, 32, StatusProtocol> status{"status"};
  tlm_utils::simple_initiator_socket<HostInterface, 32, ControlProtocol> control{"control"};
  tlm_utils::simple_initiator_socket<HostInterface, 32> window{"window"};  ///< to the sub-arrays as plain memory
  sc_core::sc_out<bool> irq{"irq"};
  sc_core::sc_in<bool> reset{"reset"};  ///< active high; writes are ignored while it is

  HostInterface(sc_core::sc_module_name name, const ChipConfig& config, const Ledger& ledger);

  /// Commands completed since reset, asked whenever software reads COMMANDS.
  void count_commands_with(std::function<std::uint32_t()> counter);

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void transport_window(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned int transport_debug(tlm::tlm_generic_payload& payload);
  void receive_status(StatusTransaction& transaction, sc_core::sc_time& delay);
  void reset_pin();

  void ring_doorbell();
  void write_control(std::uint32_t value);
  void reset_registers();
  void add_counter(std::uint32_t low, std::uint32_t high, std::function<std::uint64_t()> total);
  void set_status(interface::BitField field, bool value);
  void raise(interface::BitField cause);
  void drive_irq();
  std::uint64_t wide(std::uint32_t low_offset) {
    return registers_.value(low_offset) | std::uint64_t{registers_.value(low_offset + 4)} << 32;
  }

  const ChipConfig config_;
  const Ledger& ledger_;
  RegisterFile registers_;
  struct Counter {
    std::function<std::uint64_t()> total;
    std::uint64_t at_reset = 0;
  };
  std::vector<Counter> counters_;
  sc_core::sc_event irq_changed_;
};

}  // namespace spinvp
