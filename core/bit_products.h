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

/// Ones of `count` runs of `words` words that stand one behind the other.
void count_ones_of_runs(const std::uint64_t* runs, std::size_t count, std::size_t words, std::uint32_t* ones);

}  // namespace spinvp::bits
