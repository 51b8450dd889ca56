#pragma once

#include <cstdint>
#include <optional>
#include <systemc>
#include <vector>

#include "platform/faults/injected_fault.h"
#include "platform/faults/strike_log.h"

namespace spinvp::platform {

/// Stands in an interrupt line and loses edges, makes pulses of its own, or holds the line. An edge that is lost stays
/// lost until the line falls; a line that is stuck keeps its level whatever else happens.
class InterruptFaults : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> in{"in"};     ///< from the device
  sc_core::sc_out<bool> out{"out"};  ///< to the interrupt controller

  /// Faults of other wires are left alone; `log` gets indices into `faults`.
  InterruptFaults(sc_core::sc_module_name name, const std::vector<InjectedFault>& faults, StrikeLog& log);

 private:
  struct Timed {
    std::size_t index = 0;  ///< in the configuration
    InjectedFault fault;
    bool begun = false;

    sc_core::sc_time end() const { return fault.at + fault.width; }
    bool acts(const sc_core::sc_time& now) const { return now >= fault.at && (fault.forever || now < end()); }
  };
  struct Losing {
    std::size_t index = 0;
    Occurrences occurrences;
  };

  void drive();  // method process: the only writer of the line
  void count_edge();
  std::optional<sc_core::sc_time> next_change(const sc_core::sc_time& now) const;

  StrikeLog& log_;
  std::vector<Timed> timed_;
  std::vector<Losing> losing_;
  std::uint64_t edges_ = 0;
  bool was_high_ = false;
  bool lost_ = false;  // the edge of the level that the device drives
  sc_core::sc_event wake_;
};

}  // namespace spinvp::platform
