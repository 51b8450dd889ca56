#pragma once

#include <cstdint>
#include <systemc>
#include <tlm>

#include "ip/ledger/ledger.h"

/// What travels between a sub-array and the units that use its rows: one row operation a transaction. A protocol of its
/// own, so that a row socket cannot be bound to a memory or command socket by mistake.
namespace spinvp {

enum class RowOperation {
  Read,  ///< one-row sense
  And2,  ///< two-row senses of row and second_row
  Or2,
  Xor2,
  And3,  ///< three-row senses of row, second_row and third_row
  Or3,
  Maj3,   ///< at least two of three
  Carry,  ///< addition scheme A, first cycle: the majority goes to the carry latch behind the one that Sum uses
  Sum,    ///< addition scheme A, second cycle: row XOR second_row XOR carry latch; then the carry of this bit moves up
  ReadCarry,    ///< one-row sense that also goes to the carry latch that Sum uses: a row as carry into the first bit
  FullAdd,      ///< addition scheme B: senses row XOR second_row XOR third; the majority goes to the carry latch
  Write,        ///< drive a row
  PresetCarry,  ///< every column's carry latch becomes `preset`; a reset line, without time or energy
};

struct RowTransaction {
  RowOperation operation = RowOperation::Read;
  std::uint32_t subarray = 0;  ///< of the whole chip; used by whoever routes
  std::uint32_t row = 0;
  std::uint32_t second_row = 0;  ///< two-row and three-row senses
  std::uint32_t third_row = 0;   ///< three-row senses
  bool latched_third = false;    ///< Carry, FullAdd: the carry latch stands in for third_row
  bool preset = false;           ///< PresetCarry
  Activity activity;             ///< who pays

  /// Write: the row's words, columns / 64 of them.
  const std::uint64_t* data = nullptr;
  /// Senses: set by the sub-array to its sense latch; valid until its next operation.
  const std::uint64_t* sensed = nullptr;
  /// Carry, FullAdd: the carry that the operation made; valid until the sub-array's next operation.
  const std::uint64_t* carried = nullptr;

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
