#pragma once

#include <tlm_utils/passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <map>
#include <systemc>
#include <tlm>
#include <vector>

#include "platform/faults/injected_fault.h"
#include "platform/faults/strike_log.h"
#include "platform/soc_config.h"

namespace spinvp::platform {

/// Stands between an initiator and the bus and makes accesses fail: bus errors (the bus never sees the access), stalls
/// (the access reaches the bus late or never), bits that change in the words of command streams. Everything else passes
/// untouched, in both coding styles.
///
/// Accesses are counted by transaction; that none is missed, direct memory access is granted only where no fault looks.
class BusFaults : public sc_core::sc_module {
 public:
  tlm_utils::passthrough_target_socket<BusFaults> in{"in"};  ///< from the initiator
  tlm_utils::simple_initiator_socket<BusFaults> out{"out"};  ///< to the bus

  /// Faults of other wires are left alone; `log` gets indices into `faults`.
  BusFaults(sc_core::sc_module_name name, FaultWire wire, const std::vector<InjectedFault>& faults, StrikeLog& log);

  /// Where commands stand in memory: only words of these ranges are command words. None at first.
  void set_command_ranges(std::vector<AddressRange> ranges);

 private:
  struct Counted {
    std::size_t index = 0;  ///< in the configuration
    InjectedFault fault;
    std::uint64_t seen = 0;  ///< accesses or words that matched
  };
  /// Bits that change in an answer.
  struct Corruption {
    std::size_t offset = 0;  ///< in the data
    std::uint32_t mask = 0;
  };
  /// What is done to an access.
  struct Plan {
    bool refuse = false;
    bool never = false;
    sc_core::sc_time stall;
    std::vector<Corruption> corruptions;
  };

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last);

  Plan judge(const tlm::tlm_generic_payload& payload);
  void plan_corruption(const tlm::tlm_generic_payload& payload, Counted& counted, Plan& plan);
  bool is_command(std::uint64_t address) const;
  void strike(const Counted& counted, std::uint64_t address, std::uint32_t bytes, bool write);
  static void corrupt(tlm::tlm_generic_payload& payload, const std::vector<Corruption>& corruptions);

  StrikeLog& log_;
  std::vector<Counted> faults_;
  std::vector<AddressRange> commands_;                                               // in order of their addresses
  std::map<const tlm::tlm_generic_payload*, std::vector<Corruption>> on_their_way_;  // non-blocking, unanswered
  sc_core::sc_event never_;
};

}  // namespace spinvp::platform
