#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <limits>
#include <map>
#include <string>

#include "tests/ip/support/digital_reference.h"
#include "tests/ip/support/random_commands.h"

using namespace spinvp;
using namespace spinvp::test;
using interface::DigitalCommand;
using interface::PackCommand;
using interface::PoolKind;
using interface::PoolStage;
using interface::ResidualKind;
using interface::SourceKind;

namespace {

// A number of any magnitude, so that sums, products and thresholds meet.
std::int64_t any_size(Random& random, std::uint32_t bits) {
  const auto word = static_cast<std::int64_t>(std::uint64_t{random.word()} << 32 | random.word());
  return word >> random.number(64 - bits, 63);
}

template <class T>
void put(Bytes& bytes, std::uint64_t address, T value) {
  std::memcpy(&bytes[address], &value, sizeof(T));
}

// Thresholds in the order that the description asks for, sentinels among them.
template <class T>
void put_thresholds(Bytes& bytes, Random& random, const DigitalCommand& c) {
  for (std::uint32_t channel = 0; channel < c.channels; ++channel) {
    std::vector<T> thresholds;
    for (std::uint32_t i = 1; i < 1u << c.threshold_bits; ++i) {
      const auto drawn = static_cast<T>(sizeof(T) == 4 && random.chance(2) ? random.signed_number(-300, 300)
                                                                           : any_size(random, sizeof(T) * 8));
      thresholds.push_back(random.chance(20)   ? std::numeric_limits<T>::min()
                           : random.chance(20) ? std::numeric_limits<T>::max()
                                               : drawn);
    }
    std::sort(thresholds.begin(), thresholds.end());
    const bool falling = random.chance(2);
    if (falling) {
      std::reverse(thresholds.begin(), thresholds.end());
    }
    const std::uint64_t table = c.threshold_address + (std::uint64_t{channel} * sizeof(T) << c.threshold_bits);
    put(bytes, table, std::uint32_t{falling});
    if (sizeof(T) == 8) {
      put(bytes, table + 4, static_cast<std::int32_t>(any_size(random, 32)));
    }
    for (std::size_t i = 0; i < thresholds.size(); ++i) {
      put(bytes, table + (i + 1) * sizeof(T), thresholds[i]);
    }
  }
}

// What the command reads, in a buffer of random bytes; regions may overlap.
void put_operands(Bytes& bytes, Random& random, const DigitalCommand& c) {
  if (c.source == SourceKind::Accumulators) {
    for (std::uint64_t i = 0; i < std::uint64_t{c.width} * c.height * c.accumulator_pitch / 4; ++i) {
      if (c.accumulator_address + i * 4 + 4 <= bytes.size()) {
        put(bytes, c.accumulator_address + i * 4,
            random.chance(8) ? static_cast<std::int32_t>(any_size(random, 32)) : random.signed_number(-300, 300));
      }
    }
  }
  for (std::uint32_t channel = 0; c.affine != 0 && channel < c.channels; ++channel) {
    put(bytes, c.threshold_address + channel * 16, static_cast<std::int32_t>(any_size(random, 32)));
    const bool residual = c.residual != ResidualKind::None;
    put(bytes, c.threshold_address + channel * 16 + 4,
        residual ? static_cast<std::int32_t>(any_size(random, 32)) : std::int32_t{0});
    put(bytes, c.threshold_address + channel * 16 + 8, any_size(random, 64));
  }
  if (c.threshold_bits > 0 && c.residual != ResidualKind::None) {
    put_thresholds<std::int64_t>(bytes, random, c);
  } else if (c.threshold_bits > 0) {
    put_thresholds<std::int32_t>(bytes, random, c);
  }
}

void check_random_digital(Detail detail) {
  constexpr std::uint32_t buffer_bytes = 16384;
  const ChipConfig chip = small_chip(16, 64, 1, 1, buffer_bytes, detail);
  ChipBench bench("bench", chip);
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  std::map<std::string, int> seen;
  for (int round = 0; round < 600; ++round) {
    const DigitalCommand command = random_digital(random, chip);
    Bytes bytes = random.bytes(buffer_bytes);
    put_operands(bytes, random, command);
    put_buffer(bench, 0, bytes);
    CAPTURE(round, command.channels, command.threshold_bits, command.output_bits, static_cast<int>(command.pool_kind),
            static_cast<int>(command.pool_stage), static_cast<int>(command.source), static_cast<int>(command.residual),
            command.affine);
    REQUIRE(bench.run_stream(stream_of(command)).done);
    REQUIRE((bench.buffer(0, buffer_bytes) == digital_reference(command, bytes)));
    ++seen[command.source == SourceKind::Planes ? "planes" : "accumulators"];
    ++seen[command.residual == ResidualKind::Planes   ? "residual planes"
           : command.residual == ResidualKind::Values ? "residual values"
                                                      : "no residual"];
    ++seen[command.affine == 0                      ? "not affine"
           : command.residual == ResidualKind::None ? "affine"
                                                    : "affine with residual"];
    ++seen[command.pool_kind == PoolKind::Monotone ? "monotone" : "not monotone"];
    ++seen[command.output_bits > 8 ? "many output bits" : "few output bits"];
  }
  for (const auto& [what, times] : seen) {
    CAPTURE(what);
    CHECK(times > 20);
  }
  CHECK(seen.size() == 12);
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

std::uint32_t level_in(const Bytes& planes, std::size_t count = 8) {
  std::uint32_t level = 0;
  for (std::size_t plane = 0; plane < count; ++plane) {
    level |= static_cast<std::uint32_t>(planes[plane] & 1) << plane;
  }
  return level;
}

}  // namespace

TEST_CASE(
    "levels, pooling, residuals, affine steps and packing of random commands agree with the description, detail fast") {
  check_random_digital(Detail::Fast);
}

TEST_CASE(
    "levels, pooling, residuals, affine steps and packing of random commands agree with the description, detail row") {
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
    const Bytes before = random.bytes(4096);
    put_buffer(bench, 0, before);
    CAPTURE(round);
    REQUIRE(bench.run_stream(stream_of(c)).done);
    REQUIRE((bench.buffer(0, 4096) == pack_reference(c, before)));
  }
}

