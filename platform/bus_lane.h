#pragma once

#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

#include "platform/bus_request.h"

namespace spinvp::platform {

/// Who goes next where several initiators wait for one region.
enum class BusArbitration {
  RoundRobin,    ///< the one whose turn was longest ago
  FixedPriority  ///< the one that stands first in the configuration
};

/// An approximately-timed bus's way to one region. Takes one request at a time: the next one goes when the target has
/// ended this one's request phase and its beats have passed. Requests of one initiator stay in order.
class BusLane : public sc_core::sc_module {
 public:
  struct Config {
    std::uint64_t base = 0;      ///< of the region
    std::size_t initiators = 0;  ///< number of entries
    BusArbitration arbitration = BusArbitration::RoundRobin;
    sc_core::sc_time beat_latency;  ///< for so long each started beat occupies the lane
    std::uint32_t beat_bytes = 8;
  };

  BusLane(sc_core::sc_module_name name, const Config& config);

  /// Who serves the requests; null when nobody is bound.
  void connect(tlm::tlm_fw_transport_if<>* target) { target_ = target; }
  bool is_connected() const { return target_ != nullptr; }

  /// The request waits for its turn from now on.
  void enqueue(BusRequest& request, std::size_t initiator);
  /// What the target calls.
  tlm::tlm_sync_enum backward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);

  // Of a blocking request, by its thread
  /// The call itself, once it was granted.
  void call(BusRequest& request, sc_core::sc_time& delay);
  /// The lane is free again after `delay`.
  void release(BusRequest& request, const sc_core::sc_time& delay);
  /// The thread has given up.
  void withdraw(BusRequest& request);

 private:
  void run();
  void schedule();
  bool has_waiting() const { return waiting_count_ > 0; }
  BusRequest& pick();
  void grant(BusRequest& request);
  void send(BusRequest& request);
  void end_request(const tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay);
  void begin_response(const tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay, bool owes_end);
  void end_response(BusRequest& request);
  sc_core::sc_time occupancy(const BusRequest& request) const;

  const Config config_;
  tlm::tlm_fw_transport_if<>* target_ = nullptr;
  std::vector<BusQueue> waiting_;  ///< by initiator
  std::size_t waiting_count_ = 0;
  std::size_t last_;                ///< initiator that had its turn
  BusRequest* occupant_ = nullptr;  ///< in its request phase, or a blocking call
  sc_core::sc_time free_at_;        ///< when a next request may go, unless there is an occupant
  BusQueue in_flight_;              ///< with the target
  BusQueue responses_;              ///< begun by the target; `since` says when they are there
  sc_core::sc_event wake_;
};

}  // namespace spinvp::platform
