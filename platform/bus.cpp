#include "platform/bus.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/errors.h"

namespace spinvp::platform {
namespace {

/// Gives the target its own address for the length of a call.
class RelativeAddress {
 public:
  RelativeAddress(tlm::tlm_generic_payload& payload, std::uint64_t base)
      : payload_(payload), address_(payload.get_address()) {
    payload_.set_address(address_ - base);
  }
  ~RelativeAddress() { payload_.set_address(address_); }
  RelativeAddress(const RelativeAddress&) = delete;
  RelativeAddress& operator=(const RelativeAddress&) = delete;

 private:
  tlm::tlm_generic_payload& payload_;
  std::uint64_t address_;
};

std::uint64_t last_address(const BusRegion& region) {
  return region.base + (region.size - 1);
}

bool holds(const BusRegion& region, std::uint64_t address, std::uint64_t length) {
  return address >= region.base && address - region.base < region.size &&
         length <= region.size - (address - region.base);
}

std::vector<int> check_regions(const std::vector<BusRegion>& regions) {
  std::vector<int> order(regions.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    return regions[static_cast<std::size_t>(a)].base < regions[static_cast<std::size_t>(b)].base;
  });
  const BusRegion* below = nullptr;
  for (const int index : order) {
    const BusRegion& region = regions[static_cast<std::size_t>(index)];
    if (region.size == 0) {
      throw InputError(fmt::format("address map: region '{}' at {:#x} has size 0", region.name, region.base));
    }
    if (last_address(region) < region.base) {
      throw InputError(fmt::format("address map: region '{}' at {:#x} passes the end of the address space", region.name,
                                   region.base));
    }
    if (below != nullptr && region.base <= last_address(*below)) {
      throw InputError(fmt::format("address map: region '{}' ({:#x}..{:#x}) overlaps region '{}' ({:#x}..{:#x})",
                                   region.name, region.base, last_address(region), below->name, below->base,
                                   last_address(*below)));
    }
    below = &region;
  }
  return order;
}

}  // namespace

Bus::Bus(sc_core::sc_module_name name, const BusConfig& config)
    : sc_module(name), config_(config), by_address_(check_regions(config.regions)) {
  observers_.resize(config_.initiators.size());
  initiators.init(config_.initiators.size());
  for (std::size_t i = 0; i < initiators.size(); ++i) {
    const int id = static_cast<int>(i);
    initiators[i].register_b_transport(this, &Bus::b_transport, id);
    initiators[i].register_get_direct_mem_ptr(this, &Bus::get_direct_mem_ptr, id);
    initiators[i].register_transport_dbg(this, &Bus::transport_dbg, id);
  }
  regions.init(config_.regions.size());
  for (std::size_t i = 0; i < regions.size(); ++i) {
    regions[i].register_invalidate_direct_mem_ptr(this, &Bus::invalidate_direct_mem_ptr, static_cast<int>(i));
  }
}

Bus::InitiatorPort& Bus::initiator(const std::string& name) {
  for (std::size_t i = 0; i < initiators.size(); ++i) {
    if (config_.initiators[i] == name) {
      return initiators[i];
    }
  }
  throw InputError(fmt::format("address map: the bus has no initiator '{}'", name));
}

Bus::RegionPort& Bus::region(const std::string& name) {
  for (std::size_t i = 0; i < regions.size(); ++i) {
    if (config_.regions[i].name == name) {
      return regions[i];
    }
  }
  throw InputError(fmt::format("address map: the bus has no region '{}'", name));
}

void Bus::observe_writes(const std::string& initiator_name, WriteObserver observer) {
  const InitiatorPort* port = &initiator(initiator_name);
  for (std::size_t i = 0; i < initiators.size(); ++i) {
    if (&initiators[i] == port) {
      observers_[i] = std::move(observer);
      return;
    }
  }
}

