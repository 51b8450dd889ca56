#pragma once

#include <array>
#include <cstdint>
#include <systemc>
#include <vector>

#include "ip/pim/chip_config.h"
#include "ip/pim/row_port.h"

namespace spinvp {

/// The rows of sub-arrays as in-memory adders use them: row operations one by one, or the bits themselves through a
/// direct pointer, accounted for once a bank and command. Callers have checked their ranges and know the time.
class AdderRows : public RowPort {
 public:
  /// One bit of an addition: which rows are raised, and where its results go.
  struct Bit {
    std::uint32_t operand_row = 0;
    std::uint32_t accumulator_row = 0;  ///< receives the sum
    std::uint32_t carry_in_row = 0;
    bool carry_latched = false;   ///< the carry latch stands in for carry_in_row
    std::uint32_t carry_row = 0;  ///< receives the carry where the chip writes carries back
  };

  AdderRows(const char* name, const ChipConfig& config);

  /// Senses that a bit of an addition takes.
  static std::uint32_t senses_a_bit(const ChipConfig& config) {
    return config.adder.scheme == AdditionScheme::A ? 2 : 1;
  }

  /// A row operation whose time the caller knows.
  void operate(std::uint32_t subarray, RowTransaction& transaction);
  void write(std::uint32_t subarray, std::uint32_t row, const std::uint64_t* words, Activity activity);
  /// The bit's row operations. Scheme A's sum takes its carry in from the latch, which the caller has set for the first
  /// bit.
  void add_bit(std::uint32_t subarray, const Bit& bit, Activity activity);
  /// Rows [first, first + count) become zero, by the bits where there is a direct pointer.
  void clear(std::uint32_t subarray, std::uint32_t first, std::uint32_t count, Activity activity);
  /// Senses rows [first, first + count); they are valid until the next call or write.
  const std::uint64_t* read(std::uint32_t subarray, std::uint32_t first, std::uint32_t count, Activity activity);

  /// Notes what was done through a sub-array's direct pointer. Sub-arrays of a bank count together: settle(), called
  /// before the next bank, tells one of them.
  void account(std::uint32_t subarray, RowOperation operation, std::uint64_t times);
  /// Notes the operations of so many bits of additions.
  void account_bits(std::uint32_t subarray, std::uint64_t bits);
  void settle(Activity activity);

 private:
  const AdditionScheme scheme_;
  const bool writes_carry_;
  std::vector<std::uint64_t> row_;     // a row on its way from the sense latch to the write drivers
  std::vector<std::uint64_t> sensed_;  // rows that read() sensed one by one
  std::array<std::uint64_t, static_cast<std::size_t>(RowOperation::PresetCarry)> pending_{};  // [operation]
  std::uint32_t pending_subarray_ = 0;  // a sub-array whose pointer was used
};

}  // namespace spinvp
