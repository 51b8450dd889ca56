#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "ip/pim/buffer_port.h"
#include "ip/pim/chip_config.h"
#include "ip/pim/command_protocol.h"
#include "ip/pim/row_bus_port.h"
#include "tlm_utils/passthrough_target_socket.h"
#include "tlm_utils/simple_initiator_socket.h"

namespace spinvp {

/// The chip's way to system memory: LOAD, STORE and LOAD_ROWS in bursts, and the command processor's fetches.
/// Time: a burst takes what the system says or its own beats, whichever is longer; rows are written while the next
/// burst arrives. A refused burst ends the command with BUS_READ (nothing on the chip has changed) or BUS_WRITE.
class DmaEngine : public sc_core::sc_module {
 public:
  tlm_utils::passthrough_target_socket<DmaEngine, 32, CommandProtocol> commands{"commands"};
  tlm_utils::passthrough_target_socket<DmaEngine, 32> fetches{"fetches"};  ///< base protocol, reads only
  tlm_utils::simple_initiator_socket<DmaEngine, 32> system{"system"};      ///< to the outside, by DmaPort
  BufferPort buffer;
  RowBusPort rows;

  DmaEngine(sc_core::sc_module_name name, const ChipConfig& config, Ledger& ledger);

 private:
  void transport(CommandTransaction& transaction, sc_core::sc_time& delay);
  void transport_fetch(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  /// Whom bytes are moved for.
  struct Client {
    Activity activity;
    const CommandTransaction* command = nullptr;  ///< null for a fetch
    std::uint64_t* uncounted = nullptr;           ///< adds the bytes here when the activity is not known yet
  };

  CommandError load(const CommandTransaction& transaction, sc_core::sc_time& delay);
  CommandError store(const CommandTransaction& transaction, sc_core::sc_time& delay);
  CommandError load_rows(const CommandTransaction& transaction, sc_core::sc_time& delay);

  /// Room for `bytes` bytes in staging_.
  std::uint8_t* stage(std::uint64_t bytes);
  const std::uint64_t* staged_rows(const interface::LoadRowsCommand& command);

  /// Moves bytes between `data` and the system in bursts; fails when the system refuses or the command is abandoned.
  CommandError move(tlm::tlm_command direction, std::uint64_t address, std::uint8_t* data, std::uint64_t length,
                    const Client& client, sc_core::sc_time& delay);
  sc_core::sc_time buffer_time(std::uint64_t bytes) const;

  const ChipConfig config_;
  Ledger& ledger_;
  const Ledger::BlockId block_;
  std::vector<std::uint64_t> staging_;  // bytes on their way; grows only
  std::vector<std::uint64_t> widened_;  // rows of a LOAD_ROWS whose rows in memory are narrower
};

}  // namespace spinvp
