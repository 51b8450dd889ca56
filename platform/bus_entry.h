#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "platform/address_map.h"
#include "platform/bus_lane.h"
#include "platform/bus_request.h"

namespace spinvp::platform {

/// What one initiator sent through the bus, and what others' traffic (or its own) cost it.
struct BusTraffic {
  std::uint64_t transactions = 0;
  std::uint64_t delayed = 0;  ///< transactions that had to wait
  sc_core::sc_time waiting;   ///< for the way to a target, and for an initiator that ends responses late
};

/// What a bus knows of one initiator.
struct BusInitiator {
  /// Called after the initiator wrote `length` bytes at `address`.
  using WriteObserver = std::function<void(std::uint64_t address, std::uint64_t length)>;

  WriteObserver observer;
  bool has_direct_memory = true;  ///< false: it gets no direct memory pointers
  BusTraffic traffic;

  /// The transaction of a call to a target has ended: tells the observer, and withholds the hint at direct memory.
  void answered(tlm::tlm_generic_payload& payload, std::uint64_t address, std::uint64_t length) const {
    if (observer && payload.is_write() && payload.is_response_ok()) {
      observer(address, length);
    }
    if (!has_direct_memory) {
      payload.set_dmi_allowed(false);
    }
  }
};

/// An approximately-timed bus's side to one initiator: takes its requests as long as it has few outstanding, and gives
/// it one response at a time.
class BusEntry : public sc_core::sc_module {
 public:
  struct Config {
    std::size_t index = 0;     ///< of the initiator
    sc_core::sc_time latency;  ///< from the target's response to the initiator's
    std::uint32_t outstanding = 1;
  };

  BusEntry(sc_core::sc_module_name name, const Config& config, const AddressMap& map,
           const std::vector<std::unique_ptr<BusLane>>& lanes, BusInitiator& account,
           tlm::tlm_bw_transport_if<>& initiator);

  // What the initiator calls
  tlm::tlm_sync_enum forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  /// Waits until its turn has come and the response's time has passed. Where nobody can wait, outside of threads, the
  /// target is called at once, as loosely timed.
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  // What the lanes call
  /// The request's turn has come.
  void count_waiting(BusRequest& request);
  /// The target has answered.
  void respond(BusRequest& request);

 private:
  /// Stands for a blocking call in the bus, and leaves it in order if its thread is killed.
  class Caller;

  tlm::tlm_sync_enum begin_request(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  void call_at_once(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void end_response(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay);
  /// Null for an address that no region holds as a whole, after having said so in the payload.
  BusRequest* request_of(tlm::tlm_generic_payload& payload);
  bool has_room() const { return outstanding_ < config_.outstanding; }
  void admit(BusRequest& request);
  void run();
  void deliver(BusRequest& request);
  void finish(BusRequest& request);
  void add_waiting(BusRequest& request, const sc_core::sc_time& time);

  const Config config_;
  const AddressMap& map_;
  const std::vector<std::unique_ptr<BusLane>>& lanes_;
  BusInitiator& account_;
  tlm::tlm_bw_transport_if<>& initiator_;

  BusRequestPool pool_;
  BusQueue incoming_;  ///< not admitted yet
  std::uint32_t outstanding_ = 0;
  BusQueue responses_;               ///< wait for the initiator's time
  BusRequest* delivered_ = nullptr;  ///< between BEGIN_RESP and END_RESP
  sc_core::sc_time response_end_;    ///< of the last response: the next one begins no earlier
  sc_core::sc_event wake_;
};

}  // namespace spinvp::platform
