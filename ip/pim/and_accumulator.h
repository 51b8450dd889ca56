#pragma once

#include <cstdint>
#include <systemc>

#include "ip/pim/bank_blocks.h"
#include "ip/pim/buffer_port.h"
#include "ip/pim/chip_config.h"
#include "ip/pim/command_protocol.h"
#include "ip/pim/command_share.h"
#include "ip/pim/row_port.h"
#include "tlm_utils/passthrough_target_socket.h"

namespace spinvp {

/// AND-accumulation: beside each sub-array a counter of the ones of a sensed row and an accumulator that
/// adds them, shifted, to a partial sum.
/// Formula: I*W = sum_m sum_n 2^(m+n) bitcount(and(C_n(W), C_m(I)))  [ISQED'19]; signs by weight_kind: the top plane of
/// two's complement negative, ternary plane 0 minus plane 1, binary 2^(n+1) x plane n minus (2^N - 1) x
/// the bit-count of the image rows.
/// Time: one row operation per initiation interval (sensing and counting are pipelined); a finished sum leaves over a
/// 32-bit port in one cycle, two when it is added to what the buffer holds. The sub-arrays of a command run side by
/// side, the slowest counts.
/// Volatile: the running sums; with non-volatile accumulators (NV-FA) they are kept every nv_store_interval
/// accumulations.
class AndAccumulator : public sc_core::sc_module {
 public:
  tlm_utils::passthrough_target_socket<AndAccumulator, 32, CommandProtocol> commands{"commands"};
  RowPort rows;
  BufferPort buffer;  ///< sums

  AndAccumulator(sc_core::sc_module_name name, const ChipConfig& config, Ledger& ledger, BankBlocks blocks);

 private:
  /// One sub-array's part of a command.
  struct Part {
    std::uint32_t subarray = 0;
    Share pixels;
    Share kernels;
  };
  /// What a bank's sub-arrays did in a command, and how long the slowest took.
  struct Work {
    std::uint64_t ands = 0;
    std::uint64_t reads = 0;
    std::uint64_t direct_ands = 0;   ///< of these, through direct pointers
    std::uint64_t direct_reads = 0;  ///< likewise
    std::uint64_t stores = 0;        ///< of non-volatile accumulators
    std::uint64_t cycles = 0;
    std::uint32_t direct_subarray = 0;  ///< one with a direct pointer
  };

  void transport(CommandTransaction& transaction, sc_core::sc_time& delay);
  template <class Rows>
  void accumulate(const interface::AndAccCommand& command, const Part& part, Rows& rows);
  void fetch_early(const interface::AndAccCommand& command, std::uint32_t subarray);
  void add_work(const interface::AndAccCommand& command, const Part& part, bool direct, Work& work) const;
  void account(const Work& work, Ledger::BlockId block, Activity activity);

  const std::uint32_t subarrays_per_bank_;
  const std::uint32_t row_words_;
  const std::uint64_t interval_;  ///< cycles from one row operation to the next
  const std::uint32_t pipeline_stages_;
  const std::uint32_t nv_store_interval_;
  const std::uint32_t nv_store_cycles_;
  const sc_core::sc_time clock_period_;
  Ledger& ledger_;
  const BankBlocks blocks_;
};

}  // namespace spinvp
