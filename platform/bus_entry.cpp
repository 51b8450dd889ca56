#include "platform/bus_entry.h"

#include <algorithm>
#include <utility>

namespace spinvp::platform {
namespace {

bool in_thread() {
  const sc_core::sc_curr_proc_kind kind = sc_core::sc_get_current_process_handle().proc_kind();
  return kind == sc_core::SC_THREAD_PROC_ || kind == sc_core::SC_CTHREAD_PROC_;
}

}  // namespace

class BusEntry::Caller {
 public:
  Caller(BusEntry& entry, BusRequest& request) : entry_(entry), request_(request) {
    request_.blocking = true;
    entry_.incoming_.push(request_);
    entry_.run();
  }
  ~Caller() {
    const bool is_incoming =
        entry_.incoming_.take([&](const BusRequest& other) { return &other == &request_; }) != nullptr;
    if (!is_incoming) {
      if (!released_) {
        entry_.lanes_[request_.lane]->withdraw(request_);
      }
      --entry_.outstanding_;
      entry_.wake_.notify(sc_core::SC_ZERO_TIME);
    }
    entry_.pool_.give(request_);
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  void wait_for_turn() {
    while (!request_.granted) {
      sc_core::wait(request_.change);
    }
  }
  void call(sc_core::sc_time& delay) {
    entry_.lanes_[request_.lane]->call(request_, delay);
    entry_.lanes_[request_.lane]->release(request_, delay);
    released_ = true;
  }

 private:
  BusEntry& entry_;
  BusRequest& request_;
  bool released_ = false;
};

BusEntry::BusEntry(sc_core::sc_module_name name, const Config& config, const AddressMap& map,
                   const std::vector<std::unique_ptr<BusLane>>& lanes, BusInitiator& account,
                   tlm::tlm_bw_transport_if<>& initiator)
    : sc_module(name), config_(config), map_(map), lanes_(lanes), account_(account), initiator_(initiator) {
  SC_HAS_PROCESS(BusEntry);
  SC_METHOD(run);
  sensitive << wake_;
  dont_initialize();
}

tlm::tlm_sync_enum BusEntry::forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) {
  if (phase == tlm::BEGIN_REQ) {
    return begin_request(payload, phase, delay);
  }
  if (phase == tlm::END_RESP) {
    end_response(payload, delay);
    return tlm::TLM_COMPLETED;
  }
  return tlm::TLM_ACCEPTED;
}

tlm::tlm_sync_enum BusEntry::begin_request(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                           sc_core::sc_time& delay) {
  BusRequest* const request = request_of(payload);
  if (request == nullptr) {
    delay += config_.latency;
    return tlm::TLM_COMPLETED;
  }
  if (payload.has_mm()) {
    payload.acquire();
  }
  request->blocking = false;
  request->since += delay;
  if (delay == sc_core::SC_ZERO_TIME && incoming_.empty() && has_room()) {
    admit(*request);
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  }
  incoming_.push(*request);
  if (delay > sc_core::SC_ZERO_TIME) {
    wake_.notify(delay);
  }
  return tlm::TLM_ACCEPTED;
}

BusRequest* BusEntry::request_of(tlm::tlm_generic_payload& payload) {
  ++account_.traffic.transactions;
  const std::uint64_t address = payload.get_address();
  const std::uint64_t length = std::min(payload.get_data_length(), payload.get_streaming_width());
  const std::optional<std::size_t> region = map_.find(address);
  if (!region || !map_[*region].holds(address, length) || !lanes_[*region]->is_connected()) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return nullptr;
  }
  BusRequest& request = pool_.take();
  request.payload = &payload;
  request.address = address;
  request.length = length;
  request.entry = this;
  request.lane = *region;
  request.since = sc_core::sc_time_stamp();
  return &request;
}

void BusEntry::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (!in_thread()) {
    call_at_once(payload, delay);
    return;
  }
  if (delay > sc_core::SC_ZERO_TIME) {
    sc_core::wait(std::exchange(delay, sc_core::SC_ZERO_TIME));
  }
  BusRequest* const request = request_of(payload);
  if (request == nullptr) {
    delay += config_.latency;
    return;
  }
  Caller caller(*this, *request);
  caller.wait_for_turn();
  caller.call(delay);
  account_.answered(payload, request->address, request->length);
  sc_core::wait(std::exchange(delay, sc_core::SC_ZERO_TIME) + config_.latency);
}

void BusEntry::call_at_once(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (BusRequest* const request = request_of(payload)) {
    lanes_[request->lane]->call(*request, delay);
    account_.answered(payload, request->address, request->length);
    pool_.give(*request);
  }
  delay += config_.latency;
}

// Requests come in as soon as there is room for them, responses go out one at a time.
void BusEntry::run() {
  while (delivered_ == nullptr && !responses_.empty()) {
    deliver(responses_.pop());
  }
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  while (!incoming_.empty() && has_room() && incoming_.front().since <= now) {
    BusRequest& request = incoming_.pop();
    admit(request);
    if (!request.blocking) {
      tlm::tlm_phase phase = tlm::END_REQ;
      sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
      initiator_.nb_transport_bw(*request.payload, phase, delay);
    }
  }
  if (!incoming_.empty() && incoming_.front().since > now) {
    wake_.notify(incoming_.front().since - now);
  }
}

void BusEntry::admit(BusRequest& request) {
  ++outstanding_;
  lanes_[request.lane]->enqueue(request, config_.index);
}

void BusEntry::count_waiting(BusRequest& request) {
  add_waiting(request, sc_core::sc_time_stamp() - request.since);
}

void BusEntry::respond(BusRequest& request) {
  account_.answered(*request.payload, request.address, request.length);
  if (delivered_ == nullptr && responses_.empty()) {
    deliver(request);
  } else {
    responses_.push(request);
  }
}

void BusEntry::deliver(BusRequest& request) {
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  const sc_core::sc_time unhindered = request.since + config_.latency;
  const sc_core::sc_time begin = std::max({unhindered, response_end_, now});
  sc_core::sc_time delay = begin - now;
  add_waiting(request, begin - unhindered);
  delivered_ = &request;
  tlm::tlm_generic_payload& payload = *request.payload;  // the request may be another's after the call
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  if (initiator_.nb_transport_bw(payload, phase, delay) != tlm::TLM_ACCEPTED) {
    end_response(payload, delay);
  }
}

void BusEntry::end_response(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) {
  if (delivered_ != nullptr && delivered_->payload == &payload) {
    response_end_ = sc_core::sc_time_stamp() + delay;
    finish(*std::exchange(delivered_, nullptr));
  }
}

void BusEntry::finish(BusRequest& request) {
  --outstanding_;
  if (request.payload->has_mm()) {
    request.payload->release();
  }
  pool_.give(request);
  if (!responses_.empty() || !incoming_.empty()) {
    wake_.notify(sc_core::SC_ZERO_TIME);
  }
}

void BusEntry::add_waiting(BusRequest& request, const sc_core::sc_time& time) {
  if (time > sc_core::SC_ZERO_TIME) {
    account_.traffic.waiting += time;
    account_.traffic.delayed += request.has_waited ? 0 : 1;
    request.has_waited = true;
  }
}

}  // namespace spinvp::platform
