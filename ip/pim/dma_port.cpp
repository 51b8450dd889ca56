#include "ip/pim/dma_port.h"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace spinvp {
namespace {

void set_request(tlm::tlm_generic_payload& payload, const tlm::tlm_generic_payload& burst) {
  payload.set_command(burst.get_command());
  payload.set_address(burst.get_address());
  payload.set_data_ptr(burst.get_data_ptr());
  payload.set_data_length(burst.get_data_length());
  payload.set_streaming_width(burst.get_data_length());
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

// The range that holds `address`, if any is known; else the end.
DmaPort::Ranges::iterator DmaPort::find(Ranges& ranges, std::uint64_t address) {
  const auto above = ranges.upper_bound(address);
  return above != ranges.begin() && address <= std::prev(above)->second.last ? std::prev(above) : ranges.end();
}

bool DmaPort::copy_directly(tlm::tlm_generic_payload& burst, sc_core::sc_time& delay) {
  Ranges& ranges = burst.is_read() ? readable_ : writable_;
  const std::uint64_t address = burst.get_address();
  const unsigned length = burst.get_data_length();
  const auto found = find(ranges, address);
  if (found == ranges.end() || found->second.memory == nullptr || length - 1 > found->second.last - address) {
    return false;
  }
  unsigned char* const memory = found->second.memory + (address - found->first);
  if (burst.is_read()) {
    std::memcpy(burst.get_data_ptr(), memory, length);
  } else {
    std::memcpy(memory, burst.get_data_ptr(), length);
  }
  delay += found->second.byte_latency * static_cast<double>(length);
  burst.set_response_status(tlm::TLM_OK_RESPONSE);
  return true;
}

// Asks once for what is not known: a burst that passes the end of what was granted stays a transaction.
void DmaPort::request_direct_memory(const tlm::tlm_generic_payload& burst) {
  const std::uint64_t address = burst.get_address();
  Ranges& ranges = burst.is_read() ? readable_ : writable_;
  if (find(ranges, address) != ranges.end()) {
    return;
  }
  const PooledPayload payload(approximate_.pool());
  set_request(*payload, burst);
  tlm::tlm_dmi dmi;
  const bool granted = (*forward_)->get_direct_mem_ptr(*payload, dmi) && dmi.get_dmi_ptr() != nullptr;
  if (address < dmi.get_start_address() || address > dmi.get_end_address()) {  // an answer to another question
    ranges[address] = {address, nullptr, {}};
    return;
  }
  const bool reads = granted && dmi.is_read_allowed();
  const bool writes = granted && dmi.is_write_allowed();
  if (reads || burst.is_read()) {
    learn(readable_, address, dmi, reads, dmi.get_read_latency());
  }
  if (writes || burst.is_write()) {
    learn(writable_, address, dmi, writes, dmi.get_write_latency());
  }
}

// As much of the answer as is not known already: ranges never overlap.
void DmaPort::learn(Ranges& ranges, std::uint64_t address, const tlm::tlm_dmi& dmi, bool allowed,
                    const sc_core::sc_time& byte_latency) {
  if (find(ranges, address) != ranges.end()) {
    return;
  }
  std::uint64_t first = dmi.get_start_address();
  std::uint64_t last = dmi.get_end_address();
  const auto above = ranges.upper_bound(address);
  if (above != ranges.end()) {
    last = std::min(last, above->first - 1);
  }
  if (above != ranges.begin()) {
    first = std::max(first, std::prev(above)->second.last + 1);
  }
  ranges[first] = {last, allowed ? dmi.get_dmi_ptr() + (first - dmi.get_start_address()) : nullptr, byte_latency};
}

tlm::tlm_sync_enum DmaPort::nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                            sc_core::sc_time& delay) {
  return approximate_.nb_transport_bw(payload, phase, delay);
}

void DmaPort::invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) {
  for (Ranges* const ranges : {&readable_, &writable_}) {
    for (auto range = ranges->begin(); range != ranges->end();) {
      const bool refused = range->second.memory == nullptr;
      const bool touched = range->first <= last && range->second.last >= first;
      range = refused || touched ? ranges->erase(range) : std::next(range);
    }
  }
}

}  // namespace spinvp
