#pragma once

#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

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
  void transport(tlm::tlm_generic_payload& burst, sc_core::sc_time& delay);
  bool copy_directly(tlm::tlm_generic_payload& burst, sc_core::sc_time& delay) const;
  void request_direct_memory(const tlm::tlm_generic_payload& burst);

  const Timing timing_;
  const bool tolerates_incomplete_response_;
  const bool uses_direct_memory_;
  Forward* forward_ = nullptr;
  ApproximateInitiator approximate_;
  std::vector<tlm::tlm_dmi> direct_;  // granted and not taken back
};

}  // namespace spinvp
