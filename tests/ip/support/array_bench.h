#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>

#include "ip/mram/sub_array.h"

namespace spinvp::test {

/// A sub-array of 16 x 128, number 0 of its chip: 3 ns a sense, 7 ns a write.
struct ArrayBench {
  static constexpr Activity activity{4, true};

  Ledger ledger;
  Ledger::BlockId block = ledger.add_block({"rows", {}, 0});
  SubArray array;
  sc_core::sc_time delay;  ///< of the last operation

  explicit ArrayBench(bool grants_direct_access, std::shared_ptr<const FaultConfig> faults = nullptr)
      : array({16, 128, sc_core::sc_time(3, sc_core::SC_NS), sc_core::sc_time(7, sc_core::SC_NS), grants_direct_access,
               std::move(faults), 0},
              ledger, block) {}
  explicit ArrayBench(const FaultConfig& faults) : ArrayBench(true, std::make_shared<const FaultConfig>(faults)) {}

  RowTransaction run(RowTransaction transaction) {
    transaction.activity = activity;
    delay = sc_core::SC_ZERO_TIME;
    array.transport(transaction, delay);
    return transaction;
  }
  RowTransaction run(RowOperation operation, std::uint32_t row, std::uint32_t second = 0, std::uint32_t third = 0) {
    RowTransaction transaction;
    transaction.operation = operation;
    transaction.row = row;
    transaction.second_row = second;
    transaction.third_row = third;
    return run(transaction);
  }
  RowTransaction write(std::uint32_t row, const std::uint64_t* data) {
    RowTransaction transaction;
    transaction.operation = RowOperation::Write;
    transaction.row = row;
    transaction.data = data;
    return run(transaction);
  }
  std::uint64_t events(Event event) const { return ledger.events(block, event, activity); }
};

}  // namespace spinvp::test
