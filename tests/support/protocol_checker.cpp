#include "tests/support/protocol_checker.h"

#include <algorithm>
#include <sstream>

namespace spinvp::test {
namespace {

/// Tests read the first few; a broken model breaks the same rule thousands of times.
constexpr std::size_t most_violations = 50;

/// Notices when time passes in a call.
class Instant {
 public:
  bool over() const { return time_ != sc_core::sc_time_stamp() || delta_ != sc_core::sc_delta_count(); }

 private:
  const sc_core::sc_time time_ = sc_core::sc_time_stamp();
  const sc_dt::uint64 delta_ = sc_core::sc_delta_count();
};

std::string text(const tlm::tlm_generic_payload& payload) {
  std::ostringstream out;
  out << (payload.is_read()    ? "read"
          : payload.is_write() ? "write"
                               : "ignore")
      << " of " << payload.get_data_length() << " bytes at 0x" << std::hex << payload.get_address() << " at "
      << sc_core::sc_time_stamp();
  return out.str();
}

std::string text(const tlm::tlm_phase& phase) {
  std::ostringstream out;
  out << phase;
  return out.str();
}

std::string text(tlm::tlm_sync_enum answer) {
  return answer == tlm::TLM_ACCEPTED ? "TLM_ACCEPTED" : answer == tlm::TLM_UPDATED ? "TLM_UPDATED" : "TLM_COMPLETED";
}

}  // namespace

void ProtocolRules::report(const char* rule, const std::string& what) {
  if (violations_.size() < most_violations) {
    violations_.push_back({rule, what});
  }
}

ProtocolRules::Snapshot ProtocolRules::snapshot(const tlm::tlm_generic_payload& payload) {
  Snapshot now{payload.get_command(),
               payload.get_address(),
               payload.get_data_ptr(),
               payload.get_data_length(),
               payload.get_byte_enable_ptr(),
               payload.get_byte_enable_length(),
               payload.get_streaming_width(),
               payload.get_response_status(),
               payload.is_dmi_allowed(),
               {},
               {},
               {},
               payload.has_mm()};
  if (now.enables != nullptr) {
    now.enable_bytes.assign(now.enables, now.enables + now.enable_length);
  }
  if (now.data != nullptr && (now.command == tlm::TLM_WRITE_COMMAND || now.enables != nullptr)) {
    now.bytes.assign(now.data, now.data + now.length);
  }
  for (unsigned i = 0; i < tlm::max_num_extensions(); ++i) {
    now.extensions.push_back(payload.get_extension(i));
  }
  return now;
}

void ProtocolRules::check_start(const tlm::tlm_generic_payload& payload) {
  const auto refuse_if = [&](bool wrong, const char* rule) {
    if (wrong) {
      report(rule, text(payload));
    }
  };
  const tlm::tlm_command command = payload.get_command();
  const bool ignored = command == tlm::TLM_IGNORE_COMMAND;
  refuse_if(!ignored && command != tlm::TLM_READ_COMMAND && command != tlm::TLM_WRITE_COMMAND, "command");
  refuse_if(payload.get_data_ptr() == nullptr && !ignored, "data-pointer");
  refuse_if(payload.get_data_length() == 0, "data-length");
  refuse_if(payload.get_streaming_width() == 0, "streaming-width");
  refuse_if(payload.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE, "response-at-start");
  refuse_if(payload.is_dmi_allowed(), "dmi-hint-at-start");
  const unsigned char* enables = payload.get_byte_enable_ptr();
  const auto is_enable = [](unsigned char byte) { return byte == TLM_BYTE_ENABLED || byte == TLM_BYTE_DISABLED; };
  refuse_if(enables != nullptr && (payload.get_byte_enable_length() == 0 ||
                                   !std::all_of(enables, enables + payload.get_byte_enable_length(), is_enable)),
            "byte-enable");
}

void ProtocolRules::check_kept(Snapshot& start, const tlm::tlm_generic_payload& payload, By by) {
  if (payload.get_command() != start.command || payload.get_data_ptr() != start.data ||
      payload.get_data_length() != start.length || payload.get_byte_enable_ptr() != start.enables ||
      payload.get_byte_enable_length() != start.enable_length ||
      payload.get_streaming_width() != start.streaming_width) {
    report("attribute-changed", text(payload));
  }
  const bool interconnect = by == By::Initiator ? ends_.initiator_is_interconnect : ends_.target_is_interconnect;
  if (payload.get_address() != start.address && !interconnect) {
    report("address-changed", text(payload));
  }
  start.address = payload.get_address();
  if (by == By::Initiator &&
      (payload.get_response_status() != start.response || payload.is_dmi_allowed() != start.dmi_hint)) {
    report("response-changed", text(payload));
  }
  start.response = payload.get_response_status();
  start.dmi_hint = payload.is_dmi_allowed();
  for (unsigned i = 0; i < start.extensions.size(); ++i) {
    tlm::tlm_extension_base* const was = start.extensions[i];
    if (payload.get_extension(i) != was && (was != nullptr || !start.managed)) {
      report("extension-changed", text(payload));
      break;
    }
  }
  check_data_kept(start);
}

void ProtocolRules::check_data_kept(const Snapshot& start) {
  const auto differs = [&](unsigned i) { return start.data[i] != start.bytes[i]; };
  bool changed = false;
  bool disabled_changed = false;
  for (unsigned i = 0; i < start.bytes.size(); ++i) {
    const bool disabled = !start.enable_bytes.empty() && start.enable_bytes[i % start.enable_length] == 0;
    changed = changed || (start.command == tlm::TLM_WRITE_COMMAND && differs(i));
    disabled_changed = disabled_changed || (start.command == tlm::TLM_READ_COMMAND && disabled && differs(i));
  }
  if (changed || !std::equal(start.enable_bytes.begin(), start.enable_bytes.end(), start.enables)) {
    report("data-changed", "at " + sc_core::sc_time_stamp().to_string());
  }
  if (disabled_changed) {
    report("disabled-byte-changed", "at " + sc_core::sc_time_stamp().to_string());
  }
}

// When the response is there, the target has said how it went.
void ProtocolRules::check_end(Snapshot& start, const tlm::tlm_generic_payload& payload) {
  check_kept(start, payload, By::Target);
  if (payload.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE) {
    report("response-missing", text(payload));
  }
}

void ProtocolRules::check_time(Transaction& transaction, const sc_core::sc_time& delay) {
  const sc_core::sc_time time = sc_core::sc_time_stamp() + delay;
  if (time < transaction.time) {
    report("time-decreased", "from " + transaction.time.to_string() + " to " + time.to_string());
  }
  transaction.time = time;
}

void ProtocolRules::check_reference(const tlm::tlm_generic_payload& payload) {
  if (payload.get_ref_count() < 1) {
    report("reference-count", text(payload));
  }
}

ProtocolRules::Transaction* ProtocolRules::find(const tlm::tlm_generic_payload& payload) {
  const auto found = alive_.find(&payload);
  return found == alive_.end() ? nullptr : &found->second;
}

void ProtocolRules::b_transport(tlm::tlm_fw_transport_if<>& target, tlm::tlm_generic_payload& payload,
                                sc_core::sc_time& delay) {
  ++traffic_.blocking;
  if (sc_core::sc_get_current_process_handle().proc_kind() == sc_core::SC_METHOD_PROC_) {
    report("method-blocks", text(payload));
  }
  check_start(payload);
  if (find(payload) != nullptr) {
    report("mixed-styles", text(payload));
  }
  if (!blocking_.insert(&payload).second) {
    report("reuse-while-alive", text(payload));
  }
  if (payload.has_mm()) {
    check_reference(payload);
  }
  Transaction transaction{snapshot(payload), State::Requesting, sc_core::sc_time_stamp() + delay};
  target.b_transport(payload, delay);
  check_time(transaction, delay);
  check_end(transaction.start, payload);
  blocking_.erase(&payload);
}

tlm::tlm_sync_enum ProtocolRules::forward(tlm::tlm_fw_transport_if<>& target, tlm::tlm_generic_payload& payload,
                                          tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  const Instant instant;
  tlm::tlm_sync_enum answer;
  if (phase == tlm::BEGIN_REQ) {
    answer = begin_request(target, payload, phase, delay);
  } else if (phase == tlm::END_RESP) {
    answer = end_response(target, payload, phase, delay);
  } else {
    report("phase-argument", text(phase) + " on the forward path");
    answer = target.nb_transport_fw(payload, phase, delay);
  }
  if (instant.over()) {
    report("time-passed", "in nb_transport_fw");
  }
  return answer;
}

tlm::tlm_sync_enum ProtocolRules::begin_request(tlm::tlm_fw_transport_if<>& target, tlm::tlm_generic_payload& payload,
                                                tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  ++traffic_.requests;
  if (!payload.has_mm()) {
    report("memory-manager", text(payload));
  } else {
    check_reference(payload);
  }
  if (find(payload) != nullptr) {
    report("reuse-while-alive", text(payload));
  }
  if (blocking_.count(&payload) != 0) {
    report("mixed-styles", text(payload));
  }
  check_start(payload);
  if (requesting_ != nullptr) {
    report("request-exclusion", text(payload));
  }
  requesting_ = &payload;
  alive_[&payload] = {snapshot(payload), State::Requesting, sc_core::sc_time_stamp() + delay};
  const sc_core::sc_time called = delay;
  const tlm::tlm_sync_enum answer = target.nb_transport_fw(payload, phase, delay);
  if (answer == tlm::TLM_ACCEPTED) {
    if (phase != tlm::BEGIN_REQ || delay != called) {
      report("accepted-changed", "phase or time of BEGIN_REQ");
    }
    return answer;
  }
  Transaction* const transaction = find(payload);
  if (transaction == nullptr || transaction->state == State::Responding) {  // it was answered from inside as well
    report("phase-order", text(answer) + " returned of a transaction that has been answered");
    return answer;
  }
  check_time(*transaction, delay);
  if (answer == tlm::TLM_UPDATED && phase == tlm::END_REQ) {
    check_kept(transaction->start, payload, By::Target);
    end_request(payload, *transaction);
  } else if (answer == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP) {
    begin_response(payload, *transaction);
  } else if (answer == tlm::TLM_COMPLETED) {
    end_request(payload, *transaction);
    check_end(transaction->start, payload);
    forget(payload);
  } else {
    report("return-value", text(answer) + " with " + text(phase) + " to BEGIN_REQ");
  }
  return answer;
}

tlm::tlm_sync_enum ProtocolRules::end_response(tlm::tlm_fw_transport_if<>& target, tlm::tlm_generic_payload& payload,
                                               tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  Transaction* const transaction = find(payload);
  if (transaction == nullptr || transaction->state != State::Responding) {
    report("phase-order", "END_RESP without a response: " + text(payload));
    return target.nb_transport_fw(payload, phase, delay);
  }
  check_reference(payload);
  check_time(*transaction, delay);
  check_kept(transaction->start, payload, By::Initiator);
  forget(payload);
  const tlm::tlm_sync_enum answer = target.nb_transport_fw(payload, phase, delay);
  if (answer == tlm::TLM_UPDATED) {
    report("return-value", "TLM_UPDATED to END_RESP");
  }
  return answer;
}

tlm::tlm_sync_enum ProtocolRules::backward(tlm::tlm_bw_transport_if<>& initiator, tlm::tlm_generic_payload& payload,
                                           tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  const Instant instant;
  Transaction* transaction = find(payload);
  const tlm::tlm_phase called_phase = phase;
  const sc_core::sc_time called = delay;
  if (phase != tlm::END_REQ && phase != tlm::BEGIN_RESP) {
    report("phase-argument", text(phase) + " on the backward path");
  } else if (transaction == nullptr || transaction->state == State::Responding ||
             (phase == tlm::END_REQ && transaction->state == State::Requested)) {
    report("phase-order", text(phase) + " of " + text(payload));
    transaction = nullptr;
  } else {
    check_reference(payload);
    check_time(*transaction, delay);
    if (phase == tlm::END_REQ) {
      check_kept(transaction->start, payload, By::Target);
      end_request(payload, *transaction);
    } else {
      begin_response(payload, *transaction);
    }
  }
  const tlm::tlm_sync_enum answer = initiator.nb_transport_bw(payload, phase, delay);
  const bool ends = called_phase == tlm::BEGIN_RESP &&
                    (answer == tlm::TLM_COMPLETED || (answer == tlm::TLM_UPDATED && phase == tlm::END_RESP));
  if (answer == tlm::TLM_ACCEPTED) {
    if (phase != called_phase || delay != called) {
      report("accepted-changed", "phase or time of " + text(called_phase));
    }
  } else if (!ends) {
    report("return-value", text(answer) + " with " + text(phase) + " to " + text(called_phase));
  } else if (transaction != nullptr && find(payload) == nullptr) {  // END_RESP was called from inside as well
    report("phase-order", text(answer) + " returned of a response that has ended");
  } else if (transaction != nullptr) {
    check_time(*transaction, delay);
    check_kept(transaction->start, payload, By::Initiator);
    forget(payload);
  }
  if (instant.over()) {
    report("time-passed", "in nb_transport_bw");
  }
  return answer;
}

void ProtocolRules::end_request(const tlm::tlm_generic_payload& payload, Transaction& transaction) {
  transaction.state = State::Requested;
  if (requesting_ == &payload) {
    requesting_ = nullptr;
  }
}

void ProtocolRules::begin_response(const tlm::tlm_generic_payload& payload, Transaction& transaction) {
  end_request(payload, transaction);
  transaction.state = State::Responding;
  if (responding_ != nullptr) {
    report("response-exclusion", text(payload));
  }
  responding_ = &payload;
  check_end(transaction.start, payload);
}

void ProtocolRules::forget(const tlm::tlm_generic_payload& payload) {
  ++traffic_.completed;
  if (responding_ == &payload) {
    responding_ = nullptr;
  }
  alive_.erase(&payload);
}

unsigned ProtocolRules::transport_dbg(tlm::tlm_fw_transport_if<>& target, tlm::tlm_generic_payload& payload) {
  ++traffic_.debug;
  const Instant instant;
  Snapshot before = snapshot(payload);
  const unsigned moved = target.transport_dbg(payload);
  if (moved > payload.get_data_length()) {
    report("debug-length", std::to_string(moved) + " bytes moved: " + text(payload));
  }
  before.bytes.resize(before.command == tlm::TLM_WRITE_COMMAND ? before.bytes.size() : 0);  // enables do not count
  check_kept(before, payload, By::Target);
  if (instant.over()) {
    report("time-passed", "in transport_dbg");
  }
  return moved;
}

bool ProtocolRules::get_direct_mem_ptr(tlm::tlm_fw_transport_if<>& target, tlm::tlm_generic_payload& payload,
                                       tlm::tlm_dmi& dmi) {
  ++traffic_.direct;
  const Instant instant;
  const std::uint64_t address = payload.get_address();
  const bool granted = target.get_direct_mem_ptr(payload, dmi);
  if (payload.get_address() != address && !ends_.target_is_interconnect) {
    report("dmi-address", text(payload));
  }
  if (dmi.get_start_address() > dmi.get_end_address() || address < dmi.get_start_address() ||
      address > dmi.get_end_address()) {
    report("dmi-range", text(payload));
  }
  if (granted && dmi.get_dmi_ptr() == nullptr) {
    report("dmi-pointer", text(payload));
  }
  if (granted && !(payload.is_read() ? dmi.is_read_allowed() : dmi.is_write_allowed())) {
    report("dmi-access", text(payload));
  }
  if (instant.over()) {
    report("time-passed", "in get_direct_mem_ptr");
  }
  return granted;
}

void ProtocolRules::invalidate(tlm::tlm_bw_transport_if<>& initiator, sc_dt::uint64 first, sc_dt::uint64 last) {
  ++traffic_.invalidations;
  if (first > last) {
    report("invalidation-range", std::to_string(first) + " to " + std::to_string(last));
  }
  initiator.invalidate_direct_mem_ptr(first, last);
}

}  // namespace spinvp::test
