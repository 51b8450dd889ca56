#include "ip/pim/in_memory_adder.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <memory>

#include "tests/ip/support/adder_chips.h"
#include "tests/ip/support/random_commands.h"

using namespace spinvp;
using namespace spinvp::test;
using interface::AddAccCommand;
using interface::ReadSumsCommand;
using interface::WeightKind;

namespace {

int sign_of(const AddAccCommand& c, const Bytes& buffer, std::uint32_t element, std::uint32_t kernel) {
  const std::uint64_t first = (std::uint64_t{c.sign_address} + element * c.sign_pitch) * 8;
  const int plane0 = bit_of(buffer, first + kernel) ? 1 : 0;
  switch (c.weight_kind) {
    case WeightKind::Binary:
      return plane0 != 0 ? 1 : -1;
    case WeightKind::Ternary:
      return plane0 - (bit_of(buffer, first + (c.kernels + 7) / 8 * 8 + kernel) ? 1 : 0);
    default:
      return plane0;
  }
}

struct Expected {
  std::uint64_t additions = 0;
  std::uint64_t most_additions = 0;  ///< of a sub-array
  std::uint64_t skipped = 0;
  std::uint64_t cleared_rows = 0;
};

// ADD_ACC by integers, one column after the other; the carry row where the chip writes it.
Expected add(const ChipConfig& chip, const AddAccCommand& c, const Bytes& buffer, Columns& columns) {
  Expected expected;
  const std::uint64_t mask = (std::uint64_t{1} << c.width) - 1;
  const std::uint32_t rows_an_element = c.activation_planes * (c.weight_kind == WeightKind::Unsigned ? 1 : 2);
  for (std::uint32_t s = 0; s < c.subarrays * c.replicas; ++s) {
    const std::uint32_t subarray = c.first_subarray + s;
    const std::uint32_t first = s % c.subarrays * c.kernels_per_subarray;
    const std::uint32_t kernels = std::min(c.kernels_per_subarray, c.kernels - first);
    std::uint64_t additions = 0;
    for (std::uint32_t k = 0; k < kernels && c.clear != 0; ++k) {
      for (std::uint32_t column = 0; column < chip.columns(); ++column) {
        columns.set(subarray, c.accumulator_row + k * c.width, c.width, column, 0);
      }
      expected.cleared_rows += c.width;
    }
    for (std::uint32_t e = 0; e < c.elements; ++e) {
      for (std::uint32_t k = 0; k < kernels; ++k) {
        const int sign = sign_of(c, buffer, e, first + k);
        additions += sign != 0 ? 1 : 0;
        expected.skipped += sign == 0 ? 1 : 0;
        for (std::uint32_t column = 0; column < chip.columns() && sign != 0; ++column) {
          const std::uint64_t level =
              columns.get(subarray, c.operand_row + e * rows_an_element, c.activation_planes, column);
          const std::uint32_t row = c.accumulator_row + k * c.width;
          const std::uint64_t added = sign > 0 ? level : (~level & mask) + 1;
          const std::uint64_t sum = columns.get(subarray, row, c.width, column) + added;
          columns.set(subarray, row, c.width, column, sum & mask);
          if (chip.adder.carry_write_back) {
            columns.set(subarray, c.constant_row + 2, 1, column, sum >> c.width);
          }
        }
      }
    }
    expected.additions += additions;
    expected.most_additions = std::max(expected.most_additions, additions);
  }
  return expected;
}

// Rows that an adder can work with: constants, operands of `elements` elements with their inverses, anything else.
Bytes sound_rows(const ChipConfig& chip, const AddAccCommand& c, Random& random, std::uint32_t used_columns) {
  const std::uint32_t row_bytes = chip.row_bytes();
  Bytes rows = random.bytes(std::size_t{chip.rows()} * row_bytes);
  std::fill_n(rows.begin() + c.constant_row * row_bytes, row_bytes, std::uint8_t{0});
  std::fill_n(rows.begin() + (c.constant_row + 1) * row_bytes, row_bytes, std::uint8_t{0xFF});
  const bool complement = c.weight_kind != WeightKind::Unsigned;
  for (std::uint32_t e = 0; e < c.elements; ++e) {
    for (std::uint32_t m = 0; m < c.activation_planes; ++m) {
      const std::uint32_t row = c.operand_row + e * c.activation_planes * (complement ? 2 : 1) + m;
      for (std::uint32_t byte = 0; byte < row_bytes; ++byte) {
        std::uint8_t& plain = rows[row * row_bytes + byte];
        plain = byte * 8 < used_columns ? plain : 0;
        if (complement) {
          rows[(row + c.activation_planes) * row_bytes + byte] = static_cast<std::uint8_t>(~plain);
        }
      }
    }
  }
  return rows;
}

AddAccCommand random_addition(Random& random, std::uint32_t width, const ChipConfig& chip) {
  AddAccCommand c;
  c.width = width;
  c.activation_planes = random.number(1, std::min(width, 12u));
  static constexpr WeightKind kinds[] = {WeightKind::Binary, WeightKind::Ternary, WeightKind::Unsigned};
  c.weight_kind = kinds[random.number(0, 2)];
  c.elements = random.number(1, 4);
  c.subarrays = random.number(1, 2);
  c.replicas = random.number(1, 2);
  c.first_subarray = random.number(0, chip.subarrays() - c.subarrays * c.replicas);
  c.kernels_per_subarray = random.number(1, 3);
  c.kernels = c.kernels_per_subarray * (c.subarrays - 1) + random.number(1, c.kernels_per_subarray);
  c.constant_row = 0;
  c.operand_row = 3;
  c.accumulator_row = 3 + c.elements * c.activation_planes * 2;
  c.clear = random.number(0, 1);
  c.sign_address = random.number(0, 500);
  c.sign_pitch = random.number(1, 4);
  return c;
}

}  // namespace