void Bus::b_transport(int initiator, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  delay += config_.latency;
  const std::uint64_t address = payload.get_address();
  const std::uint64_t length = std::min(payload.get_data_length(), payload.get_streaming_width());
  const int index = find_region(address);
  if (index < 0 || !holds(config_.regions[static_cast<std::size_t>(index)], address, length)) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  {
    const RelativeAddress relative(payload, config_.regions[static_cast<std::size_t>(index)].base);
    regions[static_cast<std::size_t>(index)]->b_transport(payload, delay);
  }
  if (payload.is_write() && payload.is_response_ok()) {
    report_write(initiator, address, length);
  }
}

bool Bus::get_direct_mem_ptr(int initiator, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const std::uint64_t address = payload.get_address();
  const int index = find_region(address);
  const bool observed = static_cast<bool>(observers_[static_cast<std::size_t>(initiator)]);
  if (index < 0 || (observed && payload.is_write())) {
    dmi.set_start_address(address);
    dmi.set_end_address(address);
    return false;
  }
  const BusRegion& region = config_.regions[static_cast<std::size_t>(index)];
  bool granted = false;
  {
    const RelativeAddress relative(payload, region.base);
    granted = regions[static_cast<std::size_t>(index)]->get_direct_mem_ptr(payload, dmi);
  }
  const std::uint64_t last = region.size - 1;
  dmi.set_start_address(region.base + std::min<std::uint64_t>(dmi.get_start_address(), last));
  dmi.set_end_address(region.base + std::min<std::uint64_t>(dmi.get_end_address(), last));
  dmi.set_read_latency(dmi.get_read_latency() + config_.latency);
  dmi.set_write_latency(dmi.get_write_latency() + config_.latency);
  if (granted && observed) {
    granted = dmi.is_read_allowed();
    dmi.set_granted_access(granted ? tlm::tlm_dmi::DMI_ACCESS_READ : tlm::tlm_dmi::DMI_ACCESS_NONE);
  }
  return granted;
}

unsigned Bus::transport_dbg(int initiator, tlm::tlm_generic_payload& payload) {
  const std::uint64_t address = payload.get_address();
  const int index = find_region(address);
  if (index < 0) {
    return 0;
  }
  const BusRegion& region = config_.regions[static_cast<std::size_t>(index)];
  const unsigned length = payload.get_data_length();
  const std::uint64_t room = region.size - (address - region.base);
  payload.set_data_length(static_cast<unsigned>(std::min<std::uint64_t>(length, room)));
  unsigned done = 0;
  {
    const RelativeAddress relative(payload, region.base);
    done = regions[static_cast<std::size_t>(index)]->transport_dbg(payload);
  }
  payload.set_data_length(length);
  if (payload.is_write() && done > 0) {
    report_write(initiator, address, done);
  }
  return done;
}

void Bus::invalidate_direct_mem_ptr(int index, sc_dt::uint64 start, sc_dt::uint64 end) {
  const BusRegion& region = config_.regions[static_cast<std::size_t>(index)];
  if (start >= region.size) {
    return;
  }
  const std::uint64_t last = region.base + std::min<std::uint64_t>(end, region.size - 1);
  for (InitiatorPort& port : initiators) {
    if (port.size() > 0) {
      port->invalidate_direct_mem_ptr(region.base + start, last);
    }
  }
}

int Bus::find_region(std::uint64_t address) const {
  const auto above = std::upper_bound(
      by_address_.begin(), by_address_.end(), address,
      [&](std::uint64_t at, int index) { return at < config_.regions[static_cast<std::size_t>(index)].base; });
  if (above == by_address_.begin()) {
    return -1;
  }
  const int index = *(above - 1);
  const auto position = static_cast<std::size_t>(index);
  return holds(config_.regions[position], address, 1) && regions[position].size() > 0 ? index : -1;
}

void Bus::report_write(int initiator, std::uint64_t address, std::uint64_t length) const {
  const WriteObserver& observer = observers_[static_cast<std::size_t>(initiator)];
  if (observer) {
    observer(address, length);
  }
}

}  // namespace spinvp::platform
