#include "platform/bus.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/errors.h"

namespace spinvp::platform {
namespace {

/// Direct memory's latencies are those of a byte, which takes its share of a word's way.
constexpr unsigned word_bytes = 4;

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

}  // namespace

Bus::Bus(sc_core::sc_module_name name, const BusConfig& config)
    : sc_module(name), config_(config), map_(config.regions), accounts_(config.initiators.size()) {
  if (config_.outstanding == 0 || config_.beat_bytes == 0) {
    throw InputError(fmt::format("bus '{}': outstanding transactions and bytes of a beat must not be 0", this->name()));
  }
  const bool approximate = config_.timing == TimingStyle::Approximate;
  initiators.init(config_.initiators.size());
  for (std::size_t i = 0; i < initiators.size(); ++i) {
    const int id = static_cast<int>(i);
    initiators[i].register_b_transport(this, &Bus::b_transport, id);
    initiators[i].register_get_direct_mem_ptr(this, &Bus::get_direct_mem_ptr, id);
    initiators[i].register_transport_dbg(this, &Bus::transport_dbg, id);
    if (approximate) {
      initiators[i].register_nb_transport_fw(this, &Bus::nb_transport_fw, id);
    }
  }
  regions.init(config_.regions.size());
  for (std::size_t i = 0; i < regions.size(); ++i) {
    const int id = static_cast<int>(i);
    regions[i].register_invalidate_direct_mem_ptr(this, &Bus::invalidate_direct_mem_ptr, id);
    if (approximate) {
      regions[i].register_nb_transport_bw(this, &Bus::nb_transport_bw, id);
    }
  }
  if (approximate) {
    make_lanes();
  }
}

void Bus::make_lanes() {
  for (const BusRegion& region : config_.regions) {
    const BusLane::Config lane{region.base, initiators.size(), config_.arbitration, config_.beat_latency,
                               config_.beat_bytes};
    lanes_.push_back(std::make_unique<BusLane>(("to_" + region.name).c_str(), lane));
  }
  for (std::size_t i = 0; i < initiators.size(); ++i) {
    const BusEntry::Config entry{i, config_.latency, config_.outstanding};
    entries_.push_back(std::make_unique<BusEntry>(("from_" + config_.initiators[i]).c_str(), entry, map_, lanes_,
                                                  accounts_[i], *initiators[i].operator->()));
  }
}

void Bus::start_of_simulation() {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    lanes_[i]->connect(regions[i].size() > 0 ? regions[i].operator->() : nullptr);
  }
}

Bus::InitiatorPort& Bus::initiator(const std::string& name) {
  return initiators[index_of(name)];
}

Bus::RegionPort& Bus::region(const std::string& name) {
  for (std::size_t i = 0; i < regions.size(); ++i) {
    if (config_.regions[i].name == name) {
      return regions[i];
    }
  }
  throw InputError(fmt::format("address map: the bus has no region '{}'", name));
}

void Bus::observe_writes(const std::string& initiator, WriteObserver observer) {
  accounts_[index_of(initiator)].observer = std::move(observer);
}

void Bus::deny_direct_memory(const std::string& initiator) {
  accounts_[index_of(initiator)].has_direct_memory = false;
}

const BusTraffic& Bus::traffic(const std::string& initiator) const {
  return accounts_[index_of(initiator)].traffic;
}

std::size_t Bus::index_of(const std::string& initiator) const {
  const auto found = std::find(config_.initiators.begin(), config_.initiators.end(), initiator);
  if (found == config_.initiators.end()) {
    throw InputError(fmt::format("address map: the bus has no initiator '{}'", initiator));
  }
  return static_cast<std::size_t>(found - config_.initiators.begin());
}

tlm::tlm_sync_enum Bus::nb_transport_fw(int initiator, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                        sc_core::sc_time& delay) {
  return entries_[static_cast<std::size_t>(initiator)]->forward(payload, phase, delay);
}

tlm::tlm_sync_enum Bus::nb_transport_bw(int region, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                        sc_core::sc_time& delay) {
  return lanes_[static_cast<std::size_t>(region)]->backward(payload, phase, delay);
}

void Bus::b_transport(int id, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const auto initiator = static_cast<std::size_t>(id);
  if (entries_.empty()) {
    forward(initiator, payload, delay);
  } else {
    entries_[initiator]->b_transport(payload, delay);
  }
}

void Bus::forward(std::size_t initiator, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  ++accounts_[initiator].traffic.transactions;
  const std::uint64_t address = payload.get_address();
  const std::uint64_t length = std::min(payload.get_data_length(), payload.get_streaming_width());
  std::size_t index = 0;
  const BusRegion* const region = find_region(address, index);
  if (region == nullptr || !region->holds(address, length)) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    delay += config_.latency;
    return;
  }
  {
    const RelativeAddress relative(payload, region->base);
    regions[index]->b_transport(payload, delay);
  }
  delay += config_.latency;
  accounts_[initiator].answered(payload, address, length);
}

bool Bus::get_direct_mem_ptr(int id, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const BusInitiator& account = accounts_[static_cast<std::size_t>(id)];
  const std::uint64_t address = payload.get_address();
  std::size_t index = 0;
  const BusRegion* const region = find_region(address, index);
  const bool observed = static_cast<bool>(account.observer);
  if (region == nullptr || !account.has_direct_memory || (observed && payload.is_write())) {
    dmi.set_start_address(address);
    dmi.set_end_address(address);
    return false;
  }
  bool granted = false;
  {
    const RelativeAddress relative(payload, region->base);
    granted = regions[index]->get_direct_mem_ptr(payload, dmi);
  }
  const std::uint64_t last = region->size - 1;
  dmi.set_start_address(region->base + std::min<std::uint64_t>(dmi.get_start_address(), last));
  dmi.set_end_address(region->base + std::min<std::uint64_t>(dmi.get_end_address(), last));
  dmi.set_read_latency(dmi.get_read_latency() + config_.latency / word_bytes);
  dmi.set_write_latency(dmi.get_write_latency() + config_.latency / word_bytes);
  if (granted && observed) {
    granted = dmi.is_read_allowed();
    dmi.set_granted_access(granted ? tlm::tlm_dmi::DMI_ACCESS_READ : tlm::tlm_dmi::DMI_ACCESS_NONE);
  }
  return granted;
}

unsigned Bus::transport_dbg(int initiator, tlm::tlm_generic_payload& payload) {
  const std::uint64_t address = payload.get_address();
  std::size_t index = 0;
  const BusRegion* const region = find_region(address, index);
  if (region == nullptr) {
    return 0;
  }
  const unsigned length = payload.get_data_length();
  const std::uint64_t room = region->size - (address - region->base);
  payload.set_data_length(static_cast<unsigned>(std::min<std::uint64_t>(length, room)));
  unsigned done = 0;
  {
    const RelativeAddress relative(payload, region->base);
    done = regions[index]->transport_dbg(payload);
  }
  payload.set_data_length(length);
  const BusInitiator& account = accounts_[static_cast<std::size_t>(initiator)];
  if (account.observer && payload.is_write() && done > 0) {
    account.observer(address, done);
  }
  return done;
}

void Bus::invalidate_direct_mem_ptr(int index, sc_dt::uint64 start, sc_dt::uint64 end) {
  const BusRegion& region = map_[static_cast<std::size_t>(index)];
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

const BusRegion* Bus::find_region(std::uint64_t address, std::size_t& index) const {
  const std::optional<std::size_t> found = map_.find(address);
  index = found.value_or(0);
  return found && regions[index].size() > 0 ? &map_[index] : nullptr;
}

}  // namespace spinvp::platform
