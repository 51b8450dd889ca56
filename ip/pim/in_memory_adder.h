#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "ip/pim/adder_rows.h"
#include "ip/pim/bank_blocks.h"
#include "ip/pim/buffer_port.h"
#include "ip/pim/chip_config.h"
#include "ip/pim/command_protocol.h"
#include "ip/pim/command_share.h"
#include "tlm_utils/passthrough_target_socket.h"

namespace spinvp {

/// The in-memory adders, one beside each sub-array: they add bit-transposed operands to accumulators in the
/// sub-array's own rows, one number a column, bit by bit from the lowest one on (commands ADD_ACC and READ_SUMS;
/// LevelAdder is the same hardware at work on weights in rows).
///
/// A bit of an addition, scheme A: a three-row sense of operand, accumulator and carry whose majority goes to the carry
/// latch, then a two-row sense whose XOR with the latched carry is the sum. Scheme B: one three-row sense gives both.
/// The sum is written to the accumulator's row. The third row is a constant for bit 0, then the carry's row where
/// carries are written back, else the carry latch. Bits that the operand does not have come from the constant rows.
/// Subtraction takes the inverted operand and a carry in of one.
///
/// Cycles of a bit: senses x read [+ carry write] [+ sum write]; a sum write that takes no cycles of its own goes on
/// during the next senses, which wait where it takes longer. The sub-arrays of a command run side by side, the slowest
/// counts. Non-volatile: all rows. Volatile: the carry latch; until it is written a sum bit is in the sense latch only,
/// so that a command that lost its power has to be repeated from accumulators that are known.
class InMemoryAdder : public sc_core::sc_module {
 public:
  tlm_utils::passthrough_target_socket<InMemoryAdder, 32, CommandProtocol> commands{"commands"};
  AdderRows rows;
  BufferPort buffer;  ///< signs and sums

  InMemoryAdder(sc_core::sc_module_name name, const ChipConfig& config, Ledger& ledger, BankBlocks blocks);

  /// Clock cycles that one bit of an addition takes.
  static std::uint32_t cycles_a_bit(const ChipConfig& config);

 private:
  /// What the elements of a command do to the kernels of a sub-array.
  struct Signs {
    std::vector<std::uint64_t> adds;       // [element][words of kernels]
    std::vector<std::uint64_t> subtracts;  // likewise
    std::uint32_t words = 0;               // of an element
    std::uint64_t additions = 0;           // bits set in both
    std::uint64_t bytes = 0;               // read from the buffer
  };

  void transport(CommandTransaction& transaction, sc_core::sc_time& delay);

  /// One sub-array's part of a command; returns its cycles.
  std::uint64_t add(const interface::AddAccCommand& command, std::uint32_t subarray, Ledger::BlockId block);
  std::uint64_t read_sums(const interface::ReadSumsCommand& command, std::uint32_t subarray, Ledger::BlockId block);

  void read_signs(const interface::AddAccCommand& command, Share kernels);
  bool add_directly(const interface::AddAccCommand& command, std::uint32_t subarray, std::uint32_t kernels);
  void add_by_rows(const interface::AddAccCommand& command, std::uint32_t subarray, std::uint32_t kernels);
  void add_one(const interface::AddAccCommand& command, std::uint32_t subarray, std::uint32_t operand_row,
               std::uint32_t accumulator_row, bool subtract);

  const ChipConfig config_;
  const std::uint32_t bit_cycles_;    // asked for with every sub-array of every command
  const std::uint32_t write_cycles_;  // likewise
  Ledger& ledger_;
  const BankBlocks blocks_;  // shared by the two layouts

  Signs signs_;  // of one sub-array
};

}  // namespace spinvp
