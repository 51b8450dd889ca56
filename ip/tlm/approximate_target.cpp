#include "ip/tlm/approximate_target.h"

#include <utility>

namespace spinvp {

ApproximateTarget::ApproximateTarget(sc_core::sc_module_name name, Transport transport, Backward backward,
                                     ApproximateTargetConfig config)
    : sc_module(name), transport_(std::move(transport)), backward_(std::move(backward)), config_(config) {}

void ApproximateTarget::before_end_of_elaboration() {
  SC_HAS_PROCESS(ApproximateTarget);
  if (config_.process == ApproximateTargetConfig::Process::Thread) {
    SC_THREAD(thread);
  } else {
    SC_METHOD(method);
  }
}

tlm::tlm_sync_enum ApproximateTarget::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                                      sc_core::sc_time& delay) {
  if (phase == tlm::END_RESP) {
    return end_response(payload, delay);
  }
  if (phase != tlm::BEGIN_REQ) {
    return tlm::TLM_ACCEPTED;
  }
  const bool held = payload.has_mm();
  if (held) {
    payload.acquire();
  }
  const bool idle = requests_.empty();
  const bool accepted = idle && config_.phases == ApproximateTargetConfig::Phases::Four;
  requests_.push_back({&payload, sc_core::sc_time_stamp() + delay, accepted, held});
  if (idle) {
    request_came_.notify(delay);
  }
  if (accepted) {
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  }
  return tlm::TLM_ACCEPTED;
}

void ApproximateTarget::thread() {
  while (true) {
    const Pause pause = advance();
    if (pause.event != nullptr) {
      wait(*pause.event);
    } else {
      wait(pause.time);
    }
  }
}

void ApproximateTarget::method() {
  const Pause pause = advance();
  if (pause.event != nullptr) {
    next_trigger(*pause.event);
  } else {
    next_trigger(pause.time);
  }
}

// Goes on until something has to be waited for.
ApproximateTarget::Pause ApproximateTarget::advance() {
  while (true) {
    Pause pause{};
    switch (state_) {
      case State::Idle:
        if (requests_.empty()) {
          return {&request_came_, {}};
        }
        pause = accept();
        break;
      case State::Accepting:
        pause = serve();
        break;
      default:
        pause = respond();
        break;
    }
    if (pause.event != nullptr || pause.time > sc_core::SC_ZERO_TIME) {
      return pause;
    }
  }
}

// A request whose initiator runs ahead is there later.
ApproximateTarget::Pause ApproximateTarget::accept() {
  state_ = State::Accepting;
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  const sc_core::sc_time begin = requests_.front().begin;
  return {nullptr, begin > now ? begin - now : sc_core::SC_ZERO_TIME};
}

ApproximateTarget::Pause ApproximateTarget::serve() {
  const Request request = requests_.front();
  if (config_.phases == ApproximateTargetConfig::Phases::Four && !request.accepted) {
    tlm::tlm_phase phase = tlm::END_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    backward_(*request.payload, phase, delay);
  }
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  transport_(*request.payload, delay);
  state_ = State::Serving;
  return {nullptr, delay};
}

ApproximateTarget::Pause ApproximateTarget::respond() {
  if (responding_ != nullptr) {
    return {&response_ended_, {}};
  }
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (response_end_ > now) {
    return {nullptr, response_end_ - now};
  }
  responding_ = requests_.front().payload;
  responding_held_ = requests_.front().held;
  requests_.pop_front();
  state_ = State::Idle;
  tlm::tlm_generic_payload* const payload = responding_;
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const tlm::tlm_sync_enum answer = backward_(*payload, phase, delay);
  const bool ended = answer == tlm::TLM_COMPLETED || (answer == tlm::TLM_UPDATED && phase == tlm::END_RESP);
  if (ended && responding_ == payload) {  // the initiator may have called END_RESP from inside
    finish_response(delay);
  }
  return {};
}

tlm::tlm_sync_enum ApproximateTarget::end_response(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) {
  if (responding_ != &payload) {
    return tlm::TLM_ACCEPTED;
  }
  finish_response(delay);
  response_ended_.notify(sc_core::SC_ZERO_TIME);
  return tlm::TLM_COMPLETED;
}

void ApproximateTarget::finish_response(const sc_core::sc_time& delay) {
  response_end_ = sc_core::sc_time_stamp() + delay;
  tlm::tlm_generic_payload* const ended = std::exchange(responding_, nullptr);
  if (responding_held_) {
    ended->release();
  }
}

}  // namespace spinvp
