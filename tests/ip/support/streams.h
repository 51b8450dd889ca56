#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "network/mapping/command_stream.h"
#include "tests/ip/support/chip_bench.h"

namespace spinvp::test {

using Words = std::vector<std::uint32_t>;
using Bytes = std::vector<std::uint8_t>;

/// Commands one after the other, each after all before it, then STOP.
template <class... Commands>
Words stream_of(const Commands&... commands) {
  network::CommandStream stream(0, false);
  (stream.add(commands, network::lanes::all), ...);
  stream.add(interface::StopCommand{}, 0);
  return stream.words();
}

/// The words of one command alone.
template <class Command>
Words words_of(const Command& command) {
  Words words(Command::word_count);
  command.encode(words.data());
  return words;
}

/// The seed of random tests: SPINVP_TEST_SEED, or a fixed one. Tests CAPTURE it.
std::uint32_t test_seed();

/// Whole numbers, bits and bytes from one seed.
class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}

  /// From `low` to `high`, both included.
  std::uint32_t number(std::uint32_t low, std::uint32_t high) {
    return std::uniform_int_distribution<std::uint32_t>(low, high)(engine_);
  }
  std::int32_t signed_number(std::int32_t low, std::int32_t high) {
    return std::uniform_int_distribution<std::int32_t>(low, high)(engine_);
  }
  std::uint32_t word() { return engine_(); }
  bool chance(std::uint32_t one_in) { return number(1, one_in) == 1; }
  Bytes bytes(std::size_t count);

 private:
  std::mt19937 engine_;
};

/// Brings bytes into the chip's buffer with LOAD.
void put_buffer(ChipBench& bench, std::uint32_t address, const Bytes& bytes);
/// Brings whole rows into one sub-array with LOAD_ROWS.
void put_rows(ChipBench& bench, std::uint32_t subarray, std::uint32_t first_row, const Bytes& bytes);
/// Fills the whole buffer and every row with random bits.
void fill(ChipBench& bench, Random& random);

/// The int32 at a buffer address.
std::int32_t buffer_int(ChipBench& bench, std::uint32_t address);
Bytes bytes_of(const std::vector<std::int32_t>& values);
inline bool bit_of(const Bytes& bytes, std::uint64_t bit) {
  return (bytes[bit / 8] >> (bit % 8) & 1) != 0;
}

}  // namespace spinvp::test
