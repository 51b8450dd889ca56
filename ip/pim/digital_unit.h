#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "ip/pim/affine_table.h"
#include "ip/pim/buffer_port.h"
#include "ip/pim/chip_config.h"
#include "ip/pim/command_protocol.h"
#include "ip/pim/level_table.h"
#include "ip/pim/multiplier_array.h"
#include "ip/pim/plane_map.h"
#include "ip/pim/row_pooler.h"
#include "tlm_utils/passthrough_target_socket.h"

namespace spinvp {

/// The papers' DPU: batch norm folded with quantisation into integer thresholds, pooling, residual addition, the affine
/// step of values without thresholds, bit-plane packing (commands DIGITAL and PACK), and multipliers for layers that
/// stay out of the sub-arrays (MULTIPLY, see MultiplierArray).
///
/// DIGITAL takes the map row by row; all of it is read before anything is written.
/// Time: each lane does one comparison, pooling step, residual or affine multiplication or output value a cycle (a
/// level of b bits is found by b comparisons with sorted thresholds, of 64 bits behind a residual); the buffer port's
/// time for the bytes where that is longer. Volatile: everything it holds.
class DigitalUnit : public sc_core::sc_module {
 public:
  tlm_utils::passthrough_target_socket<DigitalUnit, 32, CommandProtocol> commands{"commands"};
  BufferPort buffer;

  DigitalUnit(sc_core::sc_module_name name, const ChipConfig& config, Ledger& ledger);

 private:
  /// What a command cost so far, beside its traffic.
  struct Work {
    std::uint64_t compares = 0;
    std::uint64_t pools = 0;
    std::uint64_t values = 0;
    std::uint64_t lane_multiplies = 0;
    MultiplierArray::Work array;
  };

  void transport(CommandTransaction& transaction, sc_core::sc_time& delay);
  void digital(const interface::DigitalCommand& command, BufferTraffic& traffic, Work& work);
  void pack(const interface::PackCommand& command, BufferTraffic& traffic, Work& work);
  void account(const Work& work, const BufferTraffic& traffic, Activity activity, sc_core::sc_time& delay);

  // The steps of DIGITAL, a row of the map at a time.
  void start(const interface::DigitalCommand& command, BufferTraffic& traffic);
  void read_values(const interface::DigitalCommand& command, std::uint32_t row, BufferTraffic& traffic);
  void read_residual(const interface::DigitalCommand& command, std::uint32_t row, BufferTraffic& traffic);
  template <class T>
  void start(RowPooler<T>& pooler, const interface::DigitalCommand& command) const;
  void pool_then_find_levels(const interface::DigitalCommand& command);
  void finish_values(const interface::DigitalCommand& command);
  void find_levels_then_pool(const interface::DigitalCommand& command);
  void write_levels(const interface::DigitalCommand& command, BufferTraffic& traffic);
  void write_values(const interface::DigitalCommand& command, BufferTraffic& traffic);

  const ChipConfig config_;
  Ledger& ledger_;
  const Ledger::BlockId block_;
  MultiplierArray multipliers_;
  PlanePacker packer_;

  LevelTable<std::int32_t> table_;
  LevelTable<std::int64_t> residual_table_;
  AffineTable affine_table_;
  RowPooler<std::int32_t> value_pooler_;
  RowPooler<std::uint16_t> level_pooler_;
  std::uint32_t used_height_ = 0;           // rows of the map that windows reach
  std::uint32_t used_width_ = 0;            // columns that windows reach
  std::uint32_t finished_ = 0;              // output rows so far
  std::vector<std::int32_t> row_;           // [column][channel]
  std::vector<std::int32_t> residual_row_;  // [column][channel]
  std::vector<std::int64_t> sums_;          // row_ with its residual
  std::vector<std::uint16_t> level_row_;    // levels of row_
  std::vector<std::int32_t> pooled_row_;
  std::vector<std::uint16_t> levels_;  // [row][column][channel] of the output, with slack behind
  std::vector<std::int32_t> values_;   // likewise, without thresholds
};

}  // namespace spinvp
