#include "platform/plic.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/errors.h"

namespace spinvp::platform {
namespace {

constexpr std::uint64_t priority_offset = 0x0;
constexpr std::uint64_t pending_offset = 0x1000;
constexpr std::uint64_t enable_offset = 0x2000;
constexpr std::uint64_t threshold_offset = 0x200000;
constexpr std::uint64_t claim_offset = 0x200004;

}  // namespace

Plic::Plic(sc_core::sc_module_name name, unsigned source_count) : RegisterDevice(name), sources("sources") {
  if (source_count < 1 || source_count > max_sources) {
    throw InputError(fmt::format("interrupt controller '{}': expected 1 to {} sources, found {}", this->name(),
                                 max_sources, source_count));
  }
  sources.init(source_count);
  state_.resize(source_count + 1);
  declare_registers();
  SC_HAS_PROCESS(Plic);
  SC_METHOD(sample_sources);
  for (auto& source : sources) {
    sensitive << source;
  }
  SC_METHOD(drive_irq);
  sensitive << changed_;
}

void Plic::declare_registers() {
  const auto last = static_cast<unsigned>(state_.size() - 1);
  for (unsigned id = 1; id <= last; ++id) {
    Source& source = state_[id];
    add_register(priority_offset + 4 * id, {fmt::format("priority{}", id), [&source] { return source.priority; },
                                            [this, &source](std::uint32_t value) {
                                              source.priority = std::min(value, max_priority);
                                              changed_.notify(sc_core::SC_ZERO_TIME);
                                            }});
  }
  for (unsigned first = 0; first <= last; first += 32) {
    const unsigned count = std::min(32u, last + 1 - first);
    const auto gather = [this, first, count](bool Source::*bit) {
      std::uint32_t value = 0;
      for (unsigned i = 0; i < count; ++i) {
        value |= static_cast<std::uint32_t>(state_[first + i].*bit) << i;
      }
      return value;
    };
    add_register(pending_offset + first / 8,
                 {fmt::format("pending{}", first / 32), [gather] { return gather(&Source::pending); }});
    add_register(enable_offset + first / 8,
                 {fmt::format("enable{}", first / 32), [gather] { return gather(&Source::enabled); },
                  [this, first, count](std::uint32_t value) {
                    for (unsigned i = 0; i < count; ++i) {
                      state_[first + i].enabled = first + i != 0 && (value >> i & 1u) != 0;
                    }
                    changed_.notify(sc_core::SC_ZERO_TIME);
                  }});
  }
  add_register(threshold_offset, {"threshold", [this] { return threshold_; },
                                  [this](std::uint32_t value) {
                                    threshold_ = std::min(value, max_priority);
                                    changed_.notify(sc_core::SC_ZERO_TIME);
                                  }});
  add_register(claim_offset, {"claim", [this] { return claim(); }, [this](std::uint32_t value) { complete(value); },
                              [this] { return std::uint32_t{best_candidate()}; }});
}

void Plic::sample_sources() {
  for (unsigned id = 1; id < state_.size(); ++id) {
    open_gateway(id);
  }
  changed_.notify(sc_core::SC_ZERO_TIME);
}

void Plic::drive_irq() {
  const unsigned id = best_candidate();
  irq.write(id != 0 && state_[id].priority > threshold_);
}

void Plic::open_gateway(unsigned id) {
  Source& source = state_[id];
  if (sources[id - 1].read() && !source.in_service) {
    source.pending = true;
  }
}

unsigned Plic::best_candidate() const {
  unsigned best = 0;
  for (unsigned id = 1; id < state_.size(); ++id) {
    const Source& source = state_[id];
    if (source.pending && source.enabled && source.priority > state_[best].priority) {
      best = id;
    }
  }
  return best;
}

std::uint32_t Plic::claim() {
  const unsigned id = best_candidate();
  if (id != 0) {
    state_[id].pending = false;
    state_[id].in_service = true;
    changed_.notify(sc_core::SC_ZERO_TIME);
  }
  return id;
}

void Plic::complete(std::uint32_t id) {
  if (id == 0 || id >= state_.size() || !state_[id].enabled) {
    return;  // as the specification asks
  }
  state_[id].in_service = false;
  open_gateway(id);
  changed_.notify(sc_core::SC_ZERO_TIME);
}

}  // namespace spinvp::platform
