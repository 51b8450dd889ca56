#pragma once

#include <cstdint>
#include <memory>
#include <systemc>
#include <vector>

#include "ip/ledger/ledger.h"
#include "ip/mram/fault_model.h"
#include "ip/mram/row_protocol.h"
#include "ip/mram/row_storage.h"

namespace spinvp {

struct SubArrayConfig {
  std::uint32_t rows = 0;
  std::uint32_t columns = 0;    ///< a multiple of 64
  sc_core::sc_time read_time;   ///< a sense, of however many rows
  sc_core::sc_time write_time;  ///< a row write
  bool grants_direct_access = true;
  std::shared_ptr<const FaultConfig> faults{};  ///< null: none
  std::uint32_t index = 0;                      ///< in the chip: which faults are its own
};

/// R x C bits of MRAM with a row decoder that can raise one, two or three word lines, and a reconfigurable sense
/// amplifier with a carry latch per column. It owns the bits: the only copy on the chip of a weight or an activation
/// that is being computed with. Non-volatile: the rows. Volatile: the sense and carry latches.
/// A sub-array in which something can go wrong grants no direct access: each of its operations is a transaction.
/// No module: a chip has thousands, behind the socket of its Banks.
class SubArray {
 public:
  SubArray(const SubArrayConfig& config, Ledger& ledger, Ledger::BlockId block);

  /// One row operation; `delay` grows by its time.
  void transport(RowTransaction& transaction, sc_core::sc_time& delay);
  /// The rows, one behind the other, for units that account for what they do; false when each operation must be seen.
  bool direct_pointer(tlm::tlm_dmi& dmi);

  /// The words of a row, for observers and tests; null when there is no such row.
  const std::uint64_t* peek(std::uint32_t row) const;
  /// The bits for a debugger; no time passes and nothing is counted. False when there are no such bytes.
  bool debug_read(std::uint64_t address, void* data, std::uint64_t length) const;
  bool debug_write(std::uint64_t address, const void* data, std::uint64_t length);

  FaultCounts fault_counts() const { return faults_ ? faults_->counts() : FaultCounts{}; }
  std::size_t resident_bytes() const { return bits_.resident_bytes(); }  ///< of memory behind the rows

 private:
  bool rows_exist(const RowTransaction& transaction) const;
  void operate(RowTransaction& transaction);
  void disturb(SenseFunction function, std::uint64_t* carries = nullptr) {
    if (faults_) {
      faults_->sense(function, sense_latch_.data(), carries);
    }
  }
  std::uint64_t* row(std::uint32_t index) { return bits_.data() + std::size_t{index} * row_words_; }
  void account(RowOperation operation, std::uint64_t times, Activity activity, sc_core::sc_time& delay);

  const std::uint32_t row_count_;
  const std::uint32_t row_words_;
  const bool grants_direct_access_;
  const sc_core::sc_time read_time_;
  const sc_core::sc_time write_time_;
  Ledger& ledger_;
  const Ledger::BlockId block_;

  RowStorage bits_;                         // [row][word], non-volatile
  std::vector<std::uint64_t> sense_latch_;  // volatile
  std::vector<std::uint64_t> carry_latch_;  // volatile: the carry into this bit
  std::vector<std::uint64_t> carry_next_;   // volatile: the carry into the next bit, until Sum has used the other
  std::unique_ptr<FaultModel> faults_;      // null where nothing can go wrong
};

}  // namespace spinvp