TEST_CASE("both addition schemes add as integers do, in all widths, with and without carry rows, in both details") {
  const ChipConfig base = small_chip(200, 128, 2, 2, 1024, Detail::Fast);
  const auto benches = all_chips(base);
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  const Bytes buffer = random.bytes(base.buffer.bytes);
  for (std::uint32_t width = 1; width <= 32; ++width) {
    const AddAccCommand command = random_addition(random, width, base);
    const std::uint32_t used_columns = random.chance(3) ? random.number(0, 2) * 8 : 128;
    const Bytes rows = sound_rows(base, command, random, used_columns);
    for (std::size_t i = 0; i < benches.size(); ++i) {
      ChipBench& bench = *benches[i];
      const ChipConfig& chip = bench.chip.config();
      CAPTURE(i, width, static_cast<int>(command.weight_kind), command.elements, command.activation_planes);
      put_everywhere(bench, buffer, rows);
      Columns expected(chip, bench.all_rows());
      add(chip, command, buffer, expected);
      REQUIRE(bench.run_stream(stream_of(command)).done);
      REQUIRE((bench.all_rows() == expected.rows()));
    }
  }
}

TEST_CASE("details agree on sums, times, energies and counts, even where rows are not what an adder relies on") {
  const ChipConfig base = small_chip(200, 128, 2, 2, 1024, Detail::Fast);
  const auto benches = all_chips(base);
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (int round = 0; round < 40; ++round) {
    CAPTURE(round);
    const AddAccCommand command = random_addition(random, random.number(1, 20), base);
    Bytes rows = sound_rows(base, command, random, 128);
    for (std::uint32_t flips = random.number(0, 3); flips > 0; --flips) {
      const std::uint32_t byte = random.number(0, (command.accumulator_row - 1) * base.row_bytes());
      rows[byte] = static_cast<std::uint8_t>(rows[byte] ^ 1u << random.number(0, 7));
    }
    const Bytes buffer = random.bytes(base.buffer.bytes);
    ReadSumsCommand read;
    read.first_subarray = command.first_subarray;
    read.subarrays = command.subarrays;
    read.replicas = command.replicas;
    read.accumulator_row = command.accumulator_row;
    read.width = command.width;
    read.kernels = command.kernels;
    read.kernels_per_subarray = command.kernels_per_subarray;
    read.pixels_per_replica = random.number(1, 3);
    read.pixels = random.number(1, read.pixels_per_replica * read.replicas);
    read.accumulator_pitch = read.kernels * 4;
    read.accumulate = random.number(0, 1);
    for (std::size_t i = 0; i < benches.size(); i += 2) {
      CAPTURE(i);
      for (const std::size_t which : {i, i + 1}) {
        put_everywhere(*benches[which], buffer, rows);
      }
      check_details_agree(*benches[i], *benches[i + 1], stream_of(command, read));
    }
  }
}

