#include "ip/mram/sub_array.h"

#include <algorithm>

namespace spinvp {

SubArray::SubArray(sc_core::sc_module_name name, const SubArrayConfig& config, Ledger& ledger, Ledger::BlockId block)
    : sc_module(name),
      row_count_(config.rows),
      row_words_(config.columns / 64),
      grants_direct_access_(config.grants_direct_access),
      read_time_(config.read_time),
      write_time_(config.write_time),
      ledger_(ledger),
      block_(block),
      bits_(std::size_t{row_count_} * row_words_),
      sense_latch_(row_words_) {
  rows.register_b_transport(this, &SubArray::transport);
  rows.register_get_direct_mem_ptr(this, &SubArray::direct_pointer);
}

const std::uint64_t* SubArray::peek(std::uint32_t index) const {
  return index < row_count_ ? bits_.data() + std::size_t{index} * row_words_ : nullptr;
}

void SubArray::account(RowOperation operation, std::uint64_t times, Activity activity, sc_core::sc_time& delay) {
  switch (operation) {
    case RowOperation::Read:
      ledger_.count(block_, Event::RowRead, times, activity);
      delay += read_time_ * static_cast<double>(times);
      break;
    case RowOperation::And2:
      ledger_.count(block_, Event::RowAnd2, times, activity);
      delay += read_time_ * static_cast<double>(times);
      break;
    case RowOperation::Write:
      ledger_.count(block_, Event::RowWrite, times, activity);
      delay += write_time_ * static_cast<double>(times);
      break;
  }
}

void SubArray::transport(int, RowTransaction& transaction, sc_core::sc_time& delay) {
  if (transaction.accounted > 0) {
    account(transaction.operation, transaction.accounted, transaction.activity, delay);
    transaction.ok = true;
    return;
  }
  const bool two_rows = transaction.operation == RowOperation::And2;
  transaction.ok = transaction.row < row_count_ && (!two_rows || transaction.second_row < row_count_);
  if (!transaction.ok) {
    return;
  }
  std::uint64_t* const first = row(transaction.row);
  switch (transaction.operation) {
    case RowOperation::Read:
      std::copy_n(first, row_words_, sense_latch_.data());
      break;
    case RowOperation::And2: {
      const std::uint64_t* const second = row(transaction.second_row);
      for (std::uint32_t word = 0; word < row_words_; ++word) {
        sense_latch_[word] = first[word] & second[word];
      }
      break;
    }
    case RowOperation::Write:
      std::copy_n(transaction.data, row_words_, first);
      break;
  }
  transaction.sensed = sense_latch_.data();
  account(transaction.operation, 1, transaction.activity, delay);
}

bool SubArray::direct_pointer(int, RowTransaction&, tlm::tlm_dmi& dmi) {
  if (!grants_direct_access_) {
    return false;
  }
  dmi.set_dmi_ptr(reinterpret_cast<unsigned char*>(bits_.data()));
  dmi.set_start_address(0);
  dmi.set_end_address(bits_.size() * sizeof(std::uint64_t) - 1);
  dmi.allow_read_write();
  return true;
}

}  // namespace spinvp
