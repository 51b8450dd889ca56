#include <catch2/catch.hpp>
#include <cstring>

#include "tests/ip/support/random_commands.h"

using namespace spinvp;
using namespace spinvp::test;
using interface::AndAccCommand;
using interface::WeightKind;
using sc_core::sc_time;

namespace {

// The integer that the planes of one position encode.
std::int64_t weight_of(WeightKind kind, std::uint32_t planes, std::uint32_t bits) {
  switch (kind) {
    case WeightKind::Unsigned:
      return bits;
    case WeightKind::TwosComplement:
      return (bits >> (planes - 1) & 1) != 0 ? std::int64_t{bits} - (std::int64_t{1} << planes) : bits;
    case WeightKind::Ternary:
      return std::int64_t{bits & 1} - std::int64_t{bits >> 1};
    case WeightKind::Binary:
      return bits != 0 ? 1 : -1;
  }
  return 0;
}

class Reference {
 public:
  Reference(const ChipConfig& chip, std::vector<std::uint64_t> rows) : chip_(chip), rows_(std::move(rows)) {}

  // The integer dot product of one kernel and one pixel over all columns and tiles.
  std::int64_t dot(const AndAccCommand& c, std::uint32_t subarray, std::uint32_t kernel, std::uint32_t pixel) const {
    std::int64_t sum = 0;
    for (std::uint32_t t = 0; t < c.tiles; ++t) {
      for (std::uint32_t column = 0; column < chip_.columns(); ++column) {
        std::uint32_t weight = 0;
        for (std::uint32_t n = 0; n < c.weight_planes; ++n) {
          weight |= bit(subarray, c.kernel_row + (kernel * c.weight_planes + n) * c.tiles + t, column) << n;
        }
        std::uint32_t activation = 0;
        for (std::uint32_t m = 0; m < c.activation_planes; ++m) {
          activation |= bit(subarray, c.image_row + (pixel * c.activation_planes + m) * c.tiles + t, column) << m;
        }
        sum += weight_of(c.weight_kind, c.weight_planes, weight) * activation;
      }
    }
    return sum;
  }

  // The buffer after the command.
  Bytes buffer_after(const AndAccCommand& c, Bytes buffer) const {
    for (std::uint32_t p = 0; p < c.pixels; ++p) {
      for (std::uint32_t k = 0; k < c.kernels; ++k) {
        const std::uint32_t subarray =
            c.first_subarray + p / c.pixels_per_replica * c.subarrays + k / c.kernels_per_subarray;
        auto sum = static_cast<std::uint32_t>(dot(c, subarray, k % c.kernels_per_subarray, p % c.pixels_per_replica));
        std::uint8_t* const at = &buffer[c.accumulator_address + p * c.accumulator_pitch + 4 * k];
        if (c.accumulate != 0) {
          std::uint32_t before = 0;
          std::memcpy(&before, at, 4);
          sum += before;
        }
        std::memcpy(at, &sum, 4);
      }
    }
    return buffer;
  }

 private:
  std::uint32_t bit(std::uint32_t subarray, std::uint32_t row, std::uint32_t column) const {
    const std::uint64_t word = rows_[(std::size_t{subarray} * chip_.rows() + row) * chip_.row_words() + column / 64];
    return static_cast<std::uint32_t>(word >> column % 64 & 1);
  }

  const ChipConfig chip_;
  const std::vector<std::uint64_t> rows_;
};

AndAccCommand one_sum(WeightKind kind, std::uint32_t weight_planes, std::uint32_t activation_planes) {
  AndAccCommand command;
  command.weight_kind = kind;
  command.weight_planes = weight_planes;
  command.activation_planes = activation_planes;
  command.image_row = 24;
  command.accumulator_pitch = 4;
  return command;
}

void check_all_widths(Detail detail) {
  const ChipConfig chip = small_chip(64, 128, 1, 1, 1024, detail);
  ChipBench bench("bench", chip);
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  fill(bench, random);
  const Reference reference(chip, bench.all_rows());
  for (const WeightKind kind :
       {WeightKind::Unsigned, WeightKind::TwosComplement, WeightKind::Ternary, WeightKind::Binary}) {
    const std::uint32_t least = kind == WeightKind::Ternary ? 2 : 1;
    const std::uint32_t most = kind == WeightKind::Ternary ? 2 : kind == WeightKind::Binary ? 1 : 8;
    for (std::uint32_t n = least; n <= most; ++n) {
      for (std::uint32_t m = 1; m <= 8; ++m) {
        CAPTURE(static_cast<int>(kind), n, m);
        AndAccCommand command = one_sum(kind, n, m);
        command.tiles = 3;
        REQUIRE(bench.run_stream(stream_of(command)).done);
        REQUIRE(buffer_int(bench, 0) == reference.dot(command, 0, 0, 0));
      }
    }
  }
}

void check_random_commands(Detail detail) {
  const ChipConfig chip = small_chip(48, 64, 2, 3, 2048, detail);
  ChipBench bench("bench", chip);
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  fill(bench, random);
  const Reference reference(chip, bench.all_rows());
  Bytes buffer = bench.buffer(0, chip.buffer.bytes);
  for (int round = 0; round < 200; ++round) {
    const AndAccCommand command = random_and_acc(random, chip);
    CAPTURE(round);
    buffer = reference.buffer_after(command, std::move(buffer));
    REQUIRE(bench.run_stream(stream_of(command)).done);
    REQUIRE((bench.buffer(0, chip.buffer.bytes) == buffer));
  }
}

// Cycles of a command alone: what its stream takes longer than one with the smallest command, plus that one's.
std::uint64_t cycles_between(ChipBench& bench, const AndAccCommand& longer, const AndAccCommand& shorter) {
  const sc_time difference =
      bench.run_stream(stream_of(longer)).duration - bench.run_stream(stream_of(shorter)).duration;
  return static_cast<std::uint64_t>(difference / bench.chip.config().clock_period);
}

}  // namespace

