#pragma once

#include <cstdint>
#include <memory>
#include <systemc>
#include <vector>

#include "ip/mram/sub_array.h"
#include "ip/pim/and_accumulator.h"
#include "ip/pim/chip_config.h"
#include "ip/pim/command_protocol.h"
#include "ip/pim/global_buffer.h"
#include "ip/pim/in_memory_adder.h"
#include "ip/pim/level_adder.h"
#include "tlm_utils/multi_passthrough_target_socket.h"
#include "tlm_utils/passthrough_target_socket.h"
#include "tlm_utils/simple_initiator_socket.h"

namespace spinvp {

/// All sub-arrays of the chip, in banks, with the compute engines beside them that the chip has: an AndAccumulator, an
/// InMemoryAdder and a LevelAdder (two layouts of the same hardware). A command runs in lock-step on the sub-arrays
/// that it names. Rows arrive over the row bus and from the engines; each goes to the sub-array that it names.
///
/// One module for all banks and one for all engines of a kind: modules and sockets of thousands of sub-arrays would
/// take more memory than a host page of rows each. What belongs to a bank is its accounts in the ledger and its ports
/// to the buffer, whose time the engines tell bank by bank.
class Banks : public sc_core::sc_module {
 public:
  tlm_utils::passthrough_target_socket<Banks, 32, CommandProtocol> commands{"commands"};
  tlm_utils::multi_passthrough_target_socket<Banks, 32, RowProtocol> rows{"rows"};

  Banks(sc_core::sc_module_name name, const ChipConfig& config, Ledger& ledger);

  void bind_buffer(GlobalBuffer& buffer);
  /// `index` is the sub-array's in the chip.
  const SubArray& subarray(std::uint32_t index) const { return *subarrays_[index]; }
  SubArray& subarray(std::uint32_t index) { return *subarrays_[index]; }

 private:
  using CommandSocket =
      tlm_utils::simple_initiator_socket_optional<Banks, 32, CommandProtocol>;  // unbound where there is no engine

  void transport(CommandTransaction& transaction, sc_core::sc_time& delay);
  void transport_row(int, RowTransaction& transaction, sc_core::sc_time& delay);
  bool direct_row_pointer(int, RowTransaction& transaction, tlm::tlm_dmi& dmi);

  CommandSocket to_accumulator_{"to_accumulator"};
  CommandSocket to_adder_{"to_adder"};
  CommandSocket to_level_adder_{"to_level_adder"};
  std::vector<std::unique_ptr<SubArray>> subarrays_;
  std::unique_ptr<AndAccumulator> accumulator_;  // null when the chip has none
  std::unique_ptr<InMemoryAdder> adder_;         // null when the chip has none
  std::unique_ptr<LevelAdder> level_adder_;      // likewise
};

}  // namespace spinvp
