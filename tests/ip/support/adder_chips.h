#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/ip/support/chip_bench.h"

namespace spinvp::test {

/// Rows of a whole chip as numbers in columns.
class Columns {
 public:
  Columns(const ChipConfig& chip, std::vector<std::uint64_t> rows) : chip_(chip), rows_(std::move(rows)) {}

  std::uint64_t get(std::uint32_t subarray, std::uint32_t row, std::uint32_t bits, std::uint32_t column) const {
    std::uint64_t number = 0;
    for (std::uint32_t bit = 0; bit < bits; ++bit) {
      number |= (rows_[word(subarray, row + bit, column)] >> column % 64 & 1) << bit;
    }
    return number;
  }
  void set(std::uint32_t subarray, std::uint32_t row, std::uint32_t bits, std::uint32_t column, std::uint64_t number) {
    for (std::uint32_t bit = 0; bit < bits; ++bit) {
      std::uint64_t& one = rows_[word(subarray, row + bit, column)];
      one = (one & ~(std::uint64_t{1} << column % 64)) | (number >> bit & 1) << column % 64;
    }
  }
  const std::vector<std::uint64_t>& rows() const { return rows_; }

 private:
  std::size_t word(std::uint32_t subarray, std::uint32_t row, std::uint32_t column) const {
    return (std::size_t{subarray} * chip_.rows() + row) * chip_.row_words() + column / 64;
  }

  const ChipConfig chip_;
  std::vector<std::uint64_t> rows_;
};

/// A chip with every scheme, write-back and detail; they live in one simulation.
inline std::vector<std::unique_ptr<ChipBench>> all_chips(const ChipConfig& base) {
  std::vector<std::unique_ptr<ChipBench>> benches;
  for (const AdditionScheme scheme : {AdditionScheme::A, AdditionScheme::B}) {
    for (const bool carry_write_back : {false, true}) {
      for (const Detail detail : {Detail::Fast, Detail::Row}) {
        ChipConfig chip = with_adder(base, scheme, carry_write_back, benches.size() / 2 % 3 == 0);
        chip.detail = detail;
        benches.push_back(std::make_unique<ChipBench>(("bench" + std::to_string(benches.size())).c_str(), chip));
      }
    }
  }
  return benches;
}

}  // namespace spinvp::test