TEST_CASE("a bit flipped in an operand's row changes the sum") {
  const ChipConfig chip = with_adder(small_chip(64, 64, 1, 1, 1024, Detail::Fast), AdditionScheme::A, false, false);
  ChipBench bench("bench", chip);
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  AddAccCommand command;
  command.width = 12;
  command.activation_planes = 4;
  command.elements = 2;
  command.weight_kind = WeightKind::Binary;
  command.operand_row = 3;
  command.accumulator_row = 19;
  command.clear = 1;
  ReadSumsCommand read;
  read.accumulator_row = 19;
  read.width = 12;
  read.pixels_per_replica = 64;
  read.pixels = 64;
  read.accumulator_address = 64;
  read.accumulator_pitch = 4;
  Bytes rows = sound_rows(chip, command, random, 64);
  put_buffer(bench, 0, {1, 0});  // plus, minus
  put_rows(bench, 0, 0, rows);
  REQUIRE(bench.run_stream(stream_of(command, read)).done);
  const std::int32_t before = buffer_int(bench, 64 + 4 * 37);
  for (const bool inverse : {false, true}) {
    Bytes changed = rows;
    const std::uint32_t bit = (inverse ? (3 + 8 + 4 + 2) : (3 + 2)) * 64 + 37;  // plane 2 of lane 37
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1u << bit % 8);
    put_rows(bench, 0, 0, changed);
    REQUIRE(bench.run_stream(stream_of(command, read)).done);
    CHECK(std::abs(buffer_int(bench, 64 + 4 * 37) - before) == 4);
  }
}

TEST_CASE("an addition takes two cycles a bit in scheme A and one in scheme B, and what is written back") {
  struct Case {
    AdditionScheme scheme;
    bool carry, sum;
    std::uint32_t cycles;
  };
  // One cycle a sense and one a write.
  const Case cases[] = {{AdditionScheme::A, false, false, 2}, {AdditionScheme::A, true, false, 3},
                        {AdditionScheme::A, false, true, 3},  {AdditionScheme::A, true, true, 4},
                        {AdditionScheme::B, false, false, 1}, {AdditionScheme::B, true, false, 2},
                        {AdditionScheme::B, false, true, 2},  {AdditionScheme::B, true, true, 3}};
  ChipConfig base = small_chip(64, 64, 1, 2, 1024, Detail::Fast);
  base.subarray.write_latency_ns = 2;
  std::vector<std::unique_ptr<ChipBench>> benches;
  for (const Case& one : cases) {
    const ChipConfig chip = with_adder(base, one.scheme, one.carry, one.sum);
    CHECK(InMemoryAdder::cycles_a_bit(chip) == one.cycles);
    benches.push_back(std::make_unique<ChipBench>(("bench" + std::to_string(benches.size())).c_str(), chip));
  }
  for (std::size_t i = 0; i < benches.size(); ++i) {
    const Case& one = cases[i];
    CAPTURE(i);
    ChipBench& bench = *benches[i];
    AddAccCommand command;
    command.width = 10;
    command.activation_planes = 3;
    command.weight_kind = WeightKind::Ternary;
    command.operand_row = 3;
    command.accumulator_row = 24;
    command.subarrays = 2;
    command.kernels_per_subarray = 2;
    command.kernels = 4;
    command.elements = 3;
    command.sign_pitch = 2;
    // Elements of signs 0 + - 0, + + 0 0, - + 0 0: six additions, five of them in the first sub-array.
    put_buffer(bench, 0, {2, 4, 3, 0, 2, 1});
    const StreamResult none = [&] {  // signs and nothing else: a cycle
      AddAccCommand idle = command;
      idle.sign_address = 100;  // zeros
      return bench.run_stream(stream_of(idle));
    }();
    const Ledger& ledger = bench.chip.ledger();
    CHECK(ledger.events(Event::Addition) == 0);
    CHECK(ledger.events(Event::AdditionSkipped) == 12);
    const std::uint64_t writes_before = ledger.events(Event::RowWrite);
    const StreamResult some = bench.run_stream(stream_of(command));
    const auto cycles = static_cast<double>(5 * 10 * one.cycles) - 1;
    CHECK(some.duration - none.duration == base.clock_period * cycles);
    CHECK(ledger.events(Event::Addition) == 6);
    CHECK(ledger.events(Event::AdditionSkipped) == 12 + 6);
    const std::uint64_t bits = 6 * 10;
    const bool a = one.scheme == AdditionScheme::A;
    CHECK(ledger.events(Event::RowMaj3) == (a ? bits : 0));
    CHECK(ledger.events(Event::RowXor2) == (a ? bits : 0));
    CHECK(ledger.events(Event::RowFullAdd) == (a ? 0 : bits));
    const std::uint64_t writes = bits * (one.carry ? 2 : 1);
    CHECK(ledger.events(Event::RowWrite) - writes_before == writes);
    CHECK(ledger.events(Event::AdderStep) == bits * (a ? 2 : 1) + writes);
    const StreamResult cleared = [&] {
      AddAccCommand idle = command;
      idle.sign_address = 100;
      idle.clear = 1;
      return bench.run_stream(stream_of(idle));
    }();
    CHECK(cleared.duration - none.duration == base.clock_period * 19.0);  // 20 rows, one cycle hidden
    CHECK(ledger.events(Event::RowWrite) - writes_before == writes + 40);
  }
}

