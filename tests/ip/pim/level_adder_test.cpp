#include "ip/pim/level_adder.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <memory>

#include "ip/pim/in_memory_adder.h"
#include "tests/ip/support/adder_chips.h"
#include "tests/ip/support/random_commands.h"

using namespace spinvp;
using namespace spinvp::test;
using interface::AddLevelsCommand;
using interface::ReadLanesCommand;

namespace {

std::uint32_t level_of(const AddLevelsCommand& c, const Bytes& buffer, std::uint32_t element) {
  const std::uint32_t channel = element % c.channels;
  const std::uint32_t position = element / c.channels;
  const auto pixel_y = static_cast<std::int64_t>(c.first_pixel / c.output_width);
  const auto pixel_x = static_cast<std::int64_t>(c.first_pixel % c.output_width);
  const std::int64_t y = c.start_y + pixel_y * c.stride_y + std::int64_t{position / c.kernel_width} * c.dilation_y;
  const std::int64_t x = c.start_x + pixel_x * c.stride_x + std::int64_t{position % c.kernel_width} * c.dilation_x;
  if (y < 0 || y >= c.height || x < 0 || x >= c.width) {
    return c.pad_level;
  }
  std::uint32_t level = 0;
  for (std::uint32_t plane = 0; plane < c.planes; ++plane) {
    const std::uint64_t row = c.map_address + plane * c.plane_stride + static_cast<std::uint64_t>(y) * c.row_pitch;
    const std::uint64_t bit = row * 8 + static_cast<std::uint64_t>(x) * c.pixel_pitch + c.first_channel + channel;
    level |= (bit_of(buffer, bit) ? 1u : 0u) << plane;
  }
  return level;
}

struct Expected {
  std::uint64_t additions = 0;
  std::uint64_t skipped = 0;
  std::uint64_t steps = 0;
};

// ADD_LEVELS by integers, one column after the other; the carry row where the chip writes it.
Expected add(const ChipConfig& chip, const AddLevelsCommand& c, const Bytes& buffer, Columns& columns) {
  Expected expected;
  const std::uint32_t width = c.accumulator_width;
  const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
  for (std::uint32_t s = 0; s < c.subarrays * c.parts; ++s) {
    const std::uint32_t subarray = c.first_subarray + s;
    for (std::uint32_t column = 0; column < chip.columns() && c.clear != 0; ++column) {
      columns.set(subarray, c.accumulator_row, width, column, 0);
    }
    const std::uint32_t begin = s / c.subarrays * c.elements_per_part;
    for (std::uint32_t e = begin; e < std::min(c.elements, begin + c.elements_per_part); ++e) {
      const std::uint64_t level = level_of(c, buffer, c.first_element + e);
      if (level == 0) {
        ++expected.skipped;
        continue;
      }
      ++expected.additions;
      expected.steps += width - static_cast<std::uint32_t>(__builtin_ctzll(level));
      for (std::uint32_t column = 0; column < chip.columns(); ++column) {
        const std::uint32_t row = c.weight_row + 2 * (e - begin);
        std::uint64_t sum = columns.get(subarray, c.accumulator_row, width, column);
        sum += columns.get(subarray, row, 1, column) * level;
        sum += columns.get(subarray, row + 1, 1, column) * (mask + 1 - level);
        columns.set(subarray, c.accumulator_row, width, column, sum & mask);
        if (chip.adder.carry_write_back) {
          columns.set(subarray, c.carry_row, 1, column, sum >> width & 1);
        }
      }
    }
  }
  return expected;
}

// A fully connected layer of `elements` elements on levels that stand one after the other, plane after plane.
AddLevelsCommand connected(std::uint32_t elements, std::uint32_t planes, std::uint32_t width) {
  AddLevelsCommand command;
  command.channels = elements;
  command.pixel_pitch = elements;
  command.row_pitch = (elements + 7) / 8;
  command.plane_stride = command.row_pitch;
  command.planes = planes;
  command.elements = elements;
  command.elements_per_part = elements;
  command.accumulator_width = width;
  command.accumulator_row = 0;
  command.carry_row = width;
  command.weight_row = width + 1;
  return command;
}

}  // namespace

