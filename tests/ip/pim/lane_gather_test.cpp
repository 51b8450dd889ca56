#include <catch2/catch.hpp>

#include "tests/ip/support/random_commands.h"

using namespace spinvp;
using namespace spinvp::test;
using interface::GatherLanesCommand;

namespace {

ChipConfig adder_chip(std::uint32_t columns, Detail detail) {
  return with_adder(small_chip(64, columns, 2, 3, 4096, detail), AdditionScheme::A, false, false);
}

// Bit `plane` of an element of a pixel's field, by the description's words.
bool element_bit(const Bytes& buffer, const GatherLanesCommand& c, std::uint64_t pixel, std::uint32_t element,
                 std::uint32_t plane) {
  const std::uint32_t channel = element % c.channels;
  const std::uint32_t kx = element / c.channels % c.kernel_width;
  const std::uint32_t ky = element / c.channels / c.kernel_width;
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
                                         const GatherLanesCommand& c) {
  for (std::uint32_t r = 0; r < c.replicas && r * c.pixels_per_replica < c.pixels; ++r) {
    for (std::uint32_t e = 0; e < c.elements; ++e) {
      for (std::uint32_t m = 0; m < c.planes; ++m) {
        for (std::uint32_t column = 0; column < chip.columns(); ++column) {
          const std::uint32_t p = r * c.pixels_per_replica + column;
          const bool used = column < c.pixels_per_replica && p < c.pixels;
          const bool bit = used && element_bit(buffer, c, std::uint64_t{c.first_pixel} + p, c.first_element + e, m);
          for (std::uint32_t inverted = 0; inverted <= c.complement; ++inverted) {
            const std::uint32_t row = c.first_row + (e * (1 + c.complement) + inverted) * c.planes + m;
            for (std::uint32_t s = 0; s < c.subarrays; ++s) {
              const std::uint32_t subarray = c.first_subarray + r * c.subarrays + s;
              std::uint64_t& word = rows[(std::size_t{subarray} * chip.rows() + row) * chip.row_words() + column / 64];
              const std::uint64_t mask = std::uint64_t{1} << column % 64;
              word = bit != (inverted != 0) ? word | mask : word & ~mask;
            }
          }
        }
      }
    }
  }
  return rows;
}

void check_random_geometries(Detail detail, std::uint32_t columns) {
  const ChipConfig chip = adder_chip(columns, detail);
  ChipBench bench("bench", chip);
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  fill(bench, random);
  const Bytes buffer = bench.buffer(0, chip.buffer.bytes);
  auto rows = bench.all_rows();
  for (int round = 0; round < 150; ++round) {
    const GatherLanesCommand command = random_gather_lanes(random, chip);
    CAPTURE(round);
    rows = expected_rows(chip, buffer, std::move(rows), command);
    REQUIRE(bench.run_stream(stream_of(command)).done);
    REQUIRE((bench.all_rows() == rows));
  }
  CHECK((bench.buffer(0, chip.buffer.bytes) == buffer));
}

}  // namespace

TEST_CASE("gathered lanes are the elements of receptive fields, on random geometries, detail fast") {
  check_random_geometries(Detail::Fast, 192);
}

TEST_CASE("gathered lanes are the elements of receptive fields, on random geometries, detail row") {
  check_random_geometries(Detail::Row, 64);
}

TEST_CASE("gathering lanes takes the longer of reading the runs and writing the rows") {
  ChipConfig chip = adder_chip(64, Detail::Fast);
  chip.buffer.port_bytes = 1;
  ChipBench bench("bench", chip);
  GatherLanesCommand command;  // 9 channels at bit 0 of a byte: 2 bytes a pixel and plane
  command.row_pitch = 32;
  command.height = 4;
  command.width = 16;
  command.pixel_pitch = 16;
  command.channels = 9;
  command.planes = 2;
  command.plane_stride = 128;
  command.elements = 9;
  command.output_width = 16;
  command.pixels_per_replica = 60;
  command.pixels = 60;
  const auto reading = bench.run_stream(stream_of(command)).duration;  // 60 x 2 x 2 B = 240 cycles
  CHECK(bench.chip.ledger().events(Event::BufferRead) == 240);
  CHECK(bench.chip.ledger().events(Event::RowWrite) == 18);
  command.pixels_per_replica = 1;
  command.pixels = 1;
  command.complement = 1;
  command.subarrays = 2;
  const auto writing = bench.run_stream(stream_of(command)).duration;  // 36 rows of 2 cycles
  CHECK(reading - writing == chip.clock_period * (240.0 - 72.0));
  CHECK(bench.chip.ledger().events(Event::RowWrite) == 18 + 2 * 36);
}

TEST_CASE("gathered lanes, added and read out, are a convolution") {
  // 3 x 3 kernels over 5 channels of 3 bits, padding 1 of level 5, binary weights, two sub-arrays with two kernels and
  // one.
  const ChipConfig chip = with_adder(small_chip(320, 64, 1, 2, 8192, Detail::Fast), AdditionScheme::B, true, false);
  ChipBench bench("bench", chip);
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  const Bytes map = random.bytes(3 * 64);
  const Bytes signs = random.bytes(45);
  put_buffer(bench, 0, map);
  put_buffer(bench, 512, signs);
  Bytes constants(16, 0);
  std::fill(constants.begin() + 8, constants.end(), std::uint8_t{0xFF});
  GatherLanesCommand gather;
  gather.row_pitch = 8;
  gather.height = 7;
  gather.width = 8;
  gather.pixel_pitch = 5;
  gather.channels = 5;
  gather.planes = 3;
  gather.plane_stride = 64;
  gather.kernel_height = 3;
  gather.kernel_width = 3;
  gather.start_y = -1;
  gather.start_x = -1;
  gather.pad_level = 5;
  gather.output_width = 8;
  gather.pixels_per_replica = 56;
  gather.pixels = 56;
  gather.subarrays = 2;
  gather.first_row = 40;
  gather.elements = 45;
  gather.complement = 1;
  interface::AddAccCommand add;
  add.subarrays = 2;
  add.elements = 45;
  add.operand_row = 40;
  add.accumulator_row = 3;
  add.width = 12;
  add.activation_planes = 3;
  add.weight_kind = interface::WeightKind::Binary;
  add.clear = 1;
  add.kernels_per_subarray = 2;
  add.kernels = 3;
  add.sign_address = 512;
  interface::ReadSumsCommand read;
  read.subarrays = 2;
  read.accumulator_row = 3;
  read.width = 12;
  read.kernels_per_subarray = 2;
  read.kernels = 3;
  read.pixels_per_replica = 56;
  read.pixels = 56;
  read.accumulator_address = 1024;
  read.accumulator_pitch = 12;
  for (std::uint32_t subarray = 0; subarray < 2; ++subarray) {
    put_rows(bench, subarray, 0, constants);
  }
  REQUIRE(bench.run_stream(stream_of(gather, add, read)).done);
  for (std::uint32_t pixel = 0; pixel < 56; ++pixel) {
    for (std::uint32_t kernel = 0; kernel < 3; ++kernel) {
      std::int32_t sum = 0;
      for (std::uint32_t element = 0; element < 45; ++element) {
        std::int32_t level = 0;
        for (std::uint32_t plane = 0; plane < 3; ++plane) {
          level |= (element_bit(map, gather, pixel, element, plane) ? 1 : 0) << plane;
        }
        sum += bit_of(signs, element * 8 + kernel) ? level : -level;
      }
      REQUIRE(buffer_int(bench, 1024 + pixel * 12 + kernel * 4) == sum);
    }
  }
}
