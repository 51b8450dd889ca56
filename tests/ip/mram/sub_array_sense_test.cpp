#include <catch2/catch.hpp>

#include "ip/mram/sub_array.h"
#include "tests/ip/support/array_bench.h"
#include "tests/ip/support/streams.h"

using namespace spinvp;
using namespace spinvp::test;
using sc_core::SC_NS;
using sc_core::sc_time;

namespace {

constexpr std::uint32_t rows_in_use = 8;
using TwoWords = std::array<std::uint64_t, 2>;

// What a column's sense amplifier makes of the bits of a, b and c, from the operation's truth table.
bool sensed_bit(RowOperation operation, bool a, bool b, bool c) {
  const int ones = int{a} + int{b} + int{c};
  switch (operation) {
    case RowOperation::Read:
      return a;
    case RowOperation::And2:
      return a && b;
    case RowOperation::Or2:
      return a || b;
    case RowOperation::Xor2:
      return a != b;
    case RowOperation::And3:
      return ones == 3;
    case RowOperation::Or3:
      return ones >= 1;
    case RowOperation::Maj3:
    case RowOperation::Carry:
      return ones >= 2;
    default:  // Sum with the latch as c, FullAdd
      return ones % 2 == 1;
  }
}

struct TruthTable {
  ArrayBench& bench;
  std::vector<TwoWords> rows = std::vector<TwoWords>(rows_in_use);

  TruthTable(ArrayBench& of, Random& random) : bench(of) {
    for (std::uint32_t row = 0; row < rows_in_use; ++row) {
      rows[row] = {std::uint64_t{random.word()} << 32 | random.word(),
                   std::uint64_t{random.word()} << 32 | random.word()};
      bench.write(row, rows[row].data());
    }
  }
  RowTransaction run(RowOperation operation, std::uint32_t a, std::uint32_t b, std::uint32_t c, bool latched = false) {
    RowTransaction transaction;
    transaction.operation = operation;
    transaction.row = a;
    transaction.second_row = b;
    transaction.third_row = c;
    transaction.latched_third = latched;
    return bench.run(transaction);
  }
  void preset(bool value) {
    RowTransaction transaction;
    transaction.operation = RowOperation::PresetCarry;
    transaction.preset = value;
    transaction.row = 99;  // no row is raised
    CHECK(bench.run(transaction).ok);
    CHECK(bench.delay == sc_core::SC_ZERO_TIME);
  }
  TwoWords expected(RowOperation operation, const TwoWords& a, const TwoWords& b, const TwoWords& c) const {
    TwoWords words{};
    for (std::uint32_t column = 0; column < 128; ++column) {
      const auto bit = [&](const TwoWords& row) { return (row[column / 64] >> column % 64 & 1) != 0; };
      words[column / 64] |= std::uint64_t{sensed_bit(operation, bit(a), bit(b), bit(c))} << column % 64;
    }
    return words;
  }
};

TwoWords words_of_latch(const std::uint64_t* latch) {
  return {latch[0], latch[1]};
}

constexpr TwoWords no_ones{0, 0};
constexpr TwoWords all_ones{~0ull, ~0ull};

}  // namespace

TEST_CASE("every sense of two and three rows follows its truth table and counts as its event") {
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  ArrayBench bench(false);
  TruthTable table(bench, random);
  struct Sense {
    RowOperation operation;
    Event event;
  };
  for (const Sense& sense : {Sense{RowOperation::Read, Event::RowRead}, Sense{RowOperation::And2, Event::RowAnd2},
                             Sense{RowOperation::Or2, Event::RowOr2}, Sense{RowOperation::Xor2, Event::RowXor2},
                             Sense{RowOperation::And3, Event::RowAnd3}, Sense{RowOperation::Or3, Event::RowOr3},
                             Sense{RowOperation::Maj3, Event::RowMaj3}, Sense{RowOperation::Carry, Event::RowMaj3},
                             Sense{RowOperation::FullAdd, Event::RowFullAdd}}) {
    CAPTURE(to_string(sense.event));
    for (int round = 0; round < 30; ++round) {
      const std::uint32_t a = random.number(0, rows_in_use - 1);
      const std::uint32_t b = random.number(0, rows_in_use - 1);
      const std::uint32_t c = random.number(0, rows_in_use - 1);
      bench.ledger.clear();
      const RowTransaction done = table.run(sense.operation, a, b, c);
      REQUIRE(done.ok);
      const TwoWords& rows_a = table.rows[a];
      REQUIRE(words_of_latch(done.sensed) == table.expected(sense.operation, rows_a, table.rows[b], table.rows[c]));
      if (sense.operation == RowOperation::Carry || sense.operation == RowOperation::FullAdd) {
        REQUIRE(words_of_latch(done.carried) ==
                table.expected(RowOperation::Maj3, rows_a, table.rows[b], table.rows[c]));
      }
      CHECK(bench.delay == sc_time(3, SC_NS));
      for (std::size_t event = 0; event < event_count; ++event) {
        const auto one = static_cast<Event>(event);
        REQUIRE(bench.events(one) == (one == sense.event ? 1 : 0));
      }
    }
  }
  for (std::uint32_t row = 0; row < rows_in_use; ++row) {
    CHECK(words_of_latch(bench.array.peek(row)) == table.rows[row]);  // sensing changes no bit
  }
}