TEST_CASE("monotone pooling takes the largest where thresholds rise and the smallest where they fall") {
  ChipBench bench("bench", small_chip(16, 64, 1, 1, 4096, Detail::Fast));
  put_buffer(bench, 0, bytes_of({-7, -7, 3, 3, INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX}));  // 4 pixels, 2 channels
  put_buffer(bench, 1024, bytes_of({0, INT32_MAX, 1, INT32_MIN}));
  DigitalCommand command = one_level(1);
  command.channels = 2;
  command.accumulator_pitch = 8;
  command.width = command.height = command.pool_height = command.pool_width = 2;
  command.pool_kind = PoolKind::Monotone;
  command.pool_stage = PoolStage::BeforeThresholds;
  command.pixel_pitch = 2;
  REQUIRE(bench.run_stream(stream_of(command)).done);
  CHECK((bench.buffer(64, 1)[0] & 3) == 3);
  command.pool_kind = PoolKind::Max;
  REQUIRE(bench.run_stream(stream_of(command)).done);
  CHECK((bench.buffer(64, 1)[0] & 3) == 1);
}

TEST_CASE("sums of levels reach twelve bits and saturate behind them") {
  ChipBench bench("bench", small_chip(16, 64, 1, 1, 4096, Detail::Fast));
  std::vector<std::int32_t> table = {0};
  for (std::int32_t i = 1; i < 256; ++i) {
    table.push_back(i);
  }
  put_buffer(bench, 2048, bytes_of(table));
  DigitalCommand command = one_level(8);
  command.threshold_address = 2048;
  command.output_address = 1024;
  command.output_bits = 12;
  command.pool_kind = PoolKind::Sum;
  command.width = command.pool_width = 200;
  for (const auto& [level, expected] :
       std::vector<std::pair<std::int32_t, std::uint32_t>>{{20, 4000}, {21, 4095}, {255, 4095}}) {
    put_buffer(bench, 0, bytes_of(std::vector<std::int32_t>(200, level)));
    REQUIRE(bench.run_stream(stream_of(command)).done);
    CHECK(level_in(bench.buffer(1024, 12), 12) == expected);
  }
}

TEST_CASE("a residual's sum of 63 bits is exact") {
  ChipBench bench("bench", small_chip(16, 64, 1, 1, 4096, Detail::Fast));
  DigitalCommand command = one_level(1);
  command.residual = ResidualKind::Values;
  command.fraction_bits = 31;
  command.residual_address = 32;
  command.residual_pixel_pitch = 32;
  command.residual_row_pitch = 4;
  const auto level = [&](std::int32_t accumulator, std::int32_t multiplier, std::int32_t residual,
                         std::int64_t threshold, bool falling) {
    put_buffer(bench, 0, bytes_of({accumulator}));
    put_buffer(bench, 32, bytes_of({residual}));
    Bytes table(16);
    put(table, 0, std::uint32_t{falling});
    put(table, 4, multiplier);
    put(table, 8, threshold);
    put_buffer(bench, 1024, table);
    REQUIRE(bench.run_stream(stream_of(command)).done);
    return level_in(bench.buffer(64, 8));
  };
  constexpr std::int64_t unit = std::int64_t{1} << 31;
  const std::int64_t largest = INT32_MAX * unit + unit * unit;
  const std::int64_t smallest = -unit * unit + INT32_MIN * std::int64_t{INT32_MAX};
  for (const auto& [accumulator, residual, sum] : std::vector<std::tuple<std::int32_t, std::int32_t, std::int64_t>>{
           {INT32_MAX, INT32_MIN, largest}, {INT32_MIN, INT32_MAX, smallest}}) {
    CHECK(level(accumulator, INT32_MIN, residual, sum, false) == 1);
    CHECK(level(accumulator, INT32_MIN, residual, sum + 1, false) == 0);
    CHECK(level(accumulator, INT32_MIN, residual, sum, true) == 1);
    CHECK(level(accumulator, INT32_MIN, residual, sum - 1, true) == 0);
  }
}

