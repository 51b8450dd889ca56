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

/// The in-memory adders of a bank at work on weights in rows: a lane is a kernel of one output pixel, and the sequencer
/// adds an element's level, which it knows, to the accumulators of all lanes (commands ADD_LEVELS and READ_LANES).
///
/// An element has two weight rows: P has ones in the lanes that add the level a, N in those that subtract it. Since -a
/// is ~a + 1, and the one carries through the zeros below a's lowest set bit t, bits below t change nothing in any
/// lane: steps begin at bit t with P as operand and N as carry in. For a further bit the operand is P where a has a
/// one, else N, also above a's planes, where ~a has ones; the carry is the carry's row where carries are written back,
/// else the latch. So accumulators of w bits take w - t steps. Scheme A senses N into the carry latch before the first
/// one, a sense more an addition. A level of zero is skipped.
///
/// Cycles: those of InMemoryAdder::cycles_a_bit() a step. The sub-arrays of a command run side by side, the slowest
/// counts. Once for all of its sub-arrays in a part, a bank reads the part's levels through its port to the buffer: for
/// each kernel position and plane the run of channels; it goes on while adding, and the longer of both counts.
/// Accumulators of parts come out one part after the other, values beyond part 0 being added in the buffer; that and
/// the senses overlap. What is volatile is said at InMemoryAdder.
class LevelAdder : public sc_core::sc_module {
 public:
  tlm_utils::passthrough_target_socket<LevelAdder, 32, CommandProtocol> commands{"commands"};
  AdderRows rows;
  BufferPort buffer;  ///< levels and sums

  LevelAdder(sc_core::sc_module_name name, const ChipConfig& config, Ledger& ledger, BankBlocks blocks);

 private:
  /// Elements of a part, as every sub-array of the part adds them.
  struct Levels {
    std::vector<std::uint16_t> values;  // [element of the part]
    std::uint64_t additions = 0;        // levels that are not zero
    std::uint64_t bits = 0;             // steps of all additions
    std::uint64_t bytes = 0;            // read from the buffer
  };

  void transport(CommandTransaction& transaction, sc_core::sc_time& delay);
  /// What some sub-arrays of a bank do in a command; returns their cycles.
  std::uint64_t add_levels(const interface::AddLevelsCommand& command, SubarrayRange subarrays, Ledger::BlockId block);
  std::uint64_t read_lanes(const interface::ReadLanesCommand& command, SubarrayRange subarrays, Ledger::BlockId block);

  void read_levels(const interface::AddLevelsCommand& command, Share elements);
  /// Bits [first, first + count) of the field's channels at one kernel position, to the levels from `values` on.
  void read_run(const interface::AddLevelsCommand& command, std::uint32_t position, std::uint32_t first,
                std::uint32_t count, std::uint16_t* values);
  void add_directly(const interface::AddLevelsCommand& command, std::uint32_t subarray, std::uint64_t* bits);
  void add_by_rows(const interface::AddLevelsCommand& command, std::uint32_t subarray);
  /// The bits of one addition, first to last.
  template <class Step>
  void for_bits(const interface::AddLevelsCommand& command, std::uint32_t element, const Step& step) const;

  const ChipConfig config_;
  Ledger& ledger_;
  const BankBlocks blocks_;  // shared by the two layouts

  Levels levels_;                      // of one part
  std::vector<std::int32_t> numbers_;  // [lane]
  std::vector<std::uint64_t> carry_;   // a row
};

}  // namespace spinvp
