#include "ip/pim/dma_port.h"

#include <algorithm>
#include <cstring>

namespace spinvp {
namespace {

void set_request(tlm::tlm_generic_payload& payload, const tlm::tlm_generic_payload& burst) {
  payload.set_command(burst.get_command());
  payload.set_address(burst.get_address());
  payload.set_data_ptr(burst.get_data_ptr());
  payload.set_data_length(burst.get_data_length());
  payload.set_streaming_width(burst.get_data_length());
}

bool allows(const tlm::tlm_dmi& dmi, const tlm::tlm_generic_payload& burst) {
  return burst.is_read() ? dmi.is_read_allowed() : dmi.is_write_allowed();
}

bool holds(const tlm::tlm_dmi& dmi, const tlm::tlm_generic_payload& burst) {
  const std::uint64_t first = burst.get_address();
  return first >= dmi.get_start_address() && first <= dmi.get_end_address() &&
         burst.get_data_length() - 1 <= dmi.get_end_address() - first;
}

}  // namespace

DmaPort::DmaPort(sc_core::sc_module_name name, const ChipConfig& config)
    : sc_module(name),
      timing_(config.timing),
      tolerates_incomplete_response_(config.dma.tolerate_incomplete_response),
      uses_direct_memory_(config.dma.use_direct_memory && config.timing == Timing::Loose),
      approximate_([this](auto& payload, auto& phase, auto& delay) {
        return (*forward_)->nb_transport_fw(payload, phase, delay);
      }) {
  bursts.register_b_transport(this, &DmaPort::transport);
}

void DmaPort::transport(tlm::tlm_generic_payload& burst, sc_core::sc_time& delay) {
  if (uses_direct_memory_ && copy_directly(burst, delay)) {
    return;
  }
  const PooledPayload payload(approximate_.pool());
  set_request(*payload, burst);
  if (timing_ == Timing::Approximate) {
    approximate_.transport(*payload, delay);
  } else {
    (*forward_)->b_transport(*payload, delay);
  }
  const tlm::tlm_response_status status = payload->get_response_status();
  const bool untouched = status == tlm::TLM_INCOMPLETE_RESPONSE;
  burst.set_response_status(untouched && tolerates_incomplete_response_ ? tlm::TLM_OK_RESPONSE : status);
  if (uses_direct_memory_ && payload->is_dmi_allowed() && payload->is_response_ok()) {
    request_direct_memory(burst);
  }
}

bool DmaPort::copy_directly(tlm::tlm_generic_payload& burst, sc_core::sc_time& delay) const {
  const auto found = std::find_if(direct_.begin(), direct_.end(),
                                  [&](const tlm::tlm_dmi& dmi) { return allows(dmi, burst) && holds(dmi, burst); });
  if (found == direct_.end()) {
    return false;
  }
  unsigned char* const memory = found->get_dmi_ptr() + (burst.get_address() - found->get_start_address());
  if (burst.is_read()) {
    std::memcpy(burst.get_data_ptr(), memory, burst.get_data_length());
    delay += found->get_read_latency();
  } else {
    std::memcpy(memory, burst.get_data_ptr(), burst.get_data_length());
    delay += found->get_write_latency();
  }
  burst.set_response_status(tlm::TLM_OK_RESPONSE);
  return true;
}

void DmaPort::request_direct_memory(const tlm::tlm_generic_payload& burst) {
  const PooledPayload payload(approximate_.pool());
  set_request(*payload, burst);
  tlm::tlm_dmi dmi;
  if ((*forward_)->get_direct_mem_ptr(*payload, dmi) && dmi.get_dmi_ptr() != nullptr) {
    direct_.push_back(dmi);
  }
}

tlm::tlm_sync_enum DmaPort::nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                            sc_core::sc_time& delay) {
  return approximate_.nb_transport_bw(payload, phase, delay);
}

void DmaPort::invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) {
  direct_.erase(std::remove_if(direct_.begin(), direct_.end(),
                               [&](const tlm::tlm_dmi& dmi) {
                                 return dmi.get_start_address() <= last && dmi.get_end_address() >= first;
                               }),
                direct_.end());
}

}  // namespace spinvp
