#include "ip/mram/sub_array.h"

#include <algorithm>
#include <cstring>

namespace spinvp {

SubArray::SubArray(const SubArrayConfig& config, Ledger& ledger, Ledger::BlockId block)
    : row_count_(config.rows),
      row_words_(config.columns / 64),
      grants_direct_access_(config.grants_direct_access),
      read_time_(config.read_time),
      write_time_(config.write_time),
      ledger_(ledger),
      block_(block),
      bits_(std::size_t{row_count_} * row_words_),
      sense_latch_(row_words_),
      carry_latch_(row_words_),
      carry_next_(row_words_),
      faults_(config.faults ? FaultModel::make(*config.faults, config.index, config.rows, config.columns) : nullptr) {
  if (faults_) {
    faults_->hold_stuck_cells(bits_.data());
  }
}

const std::uint64_t* SubArray::peek(std::uint32_t index) const {
  return index < row_count_ ? bits_.data() + std::size_t{index} * row_words_ : nullptr;
}

bool SubArray::debug_read(std::uint64_t address, void* data, std::uint64_t length) const {
  const std::uint64_t bytes = bits_.size() * sizeof(std::uint64_t);
  if (address > bytes || length > bytes - address) {
    return false;
  }
  std::memcpy(data, reinterpret_cast<const unsigned char*>(bits_.data()) + address, length);
  return true;
}

bool SubArray::debug_write(std::uint64_t address, const void* data, std::uint64_t length) {
  const std::uint64_t bytes = bits_.size() * sizeof(std::uint64_t);
  if (address > bytes || length > bytes - address) {
    return false;
  }
  std::memcpy(reinterpret_cast<unsigned char*>(bits_.data()) + address, data, length);
  if (faults_) {
    faults_->hold_stuck_cells(bits_.data());
  }
  return true;
}

namespace {

constexpr Event event_of(RowOperation operation) {
  switch (operation) {
    case RowOperation::And2:
      return Event::RowAnd2;
    case RowOperation::Or2:
      return Event::RowOr2;
    case RowOperation::Xor2:
    case RowOperation::Sum:
      return Event::RowXor2;
    case RowOperation::And3:
      return Event::RowAnd3;
    case RowOperation::Or3:
      return Event::RowOr3;
    case RowOperation::Maj3:
    case RowOperation::Carry:
      return Event::RowMaj3;
    case RowOperation::FullAdd:
      return Event::RowFullAdd;
    case RowOperation::Write:
      return Event::RowWrite;
    case RowOperation::Read:
    case RowOperation::ReadCarry:
    case RowOperation::PresetCarry:
      break;
  }
  return Event::RowRead;
}

std::uint32_t rows_sensed(RowOperation operation) {
  switch (operation) {
    case RowOperation::PresetCarry:
      return 0;
    case RowOperation::Read:
    case RowOperation::ReadCarry:
    case RowOperation::Write:
      return 1;
    case RowOperation::And2:
    case RowOperation::Or2:
    case RowOperation::Xor2:
    case RowOperation::Sum:
      return 2;
    case RowOperation::And3:
    case RowOperation::Or3:
    case RowOperation::Maj3:
    case RowOperation::Carry:
    case RowOperation::FullAdd:
      break;
  }
  return 3;
}

constexpr std::uint64_t majority(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  return (a & b) | (c & (a | b));
}

}  // namespace

void SubArray::account(RowOperation operation, std::uint64_t times, Activity activity, sc_core::sc_time& delay) {
  if (operation == RowOperation::PresetCarry) {
    return;
  }
  ledger_.count(block_, event_of(operation), times, activity);
  delay += (operation == RowOperation::Write ? write_time_ : read_time_) * static_cast<double>(times);
}

bool SubArray::rows_exist(const RowTransaction& transaction) const {
  const std::uint32_t sensed = rows_sensed(transaction.operation);
  return (sensed < 1 || transaction.row < row_count_) && (sensed < 2 || transaction.second_row < row_count_) &&
         (sensed < 3 || transaction.latched_third || transaction.third_row < row_count_);
}

void SubArray::transport(RowTransaction& transaction, sc_core::sc_time& delay) {
  if (transaction.accounted > 0) {
    account(transaction.operation, transaction.accounted, transaction.activity, delay);
    transaction.ok = true;
    return;
  }
  transaction.ok = rows_exist(transaction);
  if (!transaction.ok) {
    return;
  }
  if (faults_) {
    faults_->age(bits_.data(), (sc_core::sc_time_stamp() + delay).to_seconds());
  }
  operate(transaction);
  transaction.sensed = sense_latch_.data();
  account(transaction.operation, 1, transaction.activity, delay);
}

void SubArray::operate(RowTransaction& transaction) {
  const std::uint32_t sensed = rows_sensed(transaction.operation);
  std::uint64_t* const a = sensed < 1 ? nullptr : row(transaction.row);
  const std::uint64_t* const b = sensed < 2 ? nullptr : row(transaction.second_row);
  const std::uint64_t* const c =
      sensed < 3 ? nullptr : (transaction.latched_third ? carry_latch_.data() : row(transaction.third_row));
  const auto sense = [this](SenseFunction function, const auto& column_bits) {
    for (std::uint32_t word = 0; word < row_words_; ++word) {
      sense_latch_[word] = column_bits(word);
    }
    disturb(function);
  };
  switch (transaction.operation) {
    case RowOperation::Read:
      sense(SenseFunction::Read, [=](std::uint32_t i) { return a[i]; });
      break;
    case RowOperation::And2:
      sense(SenseFunction::And2, [=](std::uint32_t i) { return a[i] & b[i]; });
      break;
    case RowOperation::Or2:
      sense(SenseFunction::Or2, [=](std::uint32_t i) { return a[i] | b[i]; });
      break;
    case RowOperation::Xor2:
      sense(SenseFunction::Xor2, [=](std::uint32_t i) { return a[i] ^ b[i]; });
      break;
    case RowOperation::And3:
      sense(SenseFunction::And3, [=](std::uint32_t i) { return a[i] & b[i] & c[i]; });
      break;
    case RowOperation::Or3:
      sense(SenseFunction::Or3, [=](std::uint32_t i) { return a[i] | b[i] | c[i]; });
      break;
    case RowOperation::Maj3:
      sense(SenseFunction::Maj3, [=](std::uint32_t i) { return majority(a[i], b[i], c[i]); });
      break;
    case RowOperation::Carry:
      sense(SenseFunction::Maj3, [=](std::uint32_t i) { return majority(a[i], b[i], c[i]); });
      std::copy(sense_latch_.begin(), sense_latch_.end(), carry_next_.begin());
      transaction.carried = carry_next_.data();
      break;
    case RowOperation::Sum:
      sense(SenseFunction::Xor2, [=](std::uint32_t i) { return a[i] ^ b[i] ^ carry_latch_[i]; });
      std::copy(carry_next_.begin(), carry_next_.end(), carry_latch_.begin());
      break;
    case RowOperation::ReadCarry:
      sense(SenseFunction::Read, [=](std::uint32_t i) { return a[i]; });
      std::copy(sense_latch_.begin(), sense_latch_.end(), carry_latch_.begin());
      break;
    case RowOperation::FullAdd:
      for (std::uint32_t i = 0; i < row_words_; ++i) {
        const std::uint64_t third = c[i];  // may be the latch that changes
        sense_latch_[i] = a[i] ^ b[i] ^ third;
        carry_latch_[i] = majority(a[i], b[i], third);
      }
      disturb(SenseFunction::FullAdd, carry_latch_.data());
      transaction.carried = carry_latch_.data();
      break;
    case RowOperation::Write:
      if (faults_) {
        faults_->write(transaction.row, transaction.data, a);
      } else {
        std::copy_n(transaction.data, row_words_, a);
      }
      break;
    case RowOperation::PresetCarry:
      std::fill(carry_latch_.begin(), carry_latch_.end(), transaction.preset ? ~std::uint64_t{0} : 0);
      break;
  }
}

bool SubArray::direct_pointer(tlm::tlm_dmi& dmi) {
  if (!grants_direct_access_ || faults_) {
    return false;
  }
  dmi.set_dmi_ptr(reinterpret_cast<unsigned char*>(bits_.data()));
  dmi.set_start_address(0);
  dmi.set_end_address(bits_.size() * sizeof(std::uint64_t) - 1);
  dmi.allow_read_write();
  return true;
}

}  // namespace spinvp
