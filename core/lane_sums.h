#pragma once

#include <cstddef>
#include <cstdint>

namespace spinvp::bits {

/// Operands and sums that stand in bit rows, one number a column: bit i of a number is in its row i. Rows are row_words
/// words long and follow one another. The regions of operands, sums, constants and carry do not overlap.
struct LaneSums {
  std::size_t row_words = 0;

  const std::uint64_t* operands = nullptr;  ///< unsigned, `planes` rows each
  std::size_t operand_count = 0;
  std::uint32_t planes = 0;
  bool complemented = false;  ///< the inverted rows of an operand follow behind it; needed to subtract

  std::uint64_t* sums = nullptr;  ///< two's complement, `width` rows each; they wrap
  std::size_t sum_count = 0;
  std::uint32_t width = 0;  ///< from `planes` to 32

  const std::uint64_t* zeros = nullptr;  ///< a row that should hold nothing but zeros
  const std::uint64_t* ones = nullptr;   ///< one that should hold nothing but ones
  std::uint64_t* carry = nullptr;        ///< receives the last addition's carries out; null: nobody asks

  /// Whether operand o is added to sum s, or subtracted from it (never both): bit s of the o-th run of
  /// ceil(sum_count / 64) words.
  const std::uint64_t* adds = nullptr;
  const std::uint64_t* subtracts = nullptr;
};

/// What a bit-serial adder makes of the rows when it takes operand by operand, and for each of them sum by sum; upper
/// bits of an operand come from the constant rows, and a subtraction adds the inverted rows with a carry in of one.
/// Columns whose operands are zero are passed over. False, and nothing has changed, when constants or inverted rows do
/// not hold what they should.
bool add_lanes(const LaneSums& work);

}  // namespace spinvp::bits