TEST_CASE("levels are added as integers are, in both schemes, with and without carry rows, in both details") {
  const ChipConfig base = small_chip(64, 128, 2, 4, 2048, Detail::Fast);
  const auto benches = all_chips(base);
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  std::uint64_t additions = 0;
  for (int round = 0; round < 400; ++round) {
    const AddLevelsCommand command = random_add_levels(random, benches[0]->chip.config());
    const Bytes buffer = random.bytes(base.buffer.bytes);
    const Bytes rows = random.bytes(std::size_t{base.rows()} * base.row_bytes());
    for (std::size_t i = 0; i < benches.size(); ++i) {
      ChipBench& bench = *benches[i];
      const ChipConfig& chip = bench.chip.config();
      CAPTURE(i, round, command.accumulator_width, command.planes, command.elements, command.parts);
      put_everywhere(bench, buffer, rows);
      Columns expected(chip, bench.all_rows());
      const Ledger& ledger = bench.chip.ledger();
      const std::uint64_t added_before = ledger.events(Event::Addition);
      const std::uint64_t skipped_before = ledger.events(Event::AdditionSkipped);
      const Expected counts = add(chip, command, buffer, expected);
      REQUIRE(bench.run_stream(stream_of(command)).done);
      REQUIRE((bench.all_rows() == expected.rows()));
      REQUIRE(ledger.events(Event::Addition) - added_before == counts.additions);
      REQUIRE(ledger.events(Event::AdditionSkipped) - skipped_before == counts.skipped);
      additions += counts.additions;
    }
  }
  CHECK(additions > 1000);
}

TEST_CASE("details agree on levels added and lanes read, on times, energies and counts") {
  const ChipConfig base = small_chip(64, 128, 2, 4, 4096, Detail::Fast);
  const auto benches = all_chips(base);
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (int round = 0; round < 150; ++round) {
    CAPTURE(round);
    const AddLevelsCommand add = random_add_levels(random, benches[0]->chip.config());
    const ReadLanesCommand read = random_read_lanes(random, benches[0]->chip.config());
    const Bytes buffer = random.bytes(base.buffer.bytes);
    const Bytes rows = random.bytes(std::size_t{base.rows()} * base.row_bytes());
    for (std::size_t i = 0; i < benches.size(); i += 2) {
      CAPTURE(i);
      for (const std::size_t which : {i, i + 1}) {
        put_everywhere(*benches[which], buffer, rows);
      }
      check_details_agree(*benches[i], *benches[i + 1], stream_of(add, read));
    }
  }
}

TEST_CASE("a bit flipped in a weight's row changes its lane by the level") {
  const ChipConfig chip = with_adder(small_chip(64, 64, 1, 1, 1024, Detail::Fast), AdditionScheme::A, false, false);
  ChipBench bench("bench", chip);
  AddLevelsCommand add = connected(2, 3, 10);
  add.clear = 1;
  ReadLanesCommand read;
  read.accumulator_width = 10;
  read.kernels = 64;
  read.accumulator_address = 64;
  put_buffer(bench, 0, {3, 2, 1});  // levels 1 + 0 + 4 and 1 + 2 + 0
  for (const std::uint32_t flipped : {11u, 12u, 13u, 14u}) {
    CAPTURE(flipped);
    put_rows(bench, 0, 11, Bytes(32, 0));
    put_rows(bench, 0, flipped, {0, 0, 0, 0, 0x20, 0, 0, 0});
    REQUIRE(bench.run_stream(stream_of(add, read)).done);
    const int level = flipped < 13 ? 5 : 3;
    for (std::uint32_t lane = 0; lane < 64; ++lane) {
      const std::int32_t expected = lane != 37 ? 0 : (flipped % 2 != 0 ? level : -level);
      REQUIRE(buffer_int(bench, 64 + 4 * lane) == expected);
    }
  }
}

