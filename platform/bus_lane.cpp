#include "platform/bus_lane.h"

#include <algorithm>

#include "platform/bus_entry.h"

namespace spinvp::platform {

BusLane::BusLane(sc_core::sc_module_name name, const Config& config)
    : sc_module(name), config_(config), waiting_(config.initiators), last_(config.initiators - 1) {
  SC_HAS_PROCESS(BusLane);
  SC_METHOD(run);
  sensitive << wake_;
  dont_initialize();
}

void BusLane::enqueue(BusRequest& request, std::size_t initiator) {
  waiting_[initiator].push(request);
  ++waiting_count_;
  // In the next delta cycle: whoever asks in this one has the same chance.
  if (occupant_ == nullptr) {
    schedule();
  }
}

void BusLane::run() {
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  while (!responses_.empty() && responses_.front().since <= now) {
    end_response(responses_.pop());
  }
  if (has_waiting() && occupant_ == nullptr && free_at_ <= now) {
    grant(pick());
  }
  schedule();
}

// The event takes the earliest of what it is told.
void BusLane::schedule() {
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (!responses_.empty()) {
    wake_.notify(std::max(responses_.front().since, now) - now);
  }
  if (has_waiting() && occupant_ == nullptr) {
    wake_.notify(std::max(free_at_, now) - now);
  }
}

BusRequest& BusLane::pick() {
  const std::size_t count = waiting_.size();
  std::size_t index = config_.arbitration == BusArbitration::RoundRobin ? (last_ + 1) % count : 0;
  while (waiting_[index].empty()) {
    index = (index + 1) % count;
  }
  last_ = index;
  --waiting_count_;
  return waiting_[index].pop();
}

void BusLane::grant(BusRequest& request) {
  request.entry->count_waiting(request);
  request.granted = true;
  occupant_ = &request;
  free_at_ = sc_core::sc_time_stamp() + occupancy(request);
  if (request.blocking) {
    request.change.notify(sc_core::SC_ZERO_TIME);
  } else {
    send(request);
  }
}

void BusLane::send(BusRequest& request) {
  in_flight_.push(request);
  request.payload->set_address(request.address - config_.base);
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const tlm::tlm_sync_enum answer = target_->nb_transport_fw(*request.payload, phase, delay);
  if (answer == tlm::TLM_COMPLETED) {
    begin_response(*request.payload, delay, false);
  } else if (answer == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP) {
    begin_response(*request.payload, delay, true);
  } else if (answer == tlm::TLM_UPDATED && phase == tlm::END_REQ) {
    end_request(*request.payload, delay);
  }
}

// Phases of no transaction of ours change nothing.
tlm::tlm_sync_enum BusLane::backward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) {
  if (phase == tlm::END_REQ) {
    end_request(payload, delay);
  } else if (phase == tlm::BEGIN_RESP) {
    begin_response(payload, delay, true);
  }
  schedule();
  return tlm::TLM_ACCEPTED;
}

void BusLane::end_request(const tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) {
  if (occupant_ != nullptr && occupant_->payload == &payload) {
    occupant_ = nullptr;
    free_at_ = std::max(free_at_, sc_core::sc_time_stamp() + delay);
  }
}

// A response also ends a request whose end was not told.
void BusLane::begin_response(const tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay, bool owes_end) {
  end_request(payload, delay);
  if (BusRequest* const request = in_flight_.take([&](const BusRequest& other) { return other.payload == &payload; })) {
    request->since = sc_core::sc_time_stamp() + delay;
    request->owes_end = owes_end;
    responses_.push(*request);
  }
}

// The response now belongs to the bus, which holds it until the initiator has time for it.
void BusLane::end_response(BusRequest& request) {
  if (request.owes_end) {
    tlm::tlm_phase phase = tlm::END_RESP;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    target_->nb_transport_fw(*request.payload, phase, delay);
  }
  request.payload->set_address(request.address);
  request.entry->respond(request);
}

void BusLane::call(BusRequest& request, sc_core::sc_time& delay) {
  request.payload->set_address(request.address - config_.base);
  target_->b_transport(*request.payload, delay);
  request.payload->set_address(request.address);
}

void BusLane::release(BusRequest& request, const sc_core::sc_time& delay) {
  end_request(*request.payload, delay);
  schedule();
}

void BusLane::withdraw(BusRequest& request) {
  if (request.granted) {
    request.payload->set_address(request.address);
    release(request, sc_core::SC_ZERO_TIME);
    return;
  }
  for (BusQueue& queue : waiting_) {
    if (queue.take([&](const BusRequest& other) { return &other == &request; }) != nullptr) {
      --waiting_count_;
    }
  }
}

sc_core::sc_time BusLane::occupancy(const BusRequest& request) const {
  const std::uint64_t beats = (request.length + config_.beat_bytes - 1) / config_.beat_bytes;
  return sc_core::sc_time::from_value(config_.beat_latency.value() * beats);
}

}  // namespace spinvp::platform
