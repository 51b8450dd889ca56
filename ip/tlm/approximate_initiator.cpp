#include "ip/tlm/approximate_initiator.h"

#include <utility>

namespace spinvp {

ApproximateInitiator::ApproximateInitiator(Forward forward, ResponseEnd response_end)
    : forward_(std::move(forward)), response_end_(response_end) {}

void ApproximateInitiator::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  sc_assert(payload.has_mm());
  if (delay > sc_core::SC_ZERO_TIME) {
    sc_core::wait(std::exchange(delay, sc_core::SC_ZERO_TIME));
  }
  wait_for_turn();
  Slot& slot = take_slot(payload);
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  const tlm::tlm_sync_enum answer = forward_(payload, phase, delay);
  if (answer == tlm::TLM_COMPLETED) {
    begin_response(slot, delay, false);
  } else if (answer == tlm::TLM_UPDATED && phase == tlm::END_REQ) {
    end_request(slot, delay);
  } else if (answer == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP) {
    begin_response(slot, delay, true);
  }
  while (!slot.responded) {
    sc_core::wait(slot.changed);
  }
  delay = slot.response_time - sc_core::sc_time_stamp();
  if (slot.owes_end) {
    if (delay > sc_core::SC_ZERO_TIME) {
      sc_core::wait(std::exchange(delay, sc_core::SC_ZERO_TIME));
    }
    phase = tlm::END_RESP;
    sc_core::sc_time ending = sc_core::SC_ZERO_TIME;
    forward_(payload, phase, ending);
  }
  slot.payload = nullptr;
}

tlm::tlm_sync_enum ApproximateInitiator::nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                                         sc_core::sc_time& delay) {
  Slot* const slot = find(payload);
  if (slot == nullptr || slot->responded) {
    return tlm::TLM_ACCEPTED;
  }
  if (phase == tlm::END_REQ) {
    end_request(*slot, delay);
    return tlm::TLM_ACCEPTED;
  }
  if (phase != tlm::BEGIN_RESP) {
    return tlm::TLM_ACCEPTED;
  }
  begin_response(*slot, delay, response_end_ == ResponseEnd::Call);
  slot->changed.notify(sc_core::SC_ZERO_TIME);
  if (response_end_ == ResponseEnd::Call) {
    return tlm::TLM_ACCEPTED;
  }
  if (response_end_ == ResponseEnd::Completed) {
    return tlm::TLM_COMPLETED;
  }
  phase = tlm::END_RESP;
  return tlm::TLM_UPDATED;
}

void ApproximateInitiator::wait_for_turn() {
  const std::uint64_t ticket = next_ticket_++;
  while (ticket != turn_) {
    sc_core::wait(turn_came_);
  }
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (request_end_ > now) {
    sc_core::wait(request_end_ - now);
  }
}

ApproximateInitiator::Slot& ApproximateInitiator::take_slot(tlm::tlm_generic_payload& payload) {
  Slot* free = nullptr;
  for (const auto& slot : slots_) {
    if (slot->payload == nullptr) {
      free = slot.get();
      break;
    }
  }
  if (free == nullptr) {
    slots_.push_back(std::make_unique<Slot>());
    free = slots_.back().get();
  }
  free->payload = &payload;
  free->requesting = true;
  free->responded = false;
  free->owes_end = false;
  return *free;
}

ApproximateInitiator::Slot* ApproximateInitiator::find(const tlm::tlm_generic_payload& payload) {
  for (const auto& slot : slots_) {
    if (slot->payload == &payload) {
      return slot.get();
    }
  }
  return nullptr;
}

// The next request may begin when this one has ended, which may be announced ahead of time.
void ApproximateInitiator::end_request(Slot& slot, const sc_core::sc_time& delay) {
  if (slot.requesting) {
    slot.requesting = false;
    request_end_ = sc_core::sc_time_stamp() + delay;
    ++turn_;
    turn_came_.notify(sc_core::SC_ZERO_TIME);
  }
}

// A response ends a request whose end was not told.
void ApproximateInitiator::begin_response(Slot& slot, const sc_core::sc_time& delay, bool owes_end) {
  end_request(slot, delay);
  slot.responded = true;
  slot.owes_end = owes_end;
  slot.response_time = sc_core::sc_time_stamp() + delay;
}

}  // namespace spinvp
