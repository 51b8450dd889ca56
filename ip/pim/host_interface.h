#pragma once

#include <cstdint>
#include <systemc>

#include "ip/pim/chip_config.h"
#include "ip/pim/control_protocol.h"
#include "ip/pim/register_file.h"
#include "ip/tlm/byte_lanes.h"
#include "tlm_utils/passthrough_target_socket.h"
#include "tlm_utils/simple_initiator_socket.h"

namespace spinvp {

/// The chip as software sees it: registers, doorbell, interrupt, error report, performance counters, capabilities.
/// Accesses of any length and alignment act on the words that they touch, in the order of their addresses and each once
/// a pass of the streaming width; all of these must exist, or nothing is done. Behind the registers, from
/// HostWindow::offset on, the sub-arrays are plain memory; while a stream runs they refuse the host, and direct memory
/// pointers to them are taken back.
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
  void transport_registers(tlm::tlm_generic_payload& payload);
  void transport_window(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool direct_pointer(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  unsigned int transport_debug(tlm::tlm_generic_payload& payload);
  void receive_status(StatusTransaction& transaction, sc_core::sc_time& delay);
  void reset_pin();
  /// Makes the processes: in a constructor they would outlive a chip that is destroyed before the simulation begins.
  void before_end_of_elaboration() override;

  bool busy();
  bool all_exist(std::uint64_t address, const ByteLanes& lanes) const;
  /// Reads or writes the bytes of `mask` in one word, whose first byte would be byte `first` of the data.
  void access_word(tlm::tlm_generic_payload& payload, std::uint32_t offset, std::uint32_t mask, std::int64_t first);

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
  bool granted_directly_ = false;  // the host may hold direct memory pointers
  sc_core::sc_event irq_changed_;
};

}  // namespace spinvp
