#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "tests/ip/support/streams.h"

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
  /// The same as a two's complement number, as far as it fits 32 bits.
  std::uint32_t get_signed(std::uint32_t subarray, std::uint32_t row, std::uint32_t bits, std::uint32_t column) const {
    const std::uint64_t number = get(subarray, row, bits, column);
    return static_cast<std::uint32_t>(number - (number >> (bits - 1) << bits));
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

/// A chip with every scheme, write-back and detail; they live in one simulation. Each in detail `fast` stands before
/// its twin in detail `row`.
std::vector<std::unique_ptr<ChipBench>> all_chips(const ChipConfig& base);

/// The same chip with an adder of scheme B in both details.
std::vector<std::unique_ptr<ChipBench>> both_details(const ChipConfig& base);

/// Brings bytes into the buffer from address 0 on, and the same rows into every sub-array.
void put_everywhere(ChipBench& bench, const Bytes& buffer, const Bytes& rows);

/// Runs a stream on both and checks that bits, times, energies and counts are the same.
void check_details_agree(ChipBench& fast, ChipBench& row, const Words& stream);

}  // namespace spinvp::test
