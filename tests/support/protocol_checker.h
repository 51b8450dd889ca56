#pragma once

#include <tlm_utils/passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <string>
#include <systemc>
#include <tlm>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace spinvp::test {

/// A rule of the base protocol (IEEE 1666, TLM-2.0) that was broken.
struct Violation {
  std::string rule;  ///< one of the names below
  std::string what;
};

/// Which ends of a link pass transactions on: these alone may change addresses.
struct LinkEnds {
  bool initiator_is_interconnect = false;
  bool target_is_interconnect = false;
};

/// Judges what passes between one initiator and one target. The rules, by name:
///
/// as a transaction begins
///   command, data-pointer, data-length, streaming-width, byte-enable   attributes that mean nothing
///   response-at-start, dmi-hint-at-start   not INCOMPLETE, not false
///   memory-manager, reference-count   non-blocking transactions have a manager and are held by somebody
///   reuse-while-alive, mixed-styles   a payload is in one transaction at a time, in one style
///   method-blocks   b_transport is called by threads
/// while it lives
///   attribute-changed, address-changed, data-changed, disabled-byte-changed, extension-changed   by whom it must not
///   response-changed   by the initiator, which also leaves the DMI hint alone
///   phase-argument, phase-order, return-value, accepted-changed   what the table of phase transitions does not have
///   request-exclusion, response-exclusion   one of each at a time
///   time-decreased   the effective time of successive calls and returns
///   time-passed   in a call that must not wait
///   response-missing   INCOMPLETE as it ends
/// beside transactions
///   debug-length, dmi-address, dmi-range, dmi-access, dmi-pointer, invalidation-range
class ProtocolRules {
 public:
  /// What has passed, so that tests can tell silence from obedience.
  struct Traffic {
    std::uint64_t blocking = 0;
    std::uint64_t requests = 0;  ///< non-blocking
    std::uint64_t completed = 0;
    std::uint64_t debug = 0;
    std::uint64_t direct = 0;
    std::uint64_t invalidations = 0;
  };

  explicit ProtocolRules(LinkEnds ends) : ends_(ends) {}

  const std::vector<Violation>& violations() const { return violations_; }
  const Traffic& traffic() const { return traffic_; }
  /// Transactions that have not ended.
  std::size_t alive() const { return alive_.size() + blocking_.size(); }

