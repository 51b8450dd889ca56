#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "ip/pim/chip_config.h"
#include "ip/pim/row_port.h"

namespace spinvp {

/// A unit's port to the row bus, which carries one row at a time to any set of sub-arrays. In detail `row` every row
/// write is a transaction; in detail `fast` rows move through direct pointers and settle() accounts for them.
class RowBusPort : public RowPort {
 public:
  RowBusPort(const char* name, const ChipConfig& config)
      : RowPort(name, config),
        subarrays_per_bank_(config.subarrays_per_bank),
        row_words_(config.row_words()),
        pending_(config.banks) {}

  /// Sub-arrays first, first + stride, ... (count of them).
  struct Targets {
    std::uint32_t first;
    std::uint32_t count;
    std::uint32_t stride;
  };

  /// Writes `rows` rows that stand one behind the other at `words` into rows first_row, first_row + 1, ... of all
  /// targets at the same time; `delay` grows by a row write each (in detail `fast` when settle() is called).
  void write(Targets targets, std::uint32_t first_row, std::uint32_t rows, const std::uint64_t* words,
             Activity activity, sc_core::sc_time& delay);

  /// Accounts for what moved through direct pointers since the last call. Units call it once a command.
  void settle(Activity activity, sc_core::sc_time& delay);

 private:
  struct Touched {
    std::uint32_t bank;
    std::uint32_t subarray;  ///< one of those written
  };

  std::uint32_t bank_of(std::uint32_t subarray) const { return subarray / subarrays_per_bank_; }
  void write_by_transactions(Targets targets, std::uint32_t first_row, std::uint32_t rows, const std::uint64_t* words,
                             Activity activity, sc_core::sc_time& delay);

  const std::uint32_t subarrays_per_bank_;
  const std::uint32_t row_words_;
  std::vector<std::uint64_t> pending_;  // [bank] rows written but not accounted for
  std::vector<Touched> touched_;        // banks with pending rows
  std::uint64_t pending_bus_rows_ = 0;
};

}  // namespace spinvp
