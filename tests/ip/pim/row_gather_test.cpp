#include <catch2/catch.hpp>

#include "tests/ip/support/random_commands.h"

using namespace spinvp;
using namespace spinvp::test;
using view_t = interface::GatherRowsCommand;

namespace {

// The bit of the map that a field's bit stands for, by the description's words.
bool map_bit(const Bytes& buffer, const view_t& c, std::uint64_t pixel, std::uint32_t plane, std::uint32_t field_bit) {
  const std::uint32_t channel = field_bit % c.channels;
  const std::uint32_t kx = field_bit / c.channels % c.kernel_width;
  const std::uint32_t ky = field_bit / c.channels / c.kernel_width;
  const auto output_y = static_cast<std::int64_t>(pixel / c.output_width);
  const auto output_x = static_cast<std::int64_t>(pixel % c.output_width);
  const std::int64_t y = c.start_y + output_y * c.stride_y + std::int64_t{ky} * c.dilation_y;
  const std::int64_t x = c.start_x + output_x * c.stride_x + std::int64_t{kx} * c.dilation_x;
  if (y < 0 || y >= c.height || x < 0 || x >= c.width) {
    return (c.pad_level >> plane & 1) != 0;
  }
  const std::uint64_t byte =
      c.map_address + std::uint64_t{plane} * c.plane_stride + static_cast<std::uint64_t>(y) * c.row_pitch;
  return bit_of(buffer, byte * 8 + static_cast<std::uint64_t>(x) * c.pixel_pitch + c.first_channel + channel);
}

// Rows of the whole chip after the command, from rows and buffer before it.
std::vector<std::uint64_t> expected_rows(const ChipConfig& chip, const Bytes& buffer, std::vector<std::uint64_t> rows,
                                         const view_t& c) {
  for (std::uint32_t p = 0; p < c.pixels; ++p) {
    const std::uint32_t r = p / c.pixels_per_replica;
    const std::uint32_t b = p % c.pixels_per_replica;
    for (std::uint32_t m = 0; m < c.planes; ++m) {
      for (std::uint32_t t = 0; t < c.tiles; ++t) {
        for (std::uint32_t s = 0; s < c.subarrays; ++s) {
          const std::uint32_t subarray = c.first_subarray + r * c.subarrays + s;
          const std::uint32_t row = c.first_row + (b * c.planes + m) * c.tiles + t;
          std::uint64_t* const words = &rows[(std::size_t{subarray} * chip.rows() + row) * chip.row_words()];
          std::fill_n(words, chip.row_words(), 0);
          for (std::uint32_t column = 0; column < chip.columns(); ++column) {
            const std::uint32_t bit = t * chip.columns() + column;
            if (bit < c.bit_count && map_bit(buffer, c, std::uint64_t{c.first_pixel} + p, m, c.first_bit + bit)) {
              words[column / 64] |= std::uint64_t{1} << column % 64;
            }
          }
        }
      }
    }
  }
  return rows;
}

void check_random_geometries(Detail detail) {
  const ChipConfig chip = small_chip(48, 64, 2, 3, 4096, detail);
  ChipBench bench("bench", chip);
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  fill(bench, random);
  const Bytes buffer = bench.buffer(0, chip.buffer.bytes);
  auto rows = bench.all_rows();
  for (int round = 0; round < 300; ++round) {
    const view_t command = random_gather(random, chip);
    CAPTURE(round);
    rows = expected_rows(chip, buffer, std::move(rows), command);
    REQUIRE(bench.run_stream(stream_of(command)).done);
    REQUIRE((bench.all_rows() == rows));
  }
  CHECK((bench.buffer(0, chip.buffer.bytes) == buffer));
}

}  // namespace

TEST_CASE("gathered rows are the receptive fields, on random geometries, detail fast") {
  check_random_geometries(Detail::Fast);
}

TEST_CASE("gathered rows are the receptive fields, on random geometries, detail row") {
  check_random_geometries(Detail::Row);
}

TEST_CASE("pixels far beyond the map are padding, even past 2^32") {
  const ChipConfig chip = small_chip(32, 64, 1, 1, 4096, Detail::Fast);
  ChipBench bench("bench", chip);
  put_buffer(bench, 0, Bytes(64, 0xFF));
  put_rows(bench, 0, 0, Bytes(32, 0xFF));
  view_t command;
  command.row_pitch = 8;
  command.height = 8;
  command.width = 8;
  command.pixel_pitch = 8;
  command.channels = 8;
  command.bit_count = 5;
  command.pad_level = 1;
  command.pixels_per_replica = 4;
  command.pixels = 4;
  command.output_width = 1;
  command.first_pixel = 0xFFFFFFFE;  // the third one is number 2^32
  REQUIRE(bench.run_stream(stream_of(command)).done);
  for (std::uint32_t row = 0; row < 4; ++row) {
    CHECK(bench.row(0, row)[0] == 0x1F);  // columns behind the field stay zero
  }
}

TEST_CASE("a gather takes the longer of reading the fields and writing the rows") {
  ChipConfig chip = small_chip(32, 64, 1, 2, 4096, Detail::Fast);
  chip.buffer.port_bytes = 1;
  ChipBench bench("bench", chip);
  view_t reads;  // one row of a field of 5 x 8 bits: 5 bytes, 5 cycles against 2
  reads.row_pitch = 8;
  reads.width = 5;
  reads.pixel_pitch = 8;
  reads.channels = 8;
  reads.kernel_width = 5;
  reads.bit_count = 40;
  view_t writes = reads;  // one byte read for each of two rows, 2 cycles a row
  writes.kernel_width = 1;
  writes.bit_count = 8;
  writes.pixels_per_replica = 2;
  writes.pixels = 2;
  writes.output_width = 2;
  writes.subarrays = 2;
  const auto reading = bench.run_stream(stream_of(reads)).duration;
  const auto writing = bench.run_stream(stream_of(writes)).duration;
  CHECK(reading - writing == chip.clock_period);  // 5 cycles against 4
  CHECK(bench.chip.ledger().events(Event::RowWrite) == 1 + 2 * 2);
}
