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
#include "ip/pim/dma_port.h"
#include "ip/pim/global_buffer.h"
#include "ip/pim/host_interface.h"
#include "ip/pim/host_port.h"
#include "ip/pim/host_window.h"
#include "ip/pim/lane_gather.h"
#include "ip/pim/row_gather.h"

namespace spinvp {

/// The chip but for its memory-mapped sockets, whose widths differ from system to system.
///
///     host        irq   reset                        dma
///      |           |      |                           |
///   HostPort       |      |                        DmaPort
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
class PimChip : public sc_core::sc_module {
 public:
  sc_core::sc_out<bool> irq{"irq"};     ///< a level, high while a cause is pending and enabled
  sc_core::sc_in<bool> reset{"reset"};  ///< active high

  const ChipConfig& config() const { return config_; }
  const Ledger& ledger() const { return ledger_; }
  void add_observer(StreamObserver& observer) { command_processor_.add_observer(observer); }

  /// Bytes of the global buffer, without side effects; false when they do not exist.
  bool peek_buffer(std::uint32_t address, void* data, std::uint32_t length);
  /// A row's columns / 64 words, without side effects; null when it does not exist.
  const std::uint64_t* peek_row(std::uint32_t subarray, std::uint32_t row) const;
  /// How often faults struck, in all sub-arrays.
  FaultCounts fault_counts() const;

 protected:
  PimChip(sc_core::sc_module_name name, const ChipConfig& config);

  HostPort host_port_{"host_port"};
  DmaPort dma_port_;

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

/// The chip: a host target socket for registers and sub-arrays, a DMA initiator socket to system memory, an interrupt
/// and a reset. Sockets speak the base protocol, loosely and approximately timed, at 32, 64, 128, 256 or 512 bits; a
/// width says which sockets bind to each other, and changes neither times nor what may be accessed (the DMA's beats are
/// ChipConfig::dma).
template <unsigned HostBits = 32, unsigned DmaBits = 32>
class BasicPimDevice : public PimChip {
  static constexpr bool is_width(unsigned bits) {
    return bits == 32 || bits == 64 || bits == 128 || bits == 256 || bits == 512;
  }
  static_assert(is_width(HostBits) && is_width(DmaBits), "sockets are 32, 64, 128, 256 or 512 bits wide");

 public:
  tlm::tlm_target_socket<HostBits> host{"host"};
  tlm::tlm_initiator_socket<DmaBits> dma{"dma"};

  /// InputError naming the member when the configuration cannot be built (check_chip_config).
  BasicPimDevice(sc_core::sc_module_name name, const ChipConfig& config) : PimChip(name, config) {
    host.bind(host_port_);
    host_port_.connect(host.get_base_port());
    dma.bind(dma_port_);
    dma_port_.connect(dma.get_base_port());
  }
};

using PimDevice = BasicPimDevice<>;
extern template class BasicPimDevice<>;

}  // namespace spinvp
