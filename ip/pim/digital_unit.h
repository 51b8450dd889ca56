#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "ip/pim/buffer_port.h"
#include "ip/pim/chip_config.h"
#include "ip/pim/command_protocol.h"
#include "tlm_utils/passthrough_target_socket.h"

namespace spinvp {

/// The papers' DPU: batch norm folded with quantisation into integer thresholds, pooling, bit-plane packing (commands
/// DIGITAL and PACK).
/// Time: each lane does one comparison, pooling step or output value a cycle (a level of b bits is found by b
/// comparisons against sorted thresholds); the buffer port's time for the bytes where that is longer. Volatile:
/// everything it holds.
class DigitalUnit : public sc_core::sc_module {
 public:
  tlm_utils::passthrough_target_socket<DigitalUnit, 32, CommandProtocol> commands{"commands"};
  BufferPort buffer;

  DigitalUnit(sc_core::sc_module_name name, const ChipConfig& config, Ledger& ledger);

 private:
  /// What a command cost so far.
  struct Work {
    std::uint64_t compares = 0;
    std::uint64_t pools = 0;
    std::uint64_t values = 0;
    std::uint64_t packed_bits = 0;
    std::uint64_t bytes = 0;
  };

  void transport(CommandTransaction& transaction, sc_core::sc_time& delay);
  void digital(const interface::DigitalCommand& command, Work& work);
  void pack(const interface::PackCommand& command, Work& work);

  void read_accumulators(const interface::DigitalCommand& command, Work& work);
  void read_thresholds(const interface::DigitalCommand& command, Work& work);
  void pool(const interface::DigitalCommand& command, Work& work);
  void threshold(const interface::DigitalCommand& command, Work& work);
  std::uint32_t level(std::int32_t accumulator, std::uint32_t channel, std::uint32_t bits) const;
  void write_values(const interface::DigitalCommand& command, Work& work);

  /// Where bit-planes go.
  struct Planes {
    std::uint32_t address, plane_stride, row_pitch, pixel_pitch, first_channel, planes, width, channels;
  };
  /// Packs one map row of values (width x channels, channels innermost) into bit-planes, saturating.
  void write_planes(const Planes& planes, std::uint32_t row, const std::int32_t* values, Activity activity, Work& work);
  /// Replaces `count` bits from bit `bit` on of the bytes at `address`.
  void write_bits(std::uint32_t address, std::size_t bit, std::size_t count, const std::uint8_t* bits,
                  Activity activity, Work& work);
  void account(const Work& work, Activity activity, sc_core::sc_time& delay);

  const ChipConfig config_;
  Ledger& ledger_;
  const Ledger::BlockId block_;
  std::vector<std::int32_t> values_;  // [row][column][channel]: accumulators, then levels
  std::uint32_t height_ = 0;          // of values_
  std::uint32_t width_ = 0;           // of values_
  std::vector<std::int32_t> pooled_;
  std::vector<std::int32_t> thresholds_;  // [channel][1 << bits]: direction, thresholds
  std::vector<std::uint8_t> plane_row_;
  std::vector<std::uint8_t> merged_;
};

}  // namespace spinvp
