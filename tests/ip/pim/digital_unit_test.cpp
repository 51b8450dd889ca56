#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

#include "tests/ip/support/random_commands.h"

using namespace spinvp;
using namespace spinvp::test;
using interface::DigitalCommand;
using interface::PackCommand;
using interface::PoolKind;
using interface::PoolStage;

namespace {

using Values = std::vector<std::int64_t>;  // [row][column][channel]

std::int32_t int_at(const Bytes& buffer, std::uint64_t address) {
  std::int32_t value = 0;
  std::memcpy(&value, &buffer[address], 4);
  return value;
}

void put_bit(Bytes& buffer, std::uint64_t bit, bool value) {
  const auto mask = static_cast<std::uint8_t>(1u << bit % 8);
  buffer[bit / 8] = static_cast<std::uint8_t>(value ? buffer[bit / 8] | mask : buffer[bit / 8] & ~mask);
}

// A level by counting thresholds one by one.
std::int64_t level_of(const Bytes& buffer, const DigitalCommand& c, std::uint32_t channel, std::int64_t value) {
  const std::uint64_t table = c.threshold_address + (std::uint64_t{channel} * 4 << c.threshold_bits);
  const bool falling = int_at(buffer, table) != 0;
  std::int64_t passed = 0;
  for (std::uint32_t i = 1; i < 1u << c.threshold_bits; ++i) {
    const std::int32_t threshold = int_at(buffer, table + i * 4);
    passed += (falling ? value <= threshold : value >= threshold) ? 1 : 0;
  }
  return passed;
}

std::int64_t pool_of(const DigitalCommand& c, const Values& in, std::uint32_t y, std::uint32_t x,
                     std::uint32_t channel) {
  std::int64_t best = 0;
  for (std::uint32_t wy = 0; wy < c.pool_height; ++wy) {
    for (std::uint32_t wx = 0; wx < c.pool_width; ++wx) {
      const std::int64_t value =
          in[((std::size_t{y} * c.pool_stride_y + wy) * c.width + std::size_t{x} * c.pool_stride_x + wx) * c.channels +
             channel];
      const bool first = wy == 0 && wx == 0;
      best = first ? value : c.pool_kind == PoolKind::Max ? std::max(best, value) : best + value;
    }
  }
  return static_cast<std::int32_t>(best);
}

// The buffer after the command, from the description's words.
Bytes digital_reference(const DigitalCommand& c, const Bytes& before) {
  Values values;
  for (std::uint32_t pixel = 0; pixel < c.width * c.height; ++pixel) {
    for (std::uint32_t channel = 0; channel < c.channels; ++channel) {
      const std::int64_t accumulator =
          int_at(before, c.accumulator_address + std::uint64_t{pixel} * c.accumulator_pitch + channel * 4);
      const bool first = c.threshold_bits > 0 && c.pool_stage == PoolStage::AfterThresholds;
      values.push_back(first ? level_of(before, c, channel, accumulator) : accumulator);
    }
  }
  Bytes after = before;
  for (std::uint32_t y = 0; y < c.output_height; ++y) {
    for (std::uint32_t x = 0; x < c.output_width; ++x) {
      for (std::uint32_t channel = 0; channel < c.channels; ++channel) {
        std::int64_t value = pool_of(c, values, y, x, channel);
        const std::uint64_t bit =
            (std::uint64_t{c.output_address} + std::uint64_t{y} * c.row_pitch) * 8 + std::uint64_t{x} * c.pixel_pitch;
        if (c.threshold_bits == 0) {
          const auto raw = static_cast<std::int32_t>(value);
          std::memcpy(&after[bit / 8 + (c.first_channel + channel) * 4], &raw, 4);
          continue;
        }
        value = c.pool_stage == PoolStage::BeforeThresholds ? level_of(before, c, channel, value) : value;
        value = std::min<std::int64_t>(value, (1 << c.output_bits) - 1);
        for (std::uint32_t plane = 0; plane < c.output_bits; ++plane) {
          put_bit(after, bit + std::uint64_t{plane} * c.plane_stride * 8 + c.first_channel + channel,
                  (value >> plane & 1) != 0);
        }
      }
    }
  }
  return after;
}

// Random thresholds in the order that the description asks for; accumulators small enough to meet them.
void put_tables(ChipBench& bench, Random& random, const DigitalCommand& c) {
  std::vector<std::int32_t> accumulators;
  for (std::uint32_t i = 0; i < c.width * c.height * c.accumulator_pitch / 4; ++i) {
    accumulators.push_back(random.signed_number(-300, 300));
  }
  put_buffer(bench, c.accumulator_address, bytes_of(accumulators));
  std::vector<std::int32_t> table;
  for (std::uint32_t channel = 0; c.threshold_bits > 0 && channel < c.channels; ++channel) {
    const bool falling = random.chance(2);
    std::vector<std::int32_t> thresholds;
    for (std::uint32_t i = 1; i < 1u << c.threshold_bits; ++i) {
      thresholds.push_back(random.chance(20)   ? INT32_MIN
                           : random.chance(20) ? INT32_MAX
                                               : random.signed_number(-300, 300));
    }
    std::sort(thresholds.begin(), thresholds.end());
    if (falling) {
      std::reverse(thresholds.begin(), thresholds.end());
    }
    table.push_back(falling ? 1 : 0);
    table.insert(table.end(), thresholds.begin(), thresholds.end());
  }
  if (!table.empty()) {
    put_buffer(bench, c.threshold_address, bytes_of(table));
  }
}

void check_random_digital(Detail detail) {
  const ChipConfig chip = small_chip(16, 64, 1, 1, 4096, detail);
  ChipBench bench("bench", chip);
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (int round = 0; round < 300; ++round) {
    DigitalCommand command = random_digital(random, chip);
    command.accumulator_address %= 1024;  // keeps accumulators, thresholds and outputs apart from one another
    command.accumulator_address &= ~3u;
    command.threshold_address = 3072;
    const std::uint32_t accumulators =
        command.accumulator_address + command.width * command.height * command.accumulator_pitch;
    if (accumulators > 3072 || (command.channels * 4 << command.threshold_bits) > 1024) {
      continue;
    }
    put_buffer(bench, 0, random.bytes(4096));
    put_tables(bench, random, command);
    const Bytes expected = digital_reference(command, bench.buffer(0, 4096));
    CAPTURE(round);
    REQUIRE(bench.run_stream(stream_of(command)).done);
    REQUIRE((bench.buffer(0, 4096) == expected));
  }
}

// One channel, one pixel, from an accumulator through 2^bits - 1 thresholds.
DigitalCommand one_level(std::uint32_t bits) {
  DigitalCommand command;
  command.accumulator_pitch = 4;
  command.threshold_bits = bits;
  command.output_bits = 8;
  command.threshold_address = 1024;
  command.output_address = 64;
  command.plane_stride = 1;
  return command;
}

std::uint32_t level_in(const Bytes& planes) {
  std::uint32_t level = 0;
  for (std::size_t plane = 0; plane < 8; ++plane) {
    level |= static_cast<std::uint32_t>(planes[plane] & 1) << plane;
  }
  return level;
}

}  // namespace

