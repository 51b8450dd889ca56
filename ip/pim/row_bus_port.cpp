#include "ip/pim/row_bus_port.h"

#include <algorithm>

namespace spinvp {

void RowBusPort::transport(RowTransaction& transaction, sc_core::sc_time& delay) {
  socket[static_cast<int>(transaction.subarray / subarrays_per_bank_)]->b_transport(transaction, delay);
  sc_assert(transaction.ok);  // ranges were checked before
}

std::uint64_t* RowBusPort::direct_pointer(std::uint32_t subarray) {
  if (!asked_[subarray]) {
    asked_[subarray] = true;
    RowTransaction transaction;
    transaction.subarray = subarray;
    tlm::tlm_dmi dmi;
    if (socket[static_cast<int>(subarray / subarrays_per_bank_)]->get_direct_mem_ptr(transaction, dmi)) {
      direct_[subarray] = reinterpret_cast<std::uint64_t*>(dmi.get_dmi_ptr());
    }
  }
  return direct_[subarray];
}

void RowBusPort::write(Targets targets, std::uint32_t row, const std::uint64_t* words, Activity activity,
                       sc_core::sc_time& delay) {
  sc_core::sc_time slowest = delay;
  bool through_direct_pointer = false;
  for (std::uint32_t i = 0; i < targets.count; ++i) {
    const std::uint32_t subarray = targets.first + i * targets.stride;
    if (std::uint64_t* bits = direct_pointer(subarray)) {
      std::copy_n(words, row_words_, bits + std::size_t{row} * row_words_);
      if (pending_[subarray]++ == 0) {
        touched_.push_back(subarray);
      }
      through_direct_pointer = true;
      continue;
    }
    RowTransaction transaction;
    transaction.operation = RowOperation::Write;
    transaction.subarray = subarray;
    transaction.row = row;
    transaction.activity = activity;
    transaction.data = words;
    sc_core::sc_time own = delay;
    transport(transaction, own);
    slowest = std::max(slowest, own);
  }
  if (slowest == delay && through_direct_pointer) {
    ++pending_bus_rows_;
  }
  delay = slowest;
}

void RowBusPort::settle(Activity activity, sc_core::sc_time& delay) {
  sc_core::sc_time one_row = sc_core::SC_ZERO_TIME;
  for (const std::uint32_t subarray : touched_) {
    RowTransaction transaction;
    transaction.operation = RowOperation::Write;
    transaction.subarray = subarray;
    transaction.activity = activity;
    transaction.accounted = pending_[subarray];
    sc_core::sc_time own = sc_core::SC_ZERO_TIME;
    transport(transaction, own);
    one_row = std::max(one_row, own / static_cast<double>(pending_[subarray]));
    pending_[subarray] = 0;
  }
  delay += one_row * static_cast<double>(pending_bus_rows_);
  touched_.clear();
  pending_bus_rows_ = 0;
}

}  // namespace spinvp
