#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "ip/tlm/payload_pool.h"

namespace spinvp {

/// A blocking call over the approximately-timed base protocol, for modules whose threads read like loosely-timed ones.
/// Any number of threads may be inside transport(): their requests take turns in the order of arrival, as the exclusion
/// of requests demands, and are outstanding together.
///
///     socket.register_nb_transport_bw(this, &Owner::backward);  // calls approximate_.nb_transport_bw(...)
///     ApproximateInitiator approximate_{[this](auto& payload, auto& phase, auto& time) {
///                                         return socket->nb_transport_fw(payload, phase, time); }};
///     PooledPayload payload(approximate_.pool());
///     approximate_.transport(*payload, delay);
///
/// Whatever a target may answer is understood: END_REQ and BEGIN_RESP, called or returned, with and without time
/// annotated, END_REQ left out, and completion at once. Phases that make no sense are answered TLM_ACCEPTED and change
/// nothing; a target that never answers keeps the thread for ever.
class ApproximateInitiator {
 public:
  using Forward = std::function<tlm::tlm_sync_enum(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&)>;
  /// How the end of a response is told when the target calls BEGIN_RESP.
  enum class ResponseEnd {
    Call,       ///< END_RESP by nb_transport_fw, from the thread, once the response is there: four phases
    Updated,    ///< TLM_UPDATED with END_RESP
    Completed,  ///< TLM_COMPLETED: two phases
  };

  explicit ApproximateInitiator(Forward forward, ResponseEnd response_end = ResponseEnd::Call);

  PayloadPool& pool() { return pool_; }

  /// From a thread. `payload` has a memory manager and the caller's reference, e.g. one of pool(). Lets `delay` pass
  /// first; comes back when the response has begun, with what is left of the response's time in `delay`.
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);

 private:
  /// One transaction on its way.
  struct Slot {
    tlm::tlm_generic_payload* payload = nullptr;  // null: free
    bool requesting = false;                      // holds the request channel
    bool responded = false;
    bool owes_end = false;           // the target waits for END_RESP
    sc_core::sc_time response_time;  // when the response is there
    sc_core::sc_event changed;
  };

  void wait_for_turn();
  Slot& take_slot(tlm::tlm_generic_payload& payload);
  Slot* find(const tlm::tlm_generic_payload& payload);
  void end_request(Slot& slot, const sc_core::sc_time& delay);
  void begin_response(Slot& slot, const sc_core::sc_time& delay, bool owes_end);

  const Forward forward_;
  const ResponseEnd response_end_;
  PayloadPool pool_;
  std::vector<std::unique_ptr<Slot>> slots_;

  // Requests take turns: a ticket each.
  std::uint64_t next_ticket_ = 0;
  std::uint64_t turn_ = 0;
  sc_core::sc_time request_end_;  // of the last request
  sc_core::sc_event turn_came_;
};

}  // namespace spinvp
