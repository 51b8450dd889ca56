#pragma once

#include <cstddef>
#include <cstdint>

namespace spinvp::kernels {

/// Runs of 16-bit numbers, `stride` elements apart, stand on multiples of this many elements; those between the end of
/// a run and the next multiple are zero.
constexpr std::size_t dot_alignment = 32;

/// products[i * b_count + j] = sum of a_i[e] * b_j[e] over e < `elements`, modulo 2^32, where a_i is the i-th run at
/// `a` and b_j the j-th at `b`. Numbers of a are 0 .. 4,095. Uses the widest vectors that the host has.
void dot_products(const std::int16_t* a, std::size_t a_count, const std::int16_t* b, std::size_t b_count,
                  std::size_t elements, std::size_t stride, std::uint32_t* products);

/// out[i] = the two's complement number of `bytes` bytes (1 or 2) at `in`.
void widen(const std::uint8_t* in, std::uint32_t bytes, std::size_t count, std::int16_t* out);

}  // namespace spinvp::kernels
