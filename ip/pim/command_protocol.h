#pragma once

#include <cstdint>
#include <systemc>
#include <tlm>

#include "ip/interface/pim_view.h"
#include "ip/ledger/ledger.h"

/// What the command processor says to the units: one command a transaction. A protocol of its own, so that a command
/// socket cannot be bound to a memory or row socket by mistake.
namespace spinvp {

/// Why a command cannot run.
struct CommandError {
  interface::ErrorCause cause = interface::ErrorCause::None;
  std::uint32_t detail = 0;

  bool failed() const { return cause != interface::ErrorCause::None; }
};

struct CommandTransaction {
  const std::uint32_t* words = nullptr;  ///< the whole command, fields already in range
  const std::uint64_t* bases = nullptr;  ///< base addresses in system memory, indexed by interface::Base
  CommandError error;                    ///< set by the unit, which then has changed nothing
  const bool* abandoned = nullptr;       ///< turns true when a reset comes while the unit waits: nothing new is begun

  bool is_abandoned() const { return abandoned != nullptr && *abandoned; }

  interface::CommandHeader header() const {
    return interface::CommandHeader::decode(words);
  }
};

inline Activity activity_of(const interface::CommandHeader& header) {
  return Activity{static_cast<std::uint16_t>(header.layer), header.once != 0};
}

struct CommandProtocol {
  using tlm_payload_type = CommandTransaction;
  using tlm_phase_type = tlm::tlm_phase;
};

}  // namespace spinvp
