#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "platform/address_map.h"
#include "platform/bus_entry.h"
#include "platform/bus_lane.h"

namespace spinvp::platform {

enum class TimingStyle {
  Loose,       ///< a transaction is a call, which says how long it takes: nobody waits for anybody
  Approximate  ///< requests wait for their turn: four phases
};

struct BusConfig {
  sc_core::sc_time latency;  ///< added to every transaction, on its way back
  std::vector<std::string> initiators;
  std::vector<BusRegion> regions;
  TimingStyle timing = TimingStyle::Loose;

  // Approximately timed only
  BusArbitration arbitration = BusArbitration::RoundRobin;
  std::uint32_t outstanding = 1;    ///< transactions of an initiator that the bus takes at a time
  sc_core::sc_time beat_latency{};  ///< for so long each started beat occupies the way to its region
  std::uint32_t beat_bytes = 8;
};

/// The system interconnect: decodes addresses and forwards transactions, debug accesses and DMI. Targets see addresses
/// relative to their region; the initiator's payload comes back as it was, and extensions pass.
///
/// Loosely timed, requests do not queue: contention is not modelled. Non-blocking initiators are served as well (the
/// target sockets convert).
///
/// Approximately timed, the bus is a crossbar: each region takes one request at a time, the others wait in the bus, as
/// many of an initiator as `outstanding` says, then in front of it. A transaction that waits for nobody takes exactly
/// as long as loosely timed. Initiators may call b_transport (threads wait in it) or nb_transport_fw, targets are
/// called alike. Responses go to an initiator one at a time, with the bus's latency annotated. Direct memory and debug
/// accesses pass by all that.
///
/// Errors: TLM_ADDRESS_ERROR_RESPONSE for what no region holds as a whole, and for a region nobody is bound to.
class Bus : public sc_core::sc_module {
 public:
  using InitiatorPort = tlm_utils::simple_target_socket_tagged_optional<Bus>;
  using RegionPort = tlm_utils::simple_initiator_socket_tagged_optional<Bus>;
  using WriteObserver = BusInitiator::WriteObserver;

  sc_core::sc_vector<InitiatorPort> initiators{"initiators"};  ///< as in the config
  sc_core::sc_vector<RegionPort> regions{"regions"};           ///< as in the config

  /// InputError when regions overlap, are empty or pass the end of the address space, and when nothing may be
  /// outstanding or a beat has no bytes.
  Bus(sc_core::sc_module_name name, const BusConfig& config);

  /// The port of that name; InputError when the config has none.
  InitiatorPort& initiator(const std::string& name);
  RegionPort& region(const std::string& name);

  /// Watches the writes of one initiator. It gets direct memory pointers for reading only from then on, so that no
  /// write passes unseen.
  void observe_writes(const std::string& initiator, WriteObserver observer);
  /// From then on it gets no direct memory pointers: all its accesses are transactions.
  void deny_direct_memory(const std::string& initiator);
  /// What it sent so far. Loosely timed, nobody waits.
  const BusTraffic& traffic(const std::string& initiator) const;

 private:
  void make_lanes();
  void start_of_simulation() override;

  tlm::tlm_sync_enum nb_transport_fw(int initiator, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  tlm::tlm_sync_enum nb_transport_bw(int region, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  void b_transport(int initiator, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void forward(std::size_t initiator, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool get_direct_mem_ptr(int initiator, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  unsigned transport_dbg(int initiator, tlm::tlm_generic_payload& payload);
  void invalidate_direct_mem_ptr(int region, sc_dt::uint64 start, sc_dt::uint64 end);

  /// The region at this address; null when there is none or nobody is bound to it.
  const BusRegion* find_region(std::uint64_t address, std::size_t& index) const;
  std::size_t index_of(const std::string& initiator) const;

  const BusConfig config_;
  const AddressMap map_;
  std::vector<BusInitiator> accounts_;              ///< by initiator
  std::vector<std::unique_ptr<BusLane>> lanes_;     ///< by region; only approximately timed
  std::vector<std::unique_ptr<BusEntry>> entries_;  ///< by initiator; only approximately timed
};

}  // namespace spinvp::platform