TEST_CASE(
    "an addition of a level takes a bit step from its lowest set bit on, in scheme A also a sense of the carry in") {
  const ChipConfig base = small_chip(64, 64, 1, 4, 1024, Detail::Fast);
  std::vector<std::unique_ptr<ChipBench>> benches;
  for (const AdditionScheme scheme : {AdditionScheme::A, AdditionScheme::B}) {
    for (const int switches : {0, 1, 2, 3}) {
      const ChipConfig chip = with_adder(base, scheme, switches % 2 != 0, switches / 2 != 0);
      benches.push_back(std::make_unique<ChipBench>(("bench" + std::to_string(benches.size())).c_str(), chip));
    }
  }
  for (auto& bench : benches) {
    const ChipConfig& chip = bench->chip.config();
    const bool a = chip.adder.scheme == AdditionScheme::A;
    CAPTURE(a, chip.adder.carry_write_back, chip.adder.sum_write_cycle);
    const Ledger& ledger = bench->chip.ledger();
    AddLevelsCommand command = connected(4, 4, 12);
    command.elements_per_part = 3;  // the second part has one element
    command.parts = 2;
    command.subarrays = 2;
    put_buffer(*bench, 0, {0, 0, 0, 0});
    const auto none = bench->run_stream(stream_of(command)).duration;  // 4 bytes a part: a cycle
    CHECK(ledger.events(Event::AdditionSkipped) == 4 * 2);
    CHECK(ledger.events(Event::AdderStep) == 0);
    CHECK(ledger.events(Event::BufferRead) == 2 * 4);  // by the bank, once for both sub-arrays of a part
    put_buffer(*bench, 0, {8, 1, 9, 0});               // levels 6, 0, 0 and 5
    const auto some = bench->run_stream(stream_of(command)).duration;
    const std::uint32_t most_steps = 12;  // of level 5, in the second part; level 6 takes 11
    const std::uint32_t cycles = most_steps * InMemoryAdder::cycles_a_bit(chip) + (a ? 1 : 0);
    CHECK(some - none == chip.clock_period * (cycles - 1.0));
    CHECK(ledger.events(Event::Addition) == 2 * 2);
    CHECK(ledger.events(Event::AdditionSkipped) == (4 + 2) * 2);
    const std::uint64_t steps = 2 * (11 + 12);
    CHECK(ledger.events(Event::RowRead) == (a ? 4 : 0));
    CHECK(ledger.events(Event::RowMaj3) == (a ? steps : 0));
    CHECK(ledger.events(Event::RowXor2) == (a ? steps : 0));
    CHECK(ledger.events(Event::RowFullAdd) == (a ? 0 : steps));
    const std::uint64_t writes = ledger.events(Event::RowWrite);
    CHECK(writes == steps * (chip.adder.carry_write_back ? 2 : 1));
    CHECK(ledger.events(Event::AdderStep) == writes + (a ? 2 * steps + 4 : steps));

    put_buffer(*bench, 0, {0, 0, 0, 0});
    command.clear = 1;
    CHECK(bench->run_stream(stream_of(command)).duration - none ==
          chip.clock_period * 23.0);  // twelve rows, two cycles each
    CHECK(ledger.events(Event::RowWrite) - writes == 4 * 12);
  }
}

TEST_CASE("levels that take longer to read than to add hold the addition up") {
  const ChipConfig chip = with_adder(small_chip(64, 64, 1, 1, 4096, Detail::Fast), AdditionScheme::B, false, false);
  ChipBench bench("bench", chip);
  AddLevelsCommand command = connected(16, 8, 20);
  command.channels = 1;  // a pixel an element: a byte a plane
  command.kernel_width = 16;
  command.width = 16;
  const auto slow = bench.run_stream(stream_of(command)).duration;  // 128 bytes at 16 a cycle
  command.channels = 16;
  command.kernel_width = 1;
  command.width = 1;
  const auto quick = bench.run_stream(stream_of(command)).duration;  // 16 bytes
  CHECK(bench.chip.ledger().events(Event::BufferRead) == 128 + 16);
  CHECK(slow - quick == chip.clock_period * 7.0);
}

