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
#include "tlm_utils/multi_passthrough_initiator_socket.h"
#include "tlm_utils/multi_passthrough_target_socket.h"
#include "tlm_utils/passthrough_target_socket.h"

namespace spinvp {

/// Some sub-arrays with the compute engines that the chip has: an AndAccumulator, an InMemoryAdder and a LevelAdder
/// (two layouts of the same hardware).
/// A command runs in lock-step on those that it names; the bank is done when the slowest is. Rows arrive over the row
/// bus.
class Bank : public sc_core::sc_module {
 public:
  tlm_utils::passthrough_target_socket<Bank, 32, CommandProtocol> commands{"commands"};
  tlm_utils::multi_passthrough_target_socket<Bank, 32, RowProtocol> rows{"rows"};  ///< from the row bus

  /// `first_subarray` is the index in the chip of this bank's first one.
  Bank(sc_core::sc_module_name name, const ChipConfig& config, std::uint32_t first_subarray, Ledger& ledger);

  void bind_buffer(GlobalBuffer& buffer);
  const SubArray& subarray(std::uint32_t local) const { return *subarrays_[local]; }
  SubArray& subarray(std::uint32_t local) { return *subarrays_[local]; }

 private:
  void transport(CommandTransaction& transaction, sc_core::sc_time& delay);
  void transport_row(int, RowTransaction& transaction, sc_core::sc_time& delay);
  bool direct_row_pointer(int, RowTransaction& transaction, tlm::tlm_dmi& dmi);

  const std::uint32_t first_subarray_;
  tlm_utils::multi_passthrough_initiator_socket<Bank, 32, CommandProtocol, 0, sc_core::SC_ZERO_OR_MORE_BOUND>
      to_accumulator_{"to_accumulator"};
  tlm_utils::multi_passthrough_initiator_socket<Bank, 32, CommandProtocol, 0, sc_core::SC_ZERO_OR_MORE_BOUND> to_adder_{
      "to_adder"};
  tlm_utils::multi_passthrough_initiator_socket<Bank, 32, CommandProtocol, 0, sc_core::SC_ZERO_OR_MORE_BOUND>
      to_level_adder_{"to_level_adder"};
  tlm_utils::multi_passthrough_initiator_socket<Bank, 32, RowProtocol> to_subarrays_{"to_subarrays"};
  std::vector<std::unique_ptr<SubArray>> subarrays_;
  std::unique_ptr<AndAccumulator> accumulator_;  // null when the chip has none
  std::unique_ptr<InMemoryAdder> adder_;         // null when the chip has none
  std::unique_ptr<LevelAdder> level_adder_;      // likewise
};

}  // namespace spinvp
