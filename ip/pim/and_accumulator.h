#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "ip/mram/row_protocol.h"
#include "ip/pim/buffer_port.h"
#include "ip/pim/chip_config.h"
#include "ip/pim/command_protocol.h"
#include "tlm_utils/passthrough_target_socket.h"
#include "tlm_utils/simple_initiator_socket.h"

namespace spinvp {

/// Beside each sub-array: counts the ones of a sensed row and adds them, shifted, to a partial sum.
/// Formula: I*W = sum_m sum_n 2^(m+n) bitcount(and(C_n(W), C_m(I)))  [ISQED'19]; signs by weight_kind: the top plane of
/// two's complement negative, ternary plane 0 minus plane 1, binary 2^(n+1) x plane n minus (2^N - 1) x
/// the bit-count of the image rows.
/// Time: one row operation per initiation interval (sensing and counting are pipelined); a finished sum leaves over a
/// 32-bit port in one cycle, two when it is added to what the buffer holds.
/// Volatile: the running sum; with a non-volatile accumulator (NV-FA) it is kept every nv_store_interval accumulations.
class AndAccumulator : public sc_core::sc_module {
 public:
  tlm_utils::passthrough_target_socket<AndAccumulator, 32, CommandProtocol> commands{"commands"};
  tlm_utils::simple_initiator_socket<AndAccumulator, 32, RowProtocol> rows{"rows"};  ///< to its sub-array
  BufferPort buffer;                                                                 ///< sums to the global buffer

  /// `subarray` is the index in the chip; `block` is the ledger's.
  AndAccumulator(sc_core::sc_module_name name, const ChipConfig& config, std::uint32_t subarray, Ledger& ledger,
                 Ledger::BlockId block);

 private:
  void transport(CommandTransaction& transaction, sc_core::sc_time& delay);
  template <class Rows>
  void accumulate(const interface::AndAccCommand& command, Rows& rows);
  void add_counts(const interface::AndAccCommand& command, const std::uint32_t* counts, std::uint32_t m);
  void account(const interface::AndAccCommand& command, std::uint32_t pixels, std::uint32_t kernels,
               sc_core::sc_time& delay);
  const std::uint64_t* direct_rows();

  const ChipConfig config_;
  const std::uint32_t subarray_;
  Ledger& ledger_;
  const Ledger::BlockId block_;

  std::vector<std::uint32_t> sums_;    // of one pixel: [kernel], two's complement
  std::vector<std::uint32_t> counts_;  // [pixel][activation plane][kernel][weight plane]
  bool asked_ = false;
  const std::uint64_t* direct_ = nullptr;
};

}  // namespace spinvp
