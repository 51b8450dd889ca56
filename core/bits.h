#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

/// Bits packed into 64-bit words, bit i of a vector at bit (i % 64) of word (i / 64). In memory (little-endian
/// hosts only) that is also bit (i % 8) of byte (i / 8), so words and byte images of a row are interchangeable.
namespace spinvp::bits {

constexpr std::size_t bits_per_word = 64;

/// Words needed to hold `bit_count` bits.
constexpr std::size_t words_for(std::size_t bit_count) {
  return (bit_count + bits_per_word - 1) / bits_per_word;
}

/// Bytes needed to hold `bit_count` bits.
constexpr std::size_t bytes_for(std::size_t bit_count) {
  return (bit_count + 7) / 8;
}

inline bool get(const std::uint8_t* bytes, std::size_t index) {
  return (bytes[index / 8] >> (index % 8)) & 1u;
}

inline void set(std::uint8_t* bytes, std::size_t index, bool value) {
  const auto mask = static_cast<std::uint8_t>(1u << (index % 8));
  bytes[index / 8] = static_cast<std::uint8_t>(value ? bytes[index / 8] | mask : bytes[index / 8] & ~mask);
}

/// Copies `count` bits from bit `source_bit` of `source` to bit `destination_bit` of `destination`; neighbouring bits
/// stay as they are. The two ranges must not overlap. Reads and writes only bytes that hold bits of the ranges.
void copy(std::uint8_t* destination, std::size_t destination_bit, const std::uint8_t* source, std::size_t source_bit,
          std::size_t count);

}  // namespace spinvp::bits
