#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "ip/pim/buffer_port.h"
#include "ip/pim/chip_config.h"
#include "ip/pim/command_protocol.h"
#include "ip/pim/command_share.h"
#include "ip/pim/row_bus_port.h"
#include "tlm_utils/passthrough_target_socket.h"

namespace spinvp {

/// Beside RowGather, on the same lane: writes elements of receptive fields bit-transposed, as operands of in-memory
/// addition (command GATHER_LANES). A lane is an output pixel; a row holds one bit of one element of all lanes of a
/// replica. For each pixel, plane and kernel position the run of channels is read once. Time: a row on the bus takes a
/// row write, or the buffer port's time for its bytes where that is longer. Replicas without pixels are left alone.
class LaneGather : public sc_core::sc_module {
 public:
  tlm_utils::passthrough_target_socket<LaneGather, 32, CommandProtocol> commands{"commands"};
  BufferPort buffer;
  RowBusPort rows;

  LaneGather(sc_core::sc_module_name name, const ChipConfig& config);

 private:
  /// Elements of one kernel position that a command asks for.
  struct Run {
    std::uint32_t ky = 0;
    std::uint32_t kx = 0;
    std::uint32_t first_channel = 0;  ///< within the field's channels
    std::uint32_t channels = 0;
    std::uint32_t first_element = 0;  ///< within the command's elements
  };

  /// Where a lane finds its run on a plane.
  struct LanePlace {
    std::uint32_t lane = 0;
    std::uint32_t offset = 0;  ///< bytes from the plane's first
    std::uint32_t bytes = 0;   ///< that have bits of the run
    std::uint32_t shift = 0;   ///< of the run's first bit in them
  };

  void transport(CommandTransaction& transaction, sc_core::sc_time& delay);
  /// Fills lane_places_ and pad_lanes_ for a run and the lanes of a replica.
  void find_run(const interface::GatherLanesCommand& command, const Run& run, Share pixels);
  /// Fills lane_bytes_ with one plane of a run for those lanes; returns the bytes read.
  std::uint64_t read_run(const interface::GatherLanesCommand& command, const Run& run, std::uint32_t plane,
                         Activity activity);
  /// Turns lane_bytes_ into rows of block_.
  void place_run(const interface::GatherLanesCommand& command, const Run& run, std::uint32_t plane);

  const ChipConfig config_;
  std::vector<LanePlace> lane_places_;     // of one run
  std::vector<std::uint32_t> pad_lanes_;   // of one run: lanes whose pixel finds it outside the map
  std::vector<std::uint8_t> lane_bytes_;   // [eight channels][lane]
  std::vector<std::uint64_t> eight_rows_;  // of eight channels
  std::vector<std::uint64_t> block_;       // rows of one replica
};

}  // namespace spinvp
