#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "ip/pim/buffer_port.h"
#include "ip/pim/chip_config.h"
#include "ip/pim/command_protocol.h"
#include "ip/pim/row_bus_port.h"
#include "tlm_utils/passthrough_target_socket.h"

namespace spinvp {

/// Assembles receptive fields of a feature map in the global buffer into rows of sub-arrays, at bit granularity:
/// strides, padding of any level, dilation, channel ranges (command GATHER_ROWS). Time: a row on the bus takes a row
/// write, or the buffer port's time for its bytes where that is longer.
class RowGather : public sc_core::sc_module {
 public:
  tlm_utils::passthrough_target_socket<RowGather, 32, CommandProtocol> commands{"commands"};
  BufferPort buffer;
  RowBusPort rows;

  RowGather(sc_core::sc_module_name name, const ChipConfig& config, Ledger& ledger);

 private:
  void transport(CommandTransaction& transaction, sc_core::sc_time& delay);
  /// Fills field_ with one plane of output pixel `pixel`'s receptive field; returns the bytes read.
  std::uint64_t assemble(const interface::GatherRowsCommand& command, std::uint64_t pixel, std::uint32_t plane,
                         Activity activity);

  const ChipConfig config_;
  std::vector<std::uint64_t> field_;  // a whole receptive field of one plane
  std::vector<std::uint64_t> tiles_;  // its rows
};

}  // namespace spinvp