TEST_CASE("a sum write that takes longer than the senses holds them up") {
  ChipConfig chip = with_adder(small_chip(64, 64, 1, 1, 1024, Detail::Fast), AdditionScheme::B, false, false);
  chip.subarray.write_latency_ns = 5;  // three cycles
  CHECK(InMemoryAdder::cycles_a_bit(chip) == 3);
  chip.adder.scheme = AdditionScheme::A;
  CHECK(InMemoryAdder::cycles_a_bit(chip) == 3);
  chip.adder.carry_write_back = true;
  CHECK(InMemoryAdder::cycles_a_bit(chip) == 6);
}

TEST_CASE("sums read out are the accumulators of the pixels, extended by their signs, in both details") {
  const ChipConfig base = small_chip(64, 128, 2, 3, 4096, Detail::Fast);
  const auto benches = both_details(base);
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  for (auto& bench : benches) {
    const ChipConfig& chip = bench->chip.config();
    Random random(seed);
    fill(*bench, random);
    const Columns columns(chip, bench->all_rows());
    for (int round = 0; round < 100; ++round) {
      const ReadSumsCommand c = random_read_sums(random, chip);
      CAPTURE(round, c.width, c.pixels);
      Bytes expected = bench->buffer(0, chip.buffer.bytes);
      for (std::uint32_t p = 0; p < c.pixels; ++p) {
        for (std::uint32_t k = 0; k < c.kernels; ++k) {
          const std::uint32_t subarray =
              c.first_subarray + p / c.pixels_per_replica * c.subarrays + k / c.kernels_per_subarray;
          const std::uint32_t row = c.accumulator_row + k % c.kernels_per_subarray * c.width;
          std::uint32_t sum = columns.get_signed(subarray, row, c.width, p % c.pixels_per_replica);
          std::uint8_t* const at = &expected[c.accumulator_address + p * c.accumulator_pitch + 4 * k];
          std::uint32_t before = 0;
          std::memcpy(&before, at, 4);
          sum += c.accumulate != 0 ? before : 0;
          std::memcpy(at, &sum, 4);
        }
      }
      REQUIRE(bench->run_stream(stream_of(c)).done);
      REQUIRE((bench->buffer(0, chip.buffer.bytes) == expected));
    }
  }
}

TEST_CASE("reading sums takes the longer of sensing the rows and writing the values") {
  const ChipConfig chip = with_adder(small_chip(64, 64, 1, 1, 4096, Detail::Fast), AdditionScheme::B, false, false);
  ChipBench bench("bench", chip);
  ReadSumsCommand read;  // 2 x 10 rows, a cycle each; 2 kernels x 4 B x pixels at 16 B a cycle
  read.width = 10;
  read.kernels_per_subarray = 2;
  read.kernels = 2;
  read.pixels_per_replica = 64;
  read.pixels = 10;
  read.accumulator_pitch = 8;
  const auto few = bench.run_stream(stream_of(read)).duration;
  CHECK(bench.chip.ledger().events(Event::RowRead) == 20);
  CHECK(bench.chip.ledger().events(Event::PackBit) == 10 * 2 * 10);
  read.pixels = 60;
  const auto many = bench.run_stream(stream_of(read)).duration;  // 480 B: 30 cycles
  CHECK(many - few == chip.clock_period * 10.0);
  read.accumulate = 1;
  CHECK(bench.run_stream(stream_of(read)).duration - many == chip.clock_period * 30.0);
}
