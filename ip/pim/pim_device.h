#pragma once

#include <cstdint>
#include <systemc>
#include <tlm>

#include "ip/ledger/ledger.h"
#include "ip/pim/banks.h"
#include "ip/pim/chip_config.h"
#include "ip/pim/command_processor.h"
#include "ip/pim/digital_unit.h"
#include "ip/pim/dma_engine.h"
#include "ip/pim/global_buffer.h"
#include "ip/pim/host_interface.h"
#include "ip/pim/host_window.h"
#include "ip/pim/lane_gather.h"
#include "ip/pim/row_gather.h"

namespace spinvp {

/// The chip: a host target socket for registers, a DMA initiator socket to system memory, an interrupt and a reset.
///
///     host        irq   reset                        dma
///      |           |      |                           |
///   HostInterface -+------+-- CommandProcessor -- DmaEngine --+
///                                |   |   |            |       |
///                     DigitalUnit -+ |  RowGather ----+-- row bus
///                          |         |  LaneGather    |       |
///                          |         |      |         |       |
///                          +---- GlobalBuffer --------+       |
///                                    |                        |
///                     Banks: AndAccumulator, ------ SubArray[0..n)
///                            InMemoryAdder, LevelAdder
class PimDevice : public sc_core::sc_module {
 public:
  tlm::tlm_target_socket<32> host{"host"};
  tlm::tlm_initiator_socket<32> dma{"dma"};
  sc_core::sc_out<bool> irq{"irq"};
  sc_core::sc_in<bool> reset{"reset"};

  /// InputError naming the member when the configuration cannot be built (check_chip_config).
  PimDevice(sc_core::sc_module_name name, const ChipConfig& config);

  const ChipConfig& config() const { return config_; }
  const Ledger& ledger() const { return ledger_; }
  void add_observer(StreamObserver& observer) { command_processor_.add_observer(observer); }

  /// Bytes of the global buffer, without side effects; false when they do not exist.
  bool peek_buffer(std::uint32_t address, void* data, std::uint32_t length);
  /// A row's columns / 64 words, without side effects; null when it does not exist.
  const std::uint64_t* peek_row(std::uint32_t subarray, std::uint32_t row) const;
  /// How often faults struck, in all sub-arrays.
  FaultCounts fault_counts() const;

 private:
  const ChipConfig config_;
  Ledger ledger_;
  HostInterface host_interface_;
  HostWindow host_window_;
  CommandProcessor command_processor_;
  DmaEngine dma_engine_;
  RowGather row_gather_;
  LaneGather lane_gather_;
  DigitalUnit digital_unit_;
  GlobalBuffer global_buffer_;
  Banks banks_;
};

}  // namespace spinvp
