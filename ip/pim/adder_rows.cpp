#include "ip/pim/adder_rows.h"

#include <algorithm>

namespace spinvp {

AdderRows::AdderRows(const char* name, const ChipConfig& config)
    : RowPort(name, config),
      scheme_(config.adder.scheme),
      writes_carry_(config.adder.carry_write_back),
      row_(config.row_words()) {}

void AdderRows::operate(std::uint32_t subarray, RowTransaction& transaction) {
  sc_core::sc_time own = sc_core::SC_ZERO_TIME;  // callers know how operations overlap
  transaction.subarray = subarray;
  RowPort::operate(transaction, own);
}

void AdderRows::write(std::uint32_t subarray, std::uint32_t row, const std::uint64_t* words, Activity activity) {
  RowTransaction transaction;
  transaction.operation = RowOperation::Write;
  transaction.row = row;
  transaction.data = words;
  transaction.activity = activity;
  operate(subarray, transaction);
}

void AdderRows::add_bit(std::uint32_t subarray, const Bit& bit, Activity activity) {
  RowTransaction step;
  step.activity = activity;
  step.row = bit.operand_row;
  step.second_row = bit.accumulator_row;
  step.third_row = bit.carry_in_row;
  step.latched_third = bit.carry_latched;
  if (scheme_ == AdditionScheme::A) {
    step.operation = RowOperation::Carry;
    operate(subarray, step);
    if (writes_carry_) {
      write(subarray, bit.carry_row, step.carried, activity);
    }
    step.operation = RowOperation::Sum;
    operate(subarray, step);
    write(subarray, bit.accumulator_row, step.sensed, activity);
    return;
  }
  step.operation = RowOperation::FullAdd;
  operate(subarray, step);
  std::copy_n(step.sensed, row_.size(), row_.data());
  if (writes_carry_) {
    write(subarray, bit.carry_row, step.carried, activity);
  }
  write(subarray, bit.accumulator_row, row_.data(), activity);
}

void AdderRows::clear(std::uint32_t subarray, std::uint32_t first, std::uint32_t count, Activity activity) {
  const std::size_t words = row_.size();
  if (std::uint64_t* const bits = direct(subarray)) {
    std::fill_n(bits + first * words, count * words, 0);
    account(subarray, RowOperation::Write, count);
    return;
  }
  std::fill(row_.begin(), row_.end(), 0);
  for (std::uint32_t i = 0; i < count; ++i) {
    write(subarray, first + i, row_.data(), activity);
  }
}

const std::uint64_t* AdderRows::read(std::uint32_t subarray, std::uint32_t first, std::uint32_t count,
                                     Activity activity) {
  const std::size_t words = row_.size();
  if (const std::uint64_t* const bits = direct(subarray)) {
    account(subarray, RowOperation::Read, count);
    return bits + first * words;
  }
  sensed_.resize(count * words);
  RowTransaction sense;
  sense.activity = activity;
  for (std::uint32_t i = 0; i < count; ++i) {
    sense.row = first + i;
    operate(subarray, sense);
    std::copy_n(sense.sensed, words, sensed_.data() + i * words);
  }
  return sensed_.data();
}

void AdderRows::account(std::uint32_t subarray, RowOperation operation, std::uint64_t times) {
  pending_[static_cast<std::size_t>(operation)] += times;
  pending_subarray_ = subarray;
}

void AdderRows::account_bits(std::uint32_t subarray, std::uint64_t bits) {
  if (scheme_ == AdditionScheme::A) {
    account(subarray, RowOperation::Carry, bits);
    account(subarray, RowOperation::Sum, bits);
  } else {
    account(subarray, RowOperation::FullAdd, bits);
  }
  account(subarray, RowOperation::Write, bits * (writes_carry_ ? 2 : 1));
}

void AdderRows::settle(Activity activity) {
  for (std::size_t operation = 0; operation < pending_.size(); ++operation) {
    if (pending_[operation] == 0) {
      continue;
    }
    RowTransaction transaction;
    transaction.operation = static_cast<RowOperation>(operation);
    transaction.activity = activity;
    transaction.accounted = pending_[operation];
    pending_[operation] = 0;
    operate(pending_subarray_, transaction);
  }
}

}  // namespace spinvp