TEST_CASE("sums are integer dot products for every kind and width of weights and activations, detail fast") {
  check_all_widths(Detail::Fast);
}

TEST_CASE("sums are integer dot products for every kind and width of weights and activations, detail row") {
  check_all_widths(Detail::Row);
}

TEST_CASE("kernels, pixels, replicas and sub-arrays of random commands find their sums, detail fast") {
  check_random_commands(Detail::Fast);
}

TEST_CASE("kernels, pixels, replicas and sub-arrays of random commands find their sums, detail row") {
  check_random_commands(Detail::Row);
}

TEST_CASE("added sums wrap as 32-bit hardware does") {
  ChipBench bench("bench", small_chip(64, 64, 1, 1, 1024, Detail::Fast));
  put_rows(bench, 0, 0, Bytes(8 * 64, 0xFF));
  put_buffer(bench, 0, bytes_of({0x7FFFFFFF}));
  AndAccCommand command = one_sum(WeightKind::Unsigned, 1, 1);
  command.accumulate = 1;
  REQUIRE(bench.run_stream(stream_of(command)).done);
  CHECK(buffer_int(bench, 0) == static_cast<std::int32_t>(0x7FFFFFFFu + 64));
}

TEST_CASE("a tree takes a cycle a row operation and a serial counter a cycle a column") {
  const ChipConfig tree = small_chip(64, 64, 1, 1, 1024, Detail::Fast);
  ChipConfig serial = tree;
  serial.accumulator.bit_counter = BitCounter::Serial;
  ChipBench with_tree("with_tree", tree);
  ChipBench with_serial("with_serial", serial);
  const AndAccCommand shorter = one_sum(WeightKind::Unsigned, 2, 3);  // 6 row operations
  AndAccCommand longer = one_sum(WeightKind::Unsigned, 2, 3);
  longer.kernels_per_subarray = 3;
  longer.kernels = 3;
  longer.pixels_per_replica = 2;
  longer.pixels = 2;
  longer.accumulator_pitch = 12;  // 36 row operations
  CHECK(cycles_between(with_tree, longer, shorter) == 30);
  CHECK(cycles_between(with_serial, longer, shorter) == 30 * 64);
}

TEST_CASE(
    "binary weights pay for counting the image rows once a pixel, and adding to the buffer for the second access") {
  ChipBench bench("bench", small_chip(64, 64, 1, 1, 1024, Detail::Fast));
  const AndAccCommand plain = one_sum(WeightKind::Unsigned, 1, 4);
  const AndAccCommand binary = one_sum(WeightKind::Binary, 1, 4);
  CHECK(cycles_between(bench, binary, plain) == 4);
  CHECK(bench.chip.ledger().events(Event::RowRead) == 4);
  CHECK(bench.chip.ledger().events(Event::RowAnd2) == 8);
  AndAccCommand short_sum = one_sum(WeightKind::Unsigned, 1, 1);
  AndAccCommand added = short_sum;
  added.accumulate = 1;
  CHECK(cycles_between(bench, added, short_sum) == 1);
}

TEST_CASE("sub-arrays work in lock-step: more of them take no more time") {
  ChipBench bench("bench", small_chip(64, 64, 2, 2, 1024, Detail::Fast));
  const AndAccCommand one = one_sum(WeightKind::Unsigned, 2, 2);
  AndAccCommand all = one;
  all.subarrays = 2;
  all.replicas = 2;
  all.kernels = 2;
  all.pixels = 2;
  all.accumulator_pitch = 8;
  CHECK(cycles_between(bench, all, one) == 0);
  CHECK(bench.chip.ledger().events(Event::RowAnd2) == 4 + 16);
}
