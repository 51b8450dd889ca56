#include "platform/faults/bus_faults.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace spinvp::platform {
namespace {

constexpr std::uint32_t word_bytes = 4;

}  // namespace

BusFaults::BusFaults(sc_core::sc_module_name name, FaultWire wire, const std::vector<InjectedFault>& faults,
                     StrikeLog& log)
    : sc_module(name), log_(log) {
  for (std::size_t i = 0; i < faults.size(); ++i) {
    if (faults[i].wire == wire) {
      faults_.push_back({i, faults[i], 0});
    }
  }
  in.register_b_transport(this, &BusFaults::b_transport);
  in.register_nb_transport_fw(this, &BusFaults::nb_transport_fw);
  in.register_get_direct_mem_ptr(this, &BusFaults::get_direct_mem_ptr);
  in.register_transport_dbg(this, &BusFaults::transport_dbg);
  out.register_nb_transport_bw(this, &BusFaults::nb_transport_bw);
  out.register_invalidate_direct_mem_ptr(this, &BusFaults::invalidate_direct_mem_ptr);
}

void BusFaults::set_command_ranges(std::vector<AddressRange> ranges) {
  commands_ = std::move(ranges);
  std::sort(commands_.begin(), commands_.end(),
            [](const AddressRange& a, const AddressRange& b) { return a.base < b.base; });
}

void BusFaults::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const Plan plan = judge(payload);
  if (plan.never) {
    while (true) {
      wait(never_);
    }
  }
  if (plan.stall > sc_core::SC_ZERO_TIME) {
    wait(plan.stall);
  }
  if (plan.refuse) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return;
  }
  out->b_transport(payload, delay);
  corrupt(payload, plan.corruptions);
}

tlm::tlm_sync_enum BusFaults::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                              sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_REQ) {
    return out->nb_transport_fw(payload, phase, delay);
  }
  Plan plan = judge(payload);
  if (plan.never) {
    return tlm::TLM_ACCEPTED;
  }
  sc_core::sc_time stalled = delay + plan.stall;
  if (plan.refuse) {
    delay = stalled;
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return tlm::TLM_COMPLETED;
  }
  if (!plan.corruptions.empty()) {
    on_their_way_[&payload] = plan.corruptions;
  }
  const tlm::tlm_sync_enum answer = out->nb_transport_fw(payload, phase, stalled);
  if (answer != tlm::TLM_ACCEPTED) {  // else the initiator must find its delay as it was
    delay = stalled;
  }
  if (answer == tlm::TLM_COMPLETED || (answer == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP)) {
    corrupt(payload, plan.corruptions);
    on_their_way_.erase(&payload);
  }
  return answer;
}

tlm::tlm_sync_enum BusFaults::nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                              sc_core::sc_time& delay) {
  if (phase == tlm::BEGIN_RESP) {
    const auto found = on_their_way_.find(&payload);
    if (found != on_their_way_.end()) {
      corrupt(payload, found->second);
      on_their_way_.erase(found);
    }
  }
  return in->nb_transport_bw(payload, phase, delay);
}

// Grants what lies around the address asked for, up to the next place where a fault looks.
bool BusFaults::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const std::uint64_t address = payload.get_address();
  bool granted = out->get_direct_mem_ptr(payload, dmi);
  for (const Counted& one : faults_) {
    const std::uint64_t first = one.fault.first_address;
    const std::uint64_t last = one.fault.last_address;
    if (last < dmi.get_start_address() || first > dmi.get_end_address()) {
      continue;
    }
    if (address >= first && address <= last) {
      dmi.set_start_address(std::max<std::uint64_t>(dmi.get_start_address(), first));
      dmi.set_end_address(std::min<std::uint64_t>(dmi.get_end_address(), last));
      dmi.set_granted_access(tlm::tlm_dmi::DMI_ACCESS_NONE);
      granted = false;
    } else if (address > last) {
      if (granted) {
        dmi.set_dmi_ptr(dmi.get_dmi_ptr() + (last + 1 - dmi.get_start_address()));
      }
      dmi.set_start_address(last + 1);
    } else {
      dmi.set_end_address(first - 1);
    }
  }
  return granted;
}

unsigned BusFaults::transport_dbg(tlm::tlm_generic_payload& payload) {
  return out->transport_dbg(payload);
}

void BusFaults::invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) {
  in->invalidate_direct_mem_ptr(first, last);
}

// Every fault counts every access that it looks at, whatever the others do to it.
BusFaults::Plan BusFaults::judge(const tlm::tlm_generic_payload& payload) {
  Plan plan;
  const std::uint64_t address = payload.get_address();
  const std::uint32_t bytes = payload.get_data_length();
  for (Counted& one : faults_) {
    const InjectedFault& fault = one.fault;
    const bool looks = payload.is_write() ? fault.writes : payload.is_read() && fault.reads;
    if (!looks || !fault.touches(address, bytes)) {
      continue;
    }
    if (fault.kind == InjectedKind::CorruptCommand) {
      plan_corruption(payload, one, plan);
      continue;
    }
    if (!fault.occurrences.strike(++one.seen)) {
      continue;
    }
    strike(one, address, bytes, payload.is_write());
    if (fault.kind == InjectedKind::BusError) {
      plan.refuse = true;
    } else {
      plan.never = plan.never || fault.forever;
      plan.stall += fault.time;
    }
  }
  return plan;
}

void BusFaults::plan_corruption(const tlm::tlm_generic_payload& payload, Counted& counted, Plan& plan) {
  const std::uint64_t begin = payload.get_address();
  const std::uint64_t end = begin + payload.get_data_length();
  for (std::uint64_t word = (begin + word_bytes - 1) / word_bytes * word_bytes; word + word_bytes <= end;
       word += word_bytes) {
    if (is_command(word) && counted.fault.touches(word, word_bytes) &&
        counted.fault.occurrences.strike(++counted.seen)) {
      strike(counted, word, word_bytes, false);
      plan.corruptions.push_back({static_cast<std::size_t>(word - begin), counted.fault.mask});
    }
  }
}

bool BusFaults::is_command(std::uint64_t address) const {
  const auto above = std::upper_bound(commands_.begin(), commands_.end(), address,
                                      [](std::uint64_t at, const AddressRange& range) { return at < range.base; });
  return above != commands_.begin() && address - (above - 1)->base < (above - 1)->size;
}

void BusFaults::strike(const Counted& counted, std::uint64_t address, std::uint32_t bytes, bool write) {
  log_.add({counted.index, sc_core::sc_time_stamp(), address, bytes, write});
}

void BusFaults::corrupt(tlm::tlm_generic_payload& payload, const std::vector<Corruption>& corruptions) {
  if (!payload.is_response_ok()) {
    return;
  }
  for (const Corruption& one : corruptions) {
    std::uint32_t word = 0;
    std::memcpy(&word, payload.get_data_ptr() + one.offset, word_bytes);
    word ^= one.mask;
    std::memcpy(payload.get_data_ptr() + one.offset, &word, word_bytes);
  }
}

}  // namespace spinvp::platform
