#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <systemc>
#include <vector>

#include "core/crc32.h"
#include "ip/pim/chip_config.h"
#include "ip/pim/command_protocol.h"
#include "ip/pim/control_protocol.h"
#include "ip/pim/global_buffer.h"
#include "ip/pim/stream_observer.h"
#include "tlm_utils/passthrough_target_socket.h"
#include "tlm_utils/simple_initiator_socket.h"

namespace spinvp {

/// Fetches a command stream through the DMA engine, checks each command and issues it, in order, to the lane of its
/// unit. Lanes run side by side; a command whose header names lanes waits until these have finished everything before
/// it. A lane has a queue; a full queue holds the stream back. One command is decoded a cycle. On the first error
/// nothing more is issued, lanes finish what they run, and the stream ends as Failed.
///
/// A checked stream (CONTROL.CHECK) is summed up as it is executed; at STOP its checksum must be the one that software
/// gave, and no STORE leaves the memory that is there to be written. So a command that was altered on its way harms
/// nothing but what the stream's results go to, and never ends as Done. Volatile: all of it.
class CommandProcessor : public sc_core::sc_module {
 public:
  tlm_utils::passthrough_target_socket<CommandProcessor, 32, ControlProtocol> control{"control"};
  tlm_utils::simple_initiator_socket<CommandProcessor, 32, StatusProtocol> status{"status"};
  tlm_utils::simple_initiator_socket<CommandProcessor, 32> fetch{"fetch"};  ///< to the DMA engine
  tlm_utils::simple_initiator_socket<CommandProcessor, 32, CommandProtocol> dma{"dma"};
  tlm_utils::simple_initiator_socket<CommandProcessor, 32, CommandProtocol> gather{"gather"};
  tlm_utils::simple_initiator_socket<CommandProcessor, 32, CommandProtocol> gather_lanes{"gather_lanes"};
  tlm_utils::simple_initiator_socket<CommandProcessor, 32, CommandProtocol> digital{"digital"};
  tlm_utils::simple_initiator_socket<CommandProcessor, 32, CommandProtocol> banks{"banks"};

  CommandProcessor(sc_core::sc_module_name name, const ChipConfig& config, Ledger& ledger);

  std::uint32_t commands_completed() const { return commands_completed_; }
  void add_observer(StreamObserver& observer) { observers_.push_back(&observer); }

 private:
  /// Makes the processes: in a constructor they would outlive a chip that is destroyed before the simulation begins.
  void before_end_of_elaboration() override;

  static constexpr std::size_t lane_count = 4;
  static constexpr std::size_t max_words = 32;
  using Words = std::array<std::uint32_t, max_words>;

  struct Issued {
    Words words{};
    std::uint64_t address = 0;
  };
  struct LaneQueue {
    std::deque<Issued> queue;  // the front one is running
    bool executing = false;    // outlasts a reset while the unit waits for the system
    bool abandoned = false;    // what executes was issued before a reset
    sc_core::sc_event issued;
  };

  void receive_control(ControlTransaction& transaction, sc_core::sc_time& delay);
  void fetch_thread();
  void lane_thread(std::size_t lane);

  void run_stream();
  /// Reads the command at `offset` of the stream; nothing when it cannot be had (error_ says why).
  bool fetch_command(std::uint32_t offset, Issued& command);
  bool refill(std::uint32_t offset);
  /// What only a checked stream must not do; sums the command up.
  CommandError check_stream(const Issued& command);
  void issue(std::size_t lane, const Issued& command);
  void wait_for_lanes(std::uint32_t mask);
  void wait_for_abandoned_work();
  bool lanes_busy(std::uint32_t mask) const;
  /// False when the command was not completed: it failed, follows one that failed, or was abandoned.
  bool execute(std::size_t lane, const Issued& command);
  void fail(CommandError error, std::uint64_t address);
  void report(StatusTransaction::Kind kind, std::uint32_t signal_value = 0);
  bool abandoned() const { return run_epoch_ != epoch_; }

  const ChipConfig config_;
  Ledger& ledger_;
  const Ledger::BlockId block_;
  std::vector<StreamObserver*> observers_;

  ControlTransaction stream_;
  bool start_pending_ = false;
  std::uint64_t epoch_ = 0;      // counts resets
  std::uint64_t run_epoch_ = 0;  // epoch in which the running stream started
  Activity activity_;            // of the command issued last
  std::uint32_t commands_completed_ = 0;
  CommandError error_;
  std::uint64_t error_address_ = 0;

  std::vector<std::uint8_t> fetched_;  // stream bytes from fetched_offset_ on
  std::uint32_t fetched_offset_ = 0;
  Crc32 checksum_;  // of the commands that were executed

  std::array<LaneQueue, lane_count> lanes_;
  sc_core::sc_event started_;
  sc_core::sc_event lane_progress_;
  sc_core::sc_event reset_;
};

}  // namespace spinvp
