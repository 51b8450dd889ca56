#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <systemc>
#include <tlm>

namespace spinvp::platform {

struct MemoryConfig {
  std::uint64_t size = 0;           ///< bytes
  bool read_only = false;           ///< writes get TLM_COMMAND_ERROR_RESPONSE
  sc_core::sc_time access_latency;  ///< once a transaction
  sc_core::sc_time beat_latency;    ///< for each started beat: a burst costs by its length
  std::uint32_t beat_bytes = 8;
};

/// Plain memory, zero at the start, with direct memory pointers; byte enables and streaming are served. Debug accesses
/// of a read-only memory read only.
///
/// It has one port. Approximately timed it serves one transaction after the other: a request that comes before the last
/// response has ended waits, without END_REQ. Loosely timed, whoever calls has to see to that. A transaction takes the
/// same time in both styles. A byte of direct memory takes a quarter of a word's transaction.
///
/// Errors: TLM_ADDRESS_ERROR_RESPONSE beyond the end, TLM_BURST_ERROR_RESPONSE for a length or a streaming width of 0,
/// TLM_BYTE_ENABLE_ERROR_RESPONSE for byte enables of length 0, TLM_COMMAND_ERROR_RESPONSE for writes where it is
/// read-only, TLM_GENERIC_ERROR_RESPONSE without data. An error takes no time.
class Memory : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Memory> socket{"socket"};

  /// InputError when the size or the beat is 0 or the host has not that much memory.
  Memory(sc_core::sc_module_name name, const MemoryConfig& config);

  std::uint8_t* data() { return bytes_.get(); }
  const std::uint8_t* data() const { return bytes_.get(); }
  std::uint64_t size() const { return config_.size; }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);

  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  void end_response(const sc_core::sc_time& delay);

  /// Serves the payload at once; how long that takes.
  sc_core::sc_time serve(tlm::tlm_generic_payload& payload);
  void copy(tlm::tlm_generic_payload& payload);
  tlm::tlm_response_status check(const tlm::tlm_generic_payload& payload) const;
  sc_core::sc_time latency(std::uint64_t length) const;

  struct Free {
    void operator()(std::uint8_t* bytes) const { std::free(bytes); }
  };

  MemoryConfig config_;
  /// A request that came while the port was busy.
  struct Request {
    tlm::tlm_generic_payload* payload;
    sc_core::sc_time begin;
  };

  tlm::tlm_generic_payload* responding_ = nullptr;  ///< between BEGIN_RESP and END_RESP
  std::deque<Request> waiting_;
  std::unique_ptr<std::uint8_t[], Free> bytes_;  ///< pages come from the host when they are touched
};

}  // namespace spinvp::platform
