#pragma once

#include <systemc>
#include <tlm>

#include "ip/tlm/approximate_target.h"
#include "tlm_utils/simple_initiator_socket.h"

namespace spinvp {

/// The base protocol at the chip's host socket, whatever its width: both styles of transport become one blocking call
/// to the HostInterface. A host that runs ahead of simulated time is let to catch up first, since registers act, and
/// tell, at an instant. Payloads pass as they are, with their extensions.
class HostPort : public sc_core::sc_module, public tlm::tlm_fw_transport_if<> {
 public:
  using Backward = sc_core::sc_port_b<tlm::tlm_bw_transport_if<>>;

  tlm_utils::simple_initiator_socket<HostPort> inner{"inner"};  ///< to the HostInterface

  explicit HostPort(sc_core::sc_module_name name);
  /// The way back to the host.
  void connect(Backward& backward) { backward_ = &backward; }

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override;
  unsigned int transport_dbg(tlm::tlm_generic_payload& payload) override;

 private:
  void invalidate(sc_dt::uint64 first, sc_dt::uint64 last);

  Backward* backward_ = nullptr;
  ApproximateTarget approximate_;
};

}  // namespace spinvp