TEST_CASE("lanes read out are the sums over all parts, in both details") {
  const ChipConfig base = small_chip(64, 128, 2, 4, 8192, Detail::Fast);
  const auto benches = both_details(base);
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  for (auto& bench : benches) {
    const ChipConfig& chip = bench->chip.config();
    Random random(seed);
    fill(*bench, random);
    const Columns columns(chip, bench->all_rows());
    for (int round = 0; round < 100; ++round) {
      const ReadLanesCommand c = random_read_lanes(random, chip);
      CAPTURE(round, c.accumulator_width, c.kernels, c.parts);
      Bytes expected = bench->buffer(0, chip.buffer.bytes);
      for (std::uint32_t k = 0; k < c.kernels; ++k) {
        std::uint8_t* const at = &expected[c.accumulator_address + 4 * k];
        std::uint32_t sum = 0;
        std::memcpy(&sum, at, 4);
        sum = c.accumulate != 0 ? sum : 0;
        for (std::uint32_t part = 0; part < c.parts; ++part) {
          const std::uint32_t subarray = c.first_subarray + part * c.subarrays + k / 128;
          sum += columns.get_signed(subarray, c.accumulator_row, c.accumulator_width, k % 128);
        }
        std::memcpy(at, &sum, 4);
      }
      REQUIRE(bench->run_stream(stream_of(c)).done);
      REQUIRE((bench->buffer(0, chip.buffer.bytes) == expected));
    }
  }
}

TEST_CASE("reading lanes takes the longer of sensing the rows and moving the values of a bank") {
  const ChipConfig chip = with_adder(small_chip(64, 64, 1, 4, 4096, Detail::Fast), AdditionScheme::B, false, false);
  ChipBench bench("bench", chip);
  ReadLanesCommand read;
  read.accumulator_width = 20;
  read.kernels = 16;
  const auto few = bench.run_stream(stream_of(read)).duration;  // 64 bytes at 16 a cycle, behind 20 senses
  CHECK(bench.chip.ledger().events(Event::RowRead) == 20);
  CHECK(bench.chip.ledger().events(Event::AdderStep) == 20);
  CHECK(bench.chip.ledger().events(Event::PackBit) == 20 * 16);
  read.kernels = 100;
  read.subarrays = 2;
  const auto many = bench.run_stream(stream_of(read)).duration;  // 400 bytes: 25 cycles
  CHECK(many - few == chip.clock_period * 5.0);
  read.parts = 2;  // the second part's are added: 400 + 800 bytes
  const auto parts = bench.run_stream(stream_of(read)).duration;
  CHECK(parts - many == chip.clock_period * 50.0);
  read.accumulate = 1;
  CHECK(bench.run_stream(stream_of(read)).duration - parts == chip.clock_period * 25.0);
}

TEST_CASE("a sub-array with a stuck weight adds what its cells say") {
  ChipConfig chip = with_adder(small_chip(64, 64, 1, 2, 1024, Detail::Fast), AdditionScheme::A, true, false);
  FaultConfig faults;
  faults.cells = {{0, 12, 5, true}};
  chip.faults = std::make_shared<const FaultConfig>(faults);
  ChipBench bench("bench", chip);
  AddLevelsCommand add = connected(1, 3, 8);
  add.weight_row = 12;
  add.subarrays = 2;
  add.clear = 1;
  ReadLanesCommand read;
  read.subarrays = 2;
  read.accumulator_width = 8;
  read.kernels = 128;
  read.accumulator_address = 64;
  put_buffer(bench, 0, {0, 1, 1});  // level 6
  REQUIRE(bench.run_stream(stream_of(add, read)).done);
  CHECK(buffer_int(bench, 64 + 4 * 5) == 6);
  CHECK(buffer_int(bench, 64 + 4 * 6) == 0);
  CHECK(buffer_int(bench, 64 + 4 * (64 + 5)) == 0);
}
