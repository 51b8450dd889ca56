#include "ip/pim/host_port.h"

#include <utility>

namespace spinvp {
namespace {

bool in_thread() {
  const sc_core::sc_curr_proc_kind kind = sc_core::sc_get_current_process_handle().proc_kind();
  return kind == sc_core::SC_THREAD_PROC_ || kind == sc_core::SC_CTHREAD_PROC_;
}

/// The blocking call never waits when it comes without delay.
constexpr ApproximateTargetConfig approximate_config{ApproximateTargetConfig::Process::Method,
                                                     ApproximateTargetConfig::Phases::Four};

}  // namespace

HostPort::HostPort(sc_core::sc_module_name name)
    : sc_module(name),
      approximate_(
          "approximate", [this](auto& payload, auto& delay) { inner->b_transport(payload, delay); },
          [this](auto& payload, auto& phase, auto& delay) {
            return (*backward_)->nb_transport_bw(payload, phase, delay);
          },
          approximate_config) {
  inner.register_invalidate_direct_mem_ptr(this, &HostPort::invalidate);
}

// Before the simulation runs, nobody can wait; nothing happens meanwhile either.
void HostPort::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (delay > sc_core::SC_ZERO_TIME && in_thread()) {
    wait(std::exchange(delay, sc_core::SC_ZERO_TIME));
  }
  inner->b_transport(payload, delay);
}

tlm::tlm_sync_enum HostPort::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                             sc_core::sc_time& delay) {
  return approximate_.nb_transport_fw(payload, phase, delay);
}

bool HostPort::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  return inner->get_direct_mem_ptr(payload, dmi);
}

unsigned int HostPort::transport_dbg(tlm::tlm_generic_payload& payload) {
  return inner->transport_dbg(payload);
}

void HostPort::invalidate(sc_dt::uint64 first, sc_dt::uint64 last) {
  (*backward_)->invalidate_direct_mem_ptr(first, last);
}

}  // namespace spinvp