  // Passes a call on and judges it before and after.
  void b_transport(tlm::tlm_fw_transport_if<>& target, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  tlm::tlm_sync_enum forward(tlm::tlm_fw_transport_if<>& target, tlm::tlm_generic_payload& payload,
                             tlm::tlm_phase& phase, sc_core::sc_time& delay);
  tlm::tlm_sync_enum backward(tlm::tlm_bw_transport_if<>& initiator, tlm::tlm_generic_payload& payload,
                              tlm::tlm_phase& phase, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_fw_transport_if<>& target, tlm::tlm_generic_payload& payload);
  bool get_direct_mem_ptr(tlm::tlm_fw_transport_if<>& target, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  void invalidate(tlm::tlm_bw_transport_if<>& initiator, sc_dt::uint64 first, sc_dt::uint64 last);

 private:
  struct Snapshot {
    tlm::tlm_command command;
    std::uint64_t address;
    unsigned char* data;
    unsigned length;
    unsigned char* enables;
    unsigned enable_length;
    unsigned streaming_width;
    tlm::tlm_response_status response;
    bool dmi_hint;
    std::vector<unsigned char> bytes;  // of data, where they must stay
    std::vector<unsigned char> enable_bytes;
    std::vector<tlm::tlm_extension_base*> extensions;
    bool managed;
  };
  enum class State { Requesting, Requested, Responding };
  struct Transaction {
    Snapshot start;
    State state = State::Requesting;
    sc_core::sc_time time;  // effective, of the last call or return
  };
  /// Whose doing a change is.
  enum class By { Initiator, Target };

  void report(const char* rule, const std::string& what);
  static Snapshot snapshot(const tlm::tlm_generic_payload& payload);
  void check_start(const tlm::tlm_generic_payload& payload);
  void check_kept(Snapshot& start, const tlm::tlm_generic_payload& payload, By by);
  void check_data_kept(const Snapshot& start);
  void check_end(Snapshot& start, const tlm::tlm_generic_payload& payload);
  void check_time(Transaction& transaction, const sc_core::sc_time& delay);
  void check_reference(const tlm::tlm_generic_payload& payload);
  tlm::tlm_sync_enum begin_request(tlm::tlm_fw_transport_if<>& target, tlm::tlm_generic_payload& payload,
                                   tlm::tlm_phase& phase, sc_core::sc_time& delay);
  tlm::tlm_sync_enum end_response(tlm::tlm_fw_transport_if<>& target, tlm::tlm_generic_payload& payload,
                                  tlm::tlm_phase& phase, sc_core::sc_time& delay);
  void end_request(const tlm::tlm_generic_payload& payload, Transaction& transaction);
  void begin_response(const tlm::tlm_generic_payload& payload, Transaction& transaction);
  void forget(const tlm::tlm_generic_payload& payload);
  Transaction* find(const tlm::tlm_generic_payload& payload);

  const LinkEnds ends_;
  std::vector<Violation> violations_;
  Traffic traffic_;
  std::unordered_map<const tlm::tlm_generic_payload*, Transaction> alive_;  // non-blocking
  std::unordered_set<const tlm::tlm_generic_payload*> blocking_;
  const tlm::tlm_generic_payload* requesting_ = nullptr;  // between BEGIN_REQ and its end
  const tlm::tlm_generic_payload* responding_ = nullptr;  // between BEGIN_RESP and END_RESP
};

/// Stands between an initiator's and a target's socket and reports which rules either breaks. It changes nothing.
///
///     initiator.bind(checker.target);
///     checker.initiator.bind(target);
///     ...
///     CHECK(checker.complaints() == "");
template <unsigned Bits = 32>
class ProtocolChecker : public sc_core::sc_module {
 public:
  tlm_utils::passthrough_target_socket<ProtocolChecker, Bits> target{"target"};
  tlm_utils::simple_initiator_socket<ProtocolChecker, Bits> initiator{"initiator"};

  explicit ProtocolChecker(sc_core::sc_module_name name, LinkEnds ends = {}) : sc_module(name), rules_(ends) {
    target.register_b_transport(this, &ProtocolChecker::b_transport);
    target.register_nb_transport_fw(this, &ProtocolChecker::forward);
    target.register_transport_dbg(this, &ProtocolChecker::transport_dbg);
    target.register_get_direct_mem_ptr(this, &ProtocolChecker::get_direct_mem_ptr);
    initiator.register_nb_transport_bw(this, &ProtocolChecker::backward);
    initiator.register_invalidate_direct_mem_ptr(this, &ProtocolChecker::invalidate);
  }

  const ProtocolRules& rules() const { return rules_; }
  /// The violations, one a line, and transactions that never ended; empty when all is well.
  std::string complaints() const {
    std::string all;
    for (const Violation& violation : rules_.violations()) {
      all += violation.rule + ": " + violation.what + "\n";
    }
    return rules_.alive() == 0 ? all : all + std::to_string(rules_.alive()) + " transactions have not ended\n";
  }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    rules_.b_transport(*initiator.operator->(), payload, delay);
  }
  tlm::tlm_sync_enum forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    return rules_.forward(*initiator.operator->(), payload, phase, delay);
  }
  tlm::tlm_sync_enum backward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    return rules_.backward(*target.operator->(), payload, phase, delay);
  }
  unsigned transport_dbg(tlm::tlm_generic_payload& payload) {
    return rules_.transport_dbg(*initiator.operator->(), payload);
  }
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
    return rules_.get_direct_mem_ptr(*initiator.operator->(), payload, dmi);
  }
  void invalidate(sc_dt::uint64 first, sc_dt::uint64 last) { rules_.invalidate(*target.operator->(), first, last); }

  ProtocolRules rules_;
};

}  // namespace spinvp::test
