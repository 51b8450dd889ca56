#pragma once

#include <cstdint>
#include <map>
#include <systemc>
#include <tlm>

#include "ip/pim/chip_config.h"
#include "ip/tlm/approximate_initiator.h"
#include "tlm_utils/passthrough_target_socket.h"

namespace spinvp {

/// The base protocol at the chip's DMA socket, whatever its width: a burst of the DMA engine becomes a transaction of
/// the system in the style that ChipConfig::timing asks for, or a copy through a direct memory pointer. What the system
/// does to the transaction's address stays here.
class DmaPort : public sc_core::sc_module, public tlm::tlm_bw_transport_if<> {
 public:
  using Forward = sc_core::sc_port_b<tlm::tlm_fw_transport_if<>>;

  tlm_utils::passthrough_target_socket<DmaPort, 32> bursts{"bursts"};  ///< from the DmaEngine

  DmaPort(sc_core::sc_module_name name, const ChipConfig& config);
  /// The way to the system.
  void connect(Forward& forward) { forward_ = &forward; }

  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) override;

 private:
  /// What the system has answered to a request for direct memory.
  struct Range {
    std::uint64_t last;
    unsigned char* memory;  // at the range's first byte; null: refused
    sc_core::sc_time byte_latency;
  };
  using Ranges = std::map<std::uint64_t, Range>;  // by their first addresses; none overlaps another

  void transport(tlm::tlm_generic_payload& burst, sc_core::sc_time& delay);
  bool copy_directly(tlm::tlm_generic_payload& burst, sc_core::sc_time& delay);
  void request_direct_memory(const tlm::tlm_generic_payload& burst);
  static Ranges::iterator find(Ranges& ranges, std::uint64_t address);
  static void learn(Ranges& ranges, std::uint64_t address, const tlm::tlm_dmi& dmi, bool allowed,
                    const sc_core::sc_time& byte_latency);

  const Timing timing_;
  const bool tolerates_incomplete_response_;
  const bool uses_direct_memory_;
  Forward* forward_ = nullptr;
  ApproximateInitiator approximate_;
  // Granted and not taken back, or refused since the last time that anything was taken back.
  Ranges readable_;
  Ranges writable_;
};

}  // namespace spinvp