TEST_CASE("affine values are rounded half up and saturate") {
  ChipBench bench("bench", small_chip(16, 64, 1, 1, 4096, Detail::Fast));
  DigitalCommand command = one_level(0);
  command.output_bits = 0;
  command.affine = 1;
  command.pixel_pitch = 32;
  command.row_pitch = 4;
  struct Case {
    std::int32_t value, gain;
    std::int64_t offset;
    std::uint32_t shift;
    std::int32_t expected;
  };
  for (const Case& one : std::vector<Case>{{5, 1, 0, 1, 3},
                                           {-5, 1, 0, 1, -2},
                                           {-3, 1, 0, 2, -1},
                                           {-2, 1, 0, 2, 0},
                                           {7, -3, 4, 0, -17},
                                           {INT32_MAX, 2, 0, 0, INT32_MAX},
                                           {INT32_MIN, 1, -1, 0, INT32_MIN},
                                           {INT32_MAX, INT32_MAX, INT64_MAX, 62, 3},
                                           {INT32_MIN, INT32_MIN, INT64_MAX, 62, 3},
                                           {INT32_MIN, INT32_MAX, INT64_MIN, 62, -3},
                                           {INT32_MIN, INT32_MIN, 0, 31, INT32_MAX},
                                           {INT32_MIN, INT32_MAX, 0, 31, -INT32_MAX}}) {
    put_buffer(bench, 0, bytes_of({one.value}));
    Bytes table(16);
    put(table, 0, one.gain);
    put(table, 8, one.offset);
    put_buffer(bench, 1024, table);
    command.affine_shift = one.shift;
    CAPTURE(one.value, one.gain, one.offset, one.shift);
    REQUIRE(bench.run_stream(stream_of(command)).done);
    CHECK(buffer_int(bench, 64) == one.expected);
  }
}

namespace {

void check_affine_sums(Detail detail) {
  ChipBench bench("bench", small_chip(16, 64, 1, 1, 4096, detail));
  DigitalCommand command = one_level(0);
  command.output_bits = 0;
  command.affine = 1;
  command.pixel_pitch = 32;
  command.row_pitch = 4;
  command.residual = ResidualKind::Values;
  command.residual_address = 512;
  command.residual_pixel_pitch = 32;
  command.residual_row_pitch = 4;
  struct Case {
    std::int32_t value, residual, gain, multiplier;
    std::int64_t offset;
    std::uint32_t shift;
    std::int32_t expected;
  };
  for (const Case& one : std::vector<Case>{{5, 3, 1, 2, 0, 1, 6},
                                           {5, 0, 1, 2, 0, 1, 3},
                                           {-5, 2, 1, 0, 0, 1, -2},
                                           {1, -3, 2, 3, 1, 2, -1},
                                           {1, -1, 1, 3, 0, 2, 0},
                                           {INT32_MAX, 1, 1, 1, 0, 0, INT32_MAX},
                                           {INT32_MIN, 1, 1, -1, 0, 0, INT32_MIN},
                                           // sums of 65 and 66 bits
                                           {INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN, INT64_MAX, 62, 4},
                                           {INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX, INT64_MIN, 62, -4},
                                           {INT32_MIN, INT32_MIN, INT32_MIN, INT32_MAX, INT64_MAX, 62, 2},
                                           {INT32_MIN, INT32_MAX, INT32_MIN, INT32_MIN, 0, 31, 1}}) {
    put_buffer(bench, 0, bytes_of({one.value}));
    put_buffer(bench, 512, bytes_of({one.residual}));
    Bytes table(16);
    put(table, 0, one.gain);
    put(table, 4, one.multiplier);
    put(table, 8, one.offset);
    put_buffer(bench, 1024, table);
    command.affine_shift = one.shift;
    CAPTURE(one.value, one.residual, one.gain, one.multiplier, one.offset, one.shift);
    REQUIRE(bench.run_stream(stream_of(command)).done);
    CHECK(buffer_int(bench, 64) == one.expected);
  }
}

}  // namespace

TEST_CASE("values with a residual and an affine step are rounded half up and saturate, detail fast") {
  check_affine_sums(Detail::Fast);
}

TEST_CASE("values with a residual and an affine step are rounded half up and saturate, detail row") {
  check_affine_sums(Detail::Row);
}
