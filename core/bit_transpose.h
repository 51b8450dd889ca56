#pragma once

#include <cstddef>
#include <cstdint>

/// Numbers stand in bit rows one a column ("lane"): bit i of lane j's number is bit j of row i. Uses the widest vectors
/// that the host has.
namespace spinvp::bits {

/// Bit b of bytes[j] becomes bit j of row b, for 64 * words bytes: eight rows of `words` words, row_words apart.
void rows_of_bytes(const std::uint8_t* bytes, std::size_t words, std::uint64_t* rows, std::size_t row_words);

/// The numbers of `lanes` lanes, two's complement of `width` bits (1 to 32), from `width` rows that are row_words
/// apart. `numbers` has room for `lanes` rounded up to a multiple of 64.
void numbers_of_rows(const std::uint64_t* rows, std::size_t row_words, std::uint32_t width, std::size_t lanes,
                     std::int32_t* numbers);

/// The other way round: the low `width` bits (1 to 32) of 64 * words numbers, in `width` rows of `words` words that are
/// row_words apart.
void rows_of_numbers(const std::int32_t* numbers, std::size_t words, std::uint32_t width, std::uint64_t* rows,
                     std::size_t row_words);

}  // namespace spinvp::bits
