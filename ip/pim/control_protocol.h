#pragma once

#include <array>
#include <cstdint>
#include <systemc>
#include <tlm>

#include "ip/pim/command_protocol.h"

/// What the host interface and the command processor say to each other. A protocol of its own, so that neither can be
/// bound to anything else.
namespace spinvp {

/// Host interface -> command processor.
struct ControlTransaction {
  enum class Kind { Start, Reset } kind = Kind::Start;
  std::uint64_t stream_address = 0;
  std::uint32_t stream_bytes = 0;
  std::array<std::uint64_t, 4> bases{};  ///< indexed by interface::Base
  bool checked = false;                  ///< the rest counts: CONTROL.CHECK
  std::uint32_t checksum = 0;            ///< of the commands up to STOP
  std::uint32_t output_bytes = 0;        ///< that STORE may write from Base::Output on
  std::uint32_t scratch_bytes = 0;       ///< and from Base::Scratch on
};

/// Command processor -> host interface.
struct StatusTransaction {
  enum class Kind {
    Progress,  ///< a command of another layer was issued
    Signal,    ///< SIGNAL ran
    Done,      ///< STOP ran
    Failed,    ///< the stream ended with an error
  } kind = Kind::Progress;
  std::uint32_t layer = 0;
  std::uint32_t signal_value = 0;
  CommandError error;
  std::uint64_t error_address = 0;  ///< of the command
};

struct ControlProtocol {
  using tlm_payload_type = ControlTransaction;
  using tlm_phase_type = tlm::tlm_phase;
};

struct StatusProtocol {
  using tlm_payload_type = StatusTransaction;
  using tlm_phase_type = tlm::tlm_phase;
};

}  // namespace spinvp
