#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <systemc>
#include <tlm>

namespace spinvp {

struct ApproximateTargetConfig {
  /// Who runs the blocking function: a method process costs less, and the function must never wait.
  enum class Process { Thread, Method } process = Process::Thread;
  /// How a request ends: END_REQ (returned when the target is idle, else called when it has time), or with the
  /// response.
  enum class Phases { Four, Two } phases = Phases::Four;
};

/// Makes a target of the approximately-timed base protocol from the blocking function of a loosely-timed one. The
/// function serves one request after the other, in the order of their arrival; a request that comes meanwhile gets its
/// END_REQ when its turn comes, and so holds its initiator back. The response begins when the function's time has
/// passed and the response before has ended; the next request may be served while it waits for its end.
///
///     socket.register_nb_transport_fw(this, &Owner::forward);   // calls approximate_.nb_transport_fw(...)
///     ApproximateTarget approximate_{"approximate", function, [this](auto& payload, auto& phase, auto& time) {
///                                      return socket->nb_transport_bw(payload, phase, time); }};
///
/// An initiator that breaks the exclusion of requests is served all the same; phases that do not belong to a
/// transaction are answered TLM_ACCEPTED and change nothing. So is one whose payloads have no memory manager: it has to
/// keep them until the response has ended.
class ApproximateTarget : public sc_core::sc_module {
 public:
  using Transport = std::function<void(tlm::tlm_generic_payload&, sc_core::sc_time&)>;
  using Backward = std::function<tlm::tlm_sync_enum(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&)>;

  ApproximateTarget(sc_core::sc_module_name name, Transport transport, Backward backward,
                    ApproximateTargetConfig config = {});

  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);

 private:
  /// Makes the process: in a constructor it would outlive a module that is destroyed before the simulation begins.
  void before_end_of_elaboration() override;

  struct Request {
    tlm::tlm_generic_payload* payload;
    sc_core::sc_time begin;  // when it is there
    bool accepted;           // END_REQ has been returned
    bool held;               // by us: it has a memory manager
  };
  enum class State { Idle, Accepting, Serving, Responding };

  /// What the process has to wait for.
  struct Pause {
    const sc_core::sc_event* event;  // null: `time`
    sc_core::sc_time time;
  };

  Pause advance();
  Pause accept();
  Pause serve();
  Pause respond();
  tlm::tlm_sync_enum end_response(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay);
  void finish_response(const sc_core::sc_time& delay);
  void thread();
  void method();

  const Transport transport_;
  const Backward backward_;
  const ApproximateTargetConfig config_;

  std::deque<Request> requests_;  // the front one is being served
  State state_ = State::Idle;
  tlm::tlm_generic_payload* responding_ = nullptr;  // between BEGIN_RESP and END_RESP
  bool responding_held_ = false;
  sc_core::sc_time response_end_;  // of the last response
  sc_core::sc_event request_came_;
  sc_core::sc_event response_ended_;
};

}  // namespace spinvp
