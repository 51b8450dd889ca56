#include "platform/faults/interrupt_faults.h"

namespace spinvp::platform {

InterruptFaults::InterruptFaults(sc_core::sc_module_name name, const std::vector<InjectedFault>& faults, StrikeLog& log)
    : sc_module(name), log_(log) {
  for (std::size_t i = 0; i < faults.size(); ++i) {
    if (faults[i].kind == InjectedKind::LostInterrupt) {
      losing_.push_back({i, faults[i].occurrences});
    } else if (faults[i].kind == InjectedKind::SpuriousInterrupt || faults[i].kind == InjectedKind::StuckInterrupt) {
      timed_.push_back({i, faults[i]});
    }
  }
  SC_HAS_PROCESS(InterruptFaults);
  SC_METHOD(drive);
  sensitive << in << wake_;
}

void InterruptFaults::drive() {
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (in.read() && !was_high_) {
    count_edge();
  }
  was_high_ = in.read();
  bool level = was_high_ && !lost_;
  std::optional<bool> stuck;
  for (Timed& one : timed_) {
    if (!one.acts(now)) {
      continue;
    }
    if (!one.begun) {
      one.begun = true;
      log_.add({one.index, now, 0, 0, false});
    }
    if (one.fault.kind == InjectedKind::StuckInterrupt) {
      stuck = one.fault.level;
    } else {
      level = true;
    }
  }
  out.write(stuck.value_or(level));
  if (const std::optional<sc_core::sc_time> next = next_change(now)) {
    wake_.notify(*next - now);
  }
}

void InterruptFaults::count_edge() {
  ++edges_;
  lost_ = false;
  for (const Losing& one : losing_) {
    if (one.occurrences.strike(edges_)) {
      lost_ = true;
      log_.add({one.index, sc_core::sc_time_stamp(), 0, 0, false});
    }
  }
}

std::optional<sc_core::sc_time> InterruptFaults::next_change(const sc_core::sc_time& now) const {
  std::optional<sc_core::sc_time> next;
  const auto consider = [&](const sc_core::sc_time& time) {
    if (time > now && (!next || time < *next)) {
      next = time;
    }
  };
  for (const Timed& one : timed_) {
    consider(one.fault.at);
    if (!one.fault.forever) {
      consider(one.end());
    }
  }
  return next;
}

}  // namespace spinvp::platform