TEST_CASE("levels, pooling and packing of random commands agree with the description, detail fast") {
  check_random_digital(Detail::Fast);
}

TEST_CASE("levels, pooling and packing of random commands agree with the description, detail row") {
  check_random_digital(Detail::Row);
}

TEST_CASE("levels of 1 to 8 bits are the number of thresholds passed, in both directions") {
  ChipBench bench("bench", small_chip(16, 64, 1, 1, 4096, Detail::Fast));
  for (const bool falling : {false, true}) {
    for (std::uint32_t bits = 1; bits <= 8; ++bits) {
      std::vector<std::int32_t> table = {falling ? 1 : 0};
      const auto count = static_cast<std::int32_t>((1u << bits) - 1);
      for (std::int32_t i = 0; i < count; ++i) {
        table.push_back(falling ? -10 * i : 10 * i);
      }
      put_buffer(bench, 1024, bytes_of(table));
      for (const std::int32_t passed : {0, 1, count / 2, count}) {
        // the last threshold passed is met exactly
        const std::int32_t accumulator = falling ? -10 * (passed - 1) : 10 * (passed - 1);
        put_buffer(bench, 0, bytes_of({accumulator}));
        CAPTURE(falling, bits, accumulator);
        REQUIRE(bench.run_stream(stream_of(one_level(bits))).done);
        CHECK(level_in(bench.buffer(64, 8)) == static_cast<std::uint32_t>(passed));
      }
    }
  }
}

