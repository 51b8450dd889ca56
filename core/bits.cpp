#include "core/bits.h"

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
  if (destination_bit % 8 == 0 && source_bit % 8 == 0) {
    const std::size_t whole_bytes = count / 8;
    std::memcpy(destination + destination_bit / 8, source + source_bit / 8, whole_bytes);
    destination_bit += whole_bytes * 8;
    source_bit += whole_bytes * 8;
    count -= whole_bytes * 8;
  }
  constexpr std::size_t chunk = 48;  // with a shift of up to 7 still within one 64-bit word
  while (count > 0) {
    const std::size_t now = count < chunk ? count : chunk;
    write_bits(destination, destination_bit, now, read_bits(source, source_bit, now));
    destination_bit += now;
    source_bit += now;
    count -= now;
  }
}

}  // namespace spinvp::bits
