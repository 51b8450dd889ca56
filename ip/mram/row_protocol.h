#pragma once

#include <cstdint>
#include <systemc>
#include <tlm>

#include "ip/ledger/ledger.h"

/// What travels between a sub-array and the units that use its rows: one row operation a transaction. A protocol of its
/// own, so that a row socket cannot be bound to a memory or command socket by mistake.
namespace spinvp {

enum class RowOperation {
  Read,   ///< one-row sense
  And2,   ///< two-row sense: AND of row and second_row
  Write,  ///< drive a row
};

struct RowTransaction {
  RowOperation operation = RowOperation::Read;
  std::uint32_t subarray = 0;  ///< of the whole chip; used by whoever routes
  std::uint32_t row = 0;
  std::uint32_t second_row = 0;  ///< And2 only
  Activity activity;             ///< who pays

  /// Write: the row's words, columns / 64 of them.
  const std::uint64_t* data = nullptr;
  /// Read, And2: set by the sub-array to its sense latch; valid until its next operation.
  const std::uint64_t* sensed = nullptr;

  /// Above zero: the bits were moved through a direct memory pointer; the sub-array only accounts for this many
  /// operations (time, energy, counters) and ignores row, data and sensed.
  std::uint64_t accounted = 0;

  /// False when the sub-array or row does not exist.
  bool ok = false;
};

struct RowProtocol {
  using tlm_payload_type = RowTransaction;
  using tlm_phase_type = tlm::tlm_phase;
};

}  // namespace spinvp
