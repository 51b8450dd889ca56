#include "core/bits.h"

#include <algorithm>
#include <cstring>

namespace spinvp::bits {
namespace {

// Reads up to 57 bits starting at any bit, touching only the bytes that hold them.
std::uint64_t read_bits(const std::uint8_t* source, std::size_t bit, std::size_t count) {
  const std::size_t first_byte = bit / 8;
  const std::size_t shift = bit % 8;
  std::uint64_t value = 0;
  std::memcpy(&value, source + first_byte, (shift + count + 7) / 8);
  value >>= shift;
  return value & ((std::uint64_t{1} << count) - 1);
}

void write_bits(std::uint8_t* destination, std::size_t bit, std::size_t count, std::uint64_t value) {
  const std::size_t first_byte = bit / 8;
  const std::size_t shift = bit % 8;
  const std::size_t bytes = (shift + count + 7) / 8;
  const std::uint64_t mask = ((std::uint64_t{1} << count) - 1) << shift;
  std::uint64_t old = 0;
  std::memcpy(&old, destination + first_byte, bytes);
  const std::uint64_t merged = (old & ~mask) | ((value << shift) & mask);
  std::memcpy(destination + first_byte, &merged, bytes);
}

}  // namespace

void copy(std::uint8_t* destination, std::size_t destination_bit, const std::uint8_t* source, std::size_t source_bit,
          std::size_t count) {
  destination += destination_bit / 8;
  source += source_bit / 8;
  destination_bit %= 8;
  source_bit %= 8;
  const auto copy_some = [&](std::size_t bits) {
    write_bits(destination, destination_bit, bits, read_bits(source, source_bit, bits));
    destination += (destination_bit + bits) / 8;
    destination_bit = (destination_bit + bits) % 8;
    source += (source_bit + bits) / 8;
    source_bit = (source_bit + bits) % 8;
    count -= bits;
  };
  if (destination_bit != 0 && count > 0) {
    copy_some(std::min(count, 8 - destination_bit));
  }
  // The destination stands at a byte now.
  if (source_bit == 0) {
    const std::size_t whole_bytes = count / 8;
    std::memcpy(destination, source, whole_bytes);
    destination += whole_bytes;
    source += whole_bytes;
    count %= 8;
  } else {
    for (; count >= 64; count -= 64, destination += 8, source += 8) {
      std::uint64_t value = 0;
      std::memcpy(&value, source, 8);
      value = value >> source_bit | std::uint64_t{source[8]} << (64 - source_bit);
      std::memcpy(destination, &value, 8);
    }
  }
  constexpr std::size_t chunk = 48;  // with a shift of up to 7 still within one 64-bit word
  while (count > 0) {
    copy_some(std::min(count, chunk));
  }
}

}  // namespace spinvp::bits
