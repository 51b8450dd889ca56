#pragma once

#include <cstddef>
#include <cstdint>

namespace spinvp::bits {

/// Ones of the AND of every pair: counts[i * b_count + j] = ones of (a_i AND b_j), where a_i is the i-th run of `words`
/// words at `a`, and b_j the j-th at `b`. Runs stand one behind the other. Uses the widest vectors that the host has.
void count_ones_of_products(const std::uint64_t* a, std::size_t a_count, const std::uint64_t* b, std::size_t b_count,
                            std::size_t words, std::uint32_t* counts);

/// Ones among the first `word_count` words.
std::uint32_t count_ones(const std::uint64_t* words, std::size_t word_count);

/// sums[i] += factor * values[i], modulo 2^32.
void add_multiple(const std::uint32_t* values, std::size_t count, std::uint32_t factor, std::uint32_t* sums);

}  // namespace spinvp::bits
