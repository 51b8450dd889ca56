#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <functional>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

namespace spinvp::platform {

/// A part of the address map; `base + size` may reach 2^64 but not pass it.
struct BusRegion {
  std::string name;
  std::uint64_t base = 0;
  std::uint64_t size = 0;  ///< bytes
};

struct BusConfig {
  sc_core::sc_time latency;  ///< added to every transaction
  std::vector<std::string> initiators;
  std::vector<BusRegion> regions;
};

/// The system interconnect: decodes addresses and forwards b_transport, debug accesses and DMI. Targets see addresses
/// relative to their region; the initiator's payload comes back as it was. Non-blocking initiators are served as well
/// (the target sockets convert). Requests do not queue for the bus: contention is not modelled.
///
/// Errors: TLM_ADDRESS_ERROR_RESPONSE for what no region holds as a whole, and for a region nobody is bound to.
class Bus : public sc_core::sc_module {
 public:
  using InitiatorPort = tlm_utils::simple_target_socket_tagged_optional<Bus>;
  using RegionPort = tlm_utils::simple_initiator_socket_tagged_optional<Bus>;
  /// Called after an initiator wrote `length` bytes at `address`.
  using WriteObserver = std::function<void(std::uint64_t address, std::uint64_t length)>;

  sc_core::sc_vector<InitiatorPort> initiators{"initiators"};  ///< as in the config
  sc_core::sc_vector<RegionPort> regions{"regions"};           ///< as in the config

  /// InputError when regions overlap, are empty, pass the end of the address space or share a name.
  Bus(sc_core::sc_module_name name, const BusConfig& config);

  /// The port of that name; InputError when the config has none.
  InitiatorPort& initiator(const std::string& name);
  RegionPort& region(const std::string& name);

  /// Watches the writes of one initiator. It gets direct memory pointers for reading only from then on, so that no
  /// write passes unseen.
  void observe_writes(const std::string& initiator, WriteObserver observer);

 private:
  void b_transport(int initiator, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool get_direct_mem_ptr(int initiator, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  unsigned transport_dbg(int initiator, tlm::tlm_generic_payload& payload);
  void invalidate_direct_mem_ptr(int region, sc_dt::uint64 start, sc_dt::uint64 end);

  int find_region(std::uint64_t address) const;  ///< -1 when there is none
  void report_write(int initiator, std::uint64_t address, std::uint64_t length) const;

  BusConfig config_;
  std::vector<int> by_address_;  ///< indices of the regions, lowest base first
  std::vector<WriteObserver> observers_;
};

}  // namespace spinvp::platform
