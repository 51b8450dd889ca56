#pragma once

#include <cstddef>
#include <cstdint>

/// The native network's inner loops, compiled for several vector extensions; the best one is chosen at run time.
namespace spinvp::bench {

/// Rows of bits start at multiples of this and are zero behind their last bit.
constexpr std::size_t vector_bytes = 64;

/// counts[field * kernel_count + kernel] = ones of (field AND kernel). Rows are `words` words, a multiple of 8; kernels
/// come in fours.
void count_products(const std::uint64_t* fields, std::size_t field_count, const std::uint64_t* kernels,
                    std::size_t kernel_count, std::size_t words, std::uint32_t* counts);

/// sums[k] = 2 (counts[k] + 2 counts[k + kernels] + ...) - field_sum, over `planes` planes.
void combine_planes(const std::uint32_t* counts, std::size_t kernels, std::size_t planes, std::int32_t field_sum,
                    std::int32_t* sums);

/// Bit k of `bits` = sums[k] >= thresholds[k]; kernels come in eights.
void compare(const std::int32_t* sums, const std::int32_t* thresholds, std::size_t kernels, std::uint8_t* bits);

/// Bit i of `bits` = bit `plane` of values[i]; values come in 64s.
void extract_plane(const std::uint8_t* values, std::size_t count, int plane, std::uint8_t* bits);

/// The vector extension that is used.
const char* vector_extension();

}  // namespace spinvp::bench
