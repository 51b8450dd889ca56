#include "ip/pim/row_bus_port.h"

#include <algorithm>
#include <cstring>

namespace spinvp {

void RowBusPort::write(Targets targets, std::uint32_t first_row, std::uint32_t rows, const std::uint64_t* words,
                       Activity activity, sc_core::sc_time& delay) {
  bool all_direct = true;
  const std::size_t offset = std::size_t{first_row} * row_words_;
  const std::size_t bytes = std::size_t{rows} * row_words_ * sizeof(std::uint64_t);
  for (std::uint32_t i = 0; i < targets.count; ++i) {
    const std::uint32_t subarray = targets.first + i * targets.stride;
    std::uint64_t* const bits = direct(subarray);
    if (bits == nullptr) {
      all_direct = false;
      continue;
    }
    std::memcpy(bits + offset, words, bytes);
    std::uint64_t& pending = pending_[bank_of(subarray)];
    if (pending == 0) {
      touched_.push_back({bank_of(subarray), subarray});
    }
    pending += rows;
  }
  if (all_direct) {
    pending_bus_rows_ += rows;
  } else {
    write_by_transactions(targets, first_row, rows, words, activity, delay);
  }
}

// Into those targets that gave no pointer.
void RowBusPort::write_by_transactions(Targets targets, std::uint32_t first_row, std::uint32_t rows,
                                       const std::uint64_t* words, Activity activity, sc_core::sc_time& delay) {
  RowTransaction transaction;
  transaction.operation = RowOperation::Write;
  transaction.activity = activity;
  for (std::uint32_t row = 0; row < rows; ++row) {
    sc_core::sc_time slowest = delay;
    transaction.row = first_row + row;
    transaction.data = words + std::size_t{row} * row_words_;
    for (std::uint32_t i = 0; i < targets.count; ++i) {
      transaction.subarray = targets.first + i * targets.stride;
      if (direct(transaction.subarray) == nullptr) {
        sc_core::sc_time own = delay;
        operate(transaction, own);
        slowest = std::max(slowest, own);
      }
    }
    delay = slowest;
  }
}

// The sub-arrays of a bank have the same costs and one account: one of them is told for all.
void RowBusPort::settle(Activity activity, sc_core::sc_time& delay) {
  sc_core::sc_time one_row = sc_core::SC_ZERO_TIME;
  sc_core::sc_time last = sc_core::SC_ZERO_TIME;
  std::uint64_t last_rows = 0;
  RowTransaction transaction;
  transaction.operation = RowOperation::Write;
  transaction.activity = activity;
  for (const Touched& touched : touched_) {
    std::uint64_t& pending = pending_[touched.bank];
    transaction.subarray = touched.subarray;
    transaction.accounted = pending;
    sc_core::sc_time own = sc_core::SC_ZERO_TIME;
    operate(transaction, own);
    if (own != last || pending != last_rows) {  // most are alike
      last = own;
      last_rows = pending;
      one_row = std::max(one_row, own / static_cast<double>(pending));
    }
    pending = 0;
  }
  delay += one_row * static_cast<double>(pending_bus_rows_);
  touched_.clear();
  pending_bus_rows_ = 0;
}

}  // namespace spinvp
