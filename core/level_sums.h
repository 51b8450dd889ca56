#pragma once

#include <cstddef>
#include <cstdint>

namespace spinvp::bits {

/// Adds numbers to the columns of bit rows: for each `e` below `count`, columns with a one in row 2 e get
/// + levels[e], those with a one in row 2 e + 1 get - levels[e]; a column with ones in both gets both. Rows are
/// row_words words long and follow one another; `sums` has 64 * row_words numbers, which wrap. Levels are below 2^15.
/// Uses the widest vectors that the host has.
void add_levels(const std::uint64_t* rows, std::size_t row_words, const std::uint16_t* levels, std::size_t count,
                std::int32_t* sums);

}  // namespace spinvp::bits