TEST_CASE("levels beyond the output's bits saturate") {
  ChipBench bench("bench", small_chip(16, 64, 1, 1, 4096, Detail::Fast));
  put_buffer(bench, 0, bytes_of({5}));
  put_buffer(bench, 1024, bytes_of({0, 1, 2, 3, 4, 5, 6, 7}));
  DigitalCommand command = one_level(3);
  command.output_bits = 2;
  REQUIRE(bench.run_stream(stream_of(command)).done);
  CHECK(level_in(bench.buffer(64, 8)) == 3);
}

TEST_CASE("the largest and smallest accumulators meet thresholds at the ends of the range") {
  ChipBench bench("bench", small_chip(16, 64, 1, 1, 4096, Detail::Fast));
  put_buffer(bench, 1024, bytes_of({0, INT32_MIN, 0, INT32_MAX}));
  for (const auto& [accumulator, expected] :
       std::vector<std::pair<std::int32_t, std::uint32_t>>{{INT32_MIN, 1}, {-1, 1}, {0, 2}, {INT32_MAX, 3}}) {
    put_buffer(bench, 0, bytes_of({accumulator}));
    REQUIRE(bench.run_stream(stream_of(one_level(2))).done);
    CHECK(level_in(bench.buffer(64, 8)) == expected);
  }
}

TEST_CASE("the digital unit takes a step a lane and cycle, or the buffer port's time") {
  ChipConfig chip = small_chip(16, 64, 1, 1, 4096, Detail::Fast);
  ChipBench bench("bench", chip);
  put_buffer(bench, 1024, bytes_of({0, 1, 2, 3}));
  DigitalCommand small = one_level(2);
  DigitalCommand large = small;
  large.pool_kind = PoolKind::Sum;
  large.pool_stage = PoolStage::BeforeThresholds;
  large.pool_height = 5;
  large.pool_width = 5;
  large.height = 5;
  large.width = 5;
  // 2 comparisons, 1 value, with 25 pooling steps: 7 cycles of 4 lanes, but 25 x 4 + 16 + 8 x 2 = 132 bytes in 9.
  // Without pooling 4 + 16 + 16 = 36 bytes in 3 cycles.
  const auto difference = bench.run_stream(stream_of(large)).duration - bench.run_stream(stream_of(small)).duration;
  CHECK(difference == chip.clock_period * 6);
  CHECK(bench.chip.ledger().events(Event::Pool) == 25);
  CHECK(bench.chip.ledger().events(Event::Compare) == 4);
  CHECK(bench.chip.ledger().events(Event::PackBit) == 16);
}

TEST_CASE("PACK splits bytes into planes and leaves the bits between pixels alone") {
  const ChipConfig chip = small_chip(16, 64, 1, 1, 4096, Detail::Fast);
  ChipBench bench("bench", chip);
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (int round = 0; round < 200; ++round) {
    PackCommand c = random_pack(random, chip);
    const std::uint32_t source_end = c.source_address + (c.height - 1) * c.source_row_stride +
                                     (c.width - 1) * c.source_pixel_stride + (c.channels - 1) * c.source_channel_stride;
    const std::uint32_t output_end = c.output_address + c.planes * c.plane_stride;
    if (c.output_address <= source_end && c.source_address < output_end) {
      continue;  // rows are packed one by one: a source under the output changes on the way
    }
    put_buffer(bench, 0, random.bytes(4096));
    Bytes expected = bench.buffer(0, 4096);
    const Bytes before = expected;
    for (std::uint32_t y = 0; y < c.height; ++y) {
      for (std::uint32_t x = 0; x < c.width; ++x) {
        for (std::uint32_t channel = 0; channel < c.channels; ++channel) {
          const std::uint8_t byte = before[c.source_address + y * c.source_row_stride + x * c.source_pixel_stride +
                                           channel * c.source_channel_stride];
          for (std::uint32_t plane = 0; plane < c.planes; ++plane) {
            put_bit(expected,
                    (c.output_address + plane * c.plane_stride + y * c.row_pitch) * 8ull + x * c.pixel_pitch + channel,
                    (byte >> plane & 1) != 0);
          }
        }
      }
    }
    CAPTURE(round);
    REQUIRE(bench.run_stream(stream_of(c)).done);
    REQUIRE((bench.buffer(0, 4096) == expected));
  }
}