TEST_CASE("the carry latch of scheme A holds one bit's carry for the sum while the next one waits behind it") {
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  ArrayBench bench(false);
  TruthTable table(bench, random);
  const auto& rows = table.rows;
  for (const bool preset : {false, true}) {
    table.preset(preset);
    TwoWords carry = preset ? all_ones : no_ones;
    for (int bit = 0; bit < 10; ++bit) {
      const std::uint32_t a = random.number(0, rows_in_use - 1);
      const std::uint32_t b = random.number(0, rows_in_use - 1);
      const RowTransaction first = table.run(RowOperation::Carry, a, b, 0, true);
      const TwoWords next = table.expected(RowOperation::Maj3, rows[a], rows[b], carry);
      REQUIRE(words_of_latch(first.sensed) == next);
      bench.write(12, rows[0].data());  // a write in between leaves the latches alone
      const RowTransaction second = table.run(RowOperation::Sum, a, b, 99);
      REQUIRE(second.ok);
      REQUIRE(words_of_latch(second.sensed) == table.expected(RowOperation::FullAdd, rows[a], rows[b], carry));
      carry = next;
    }
  }
  CHECK(bench.events(Event::RowMaj3) == 20);
  CHECK(bench.events(Event::RowXor2) == 20);
}

TEST_CASE("a row sensed into the carry latch is the carry in of scheme A's next sum, at the cost of a read") {
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  ArrayBench bench(false);
  TruthTable table(bench, random);
  const auto& rows = table.rows;
  bench.ledger.clear();
  for (int round = 1; round <= 20; ++round) {
    const std::uint32_t a = random.number(0, rows_in_use - 1);
    const std::uint32_t b = random.number(0, rows_in_use - 1);
    const std::uint32_t c = random.number(0, rows_in_use - 1);
    const RowTransaction load = table.run(RowOperation::ReadCarry, c, 99, 99);
    REQUIRE(load.ok);
    CHECK(bench.delay == sc_time(3, SC_NS));
    REQUIRE(words_of_latch(load.sensed) == rows[c]);
    REQUIRE(bench.events(Event::RowRead) == static_cast<std::uint64_t>(round));
    const RowTransaction carry = table.run(RowOperation::Carry, a, b, c);
    REQUIRE(words_of_latch(carry.carried) == table.expected(RowOperation::Maj3, rows[a], rows[b], rows[c]));
    const RowTransaction sum = table.run(RowOperation::Sum, a, b, 99);
    REQUIRE(words_of_latch(sum.sensed) == table.expected(RowOperation::FullAdd, rows[a], rows[b], rows[c]));
  }
  CHECK_FALSE(table.run(RowOperation::ReadCarry, 16, 0, 0).ok);
}

TEST_CASE("a full addition of scheme B takes its carry from the latch or a row, and latches the next one") {
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  ArrayBench bench(false);
  TruthTable table(bench, random);
  const auto& rows = table.rows;
  for (const bool preset : {false, true}) {
    table.preset(preset);
    TwoWords carry = preset ? all_ones : no_ones;
    for (int bit = 0; bit < 20; ++bit) {
      const std::uint32_t a = random.number(0, rows_in_use - 1);
      const std::uint32_t b = random.number(0, rows_in_use - 1);
      const std::uint32_t c = random.number(0, rows_in_use - 1);
      const bool latched = random.chance(2);
      const TwoWords third = latched ? carry : rows[c];
      const RowTransaction done = table.run(RowOperation::FullAdd, a, b, latched ? 99 : c, latched);
      REQUIRE(done.ok);
      REQUIRE(words_of_latch(done.sensed) == table.expected(RowOperation::FullAdd, rows[a], rows[b], third));
      carry = table.expected(RowOperation::Maj3, rows[a], rows[b], third);
      REQUIRE(words_of_latch(done.carried) == carry);
    }
  }
}

TEST_CASE("senses of two and three rows are refused when one of the rows does not exist") {
  const std::uint32_t seed = test_seed();
  Random random(seed);
  ArrayBench bench(false);
  TruthTable table(bench, random);
  bench.ledger.clear();
  for (const RowOperation operation :
       {RowOperation::Or2, RowOperation::Xor2, RowOperation::Sum, RowOperation::And3, RowOperation::Or3,
        RowOperation::Maj3, RowOperation::Carry, RowOperation::FullAdd}) {
    CHECK_FALSE(table.run(operation, 16, 0, 0).ok);
    CHECK_FALSE(table.run(operation, 0, 16, 0).ok);
    const bool two_rows =
        operation == RowOperation::Or2 || operation == RowOperation::Xor2 || operation == RowOperation::Sum;
    if (!two_rows) {
      CHECK_FALSE(table.run(operation, 0, 0, 16).ok);
      CHECK_FALSE(table.run(operation, 0, 0xFFFFFFFF, 0, true).ok);
    }
    CHECK(bench.delay == sc_core::SC_ZERO_TIME);
  }
  for (std::size_t event = 0; event < event_count; ++event) {
    CHECK(bench.events(static_cast<Event>(event)) == 0);
  }
}
