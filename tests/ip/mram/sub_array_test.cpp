#include "ip/mram/sub_array.h"

#include <catch2/catch.hpp>

#include "tests/ip/support/streams.h"

using namespace spinvp;
using namespace spinvp::test;
using sc_core::SC_NS;
using sc_core::sc_time;

namespace {

constexpr Activity activity{4, true};

struct Harness {
  Ledger ledger;
  Ledger::BlockId block = ledger.add_block({"rows", {}, 0});
  SubArray array;
  sc_time delay;

  explicit Harness(bool grants_direct_access)
      : array({16, 128, sc_time(3, SC_NS), sc_time(7, SC_NS), grants_direct_access}, ledger, block) {}

  RowTransaction run(RowOperation operation, std::uint32_t row, std::uint32_t second = 0,
                     const std::uint64_t* data = nullptr) {
    RowTransaction transaction;
    transaction.operation = operation;
    transaction.row = row;
    transaction.second_row = second;
    transaction.data = data;
    transaction.activity = activity;
    delay = sc_core::SC_ZERO_TIME;
    array.transport(transaction, delay);
    return transaction;
  }
  std::uint64_t events(Event event) const { return ledger.events(block, event, activity); }
};

/// A sub-array of 16 x 128, number 0 of its chip, in which things go wrong.
struct FaultyArray {
  Ledger ledger;
  SubArray array;

  explicit FaultyArray(const FaultConfig& faults)
      : array({16, 128, sc_time(3, SC_NS), sc_time(7, SC_NS), true, std::make_shared<const FaultConfig>(faults), 0},
              ledger, ledger.add_block({"rows", {}, 0})) {}

  RowTransaction run(RowOperation operation, std::uint32_t row, std::uint32_t second = 0, std::uint32_t third = 0,
                     const std::uint64_t* data = nullptr) {
    RowTransaction transaction;
    transaction.operation = operation;
    transaction.row = row;
    transaction.second_row = second;
    transaction.third_row = third;
    transaction.data = data;
    sc_time delay;
    array.transport(transaction, delay);
    CHECK(transaction.ok);
    return transaction;
  }
};

}  // namespace

TEST_CASE("a sub-array senses what was written, one row and the AND of two") {
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  Harness harness(false);
  std::vector<std::array<std::uint64_t, 2>> truth(16);
  for (std::uint32_t row = 0; row < 16; ++row) {
    truth[row] = {std::uint64_t{random.word()} << 32 | random.word(),
                  std::uint64_t{random.word()} << 32 | random.word()};
    CHECK(harness.run(RowOperation::Write, row, 0, truth[row].data()).ok);
    CHECK(harness.delay == sc_time(7, SC_NS));
  }
  for (std::uint32_t a = 0; a < 16; ++a) {
    const RowTransaction read = harness.run(RowOperation::Read, a);
    REQUIRE(read.ok);
    CHECK(harness.delay == sc_time(3, SC_NS));
    CHECK(read.sensed[0] == truth[a][0]);
    CHECK(read.sensed[1] == truth[a][1]);
    CHECK(harness.array.peek(a)[1] == truth[a][1]);
    for (std::uint32_t b = 0; b < 16; ++b) {
      const RowTransaction both = harness.run(RowOperation::And2, a, b);
      REQUIRE(both.ok);
      CHECK(harness.delay == sc_time(3, SC_NS));
      CHECK(both.sensed[0] == (truth[a][0] & truth[b][0]));
      CHECK(both.sensed[1] == (truth[a][1] & truth[b][1]));
    }
  }
  CHECK(harness.events(Event::RowWrite) == 16);
  CHECK(harness.events(Event::RowRead) == 16);
  CHECK(harness.events(Event::RowAnd2) == 256);
}

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
  Harness& harness;
  std::vector<TwoWords> rows = std::vector<TwoWords>(rows_in_use);

  TruthTable(Harness& of, Random& random) : harness(of) {
    for (std::uint32_t row = 0; row < rows_in_use; ++row) {
      rows[row] = {std::uint64_t{random.word()} << 32 | random.word(),
                   std::uint64_t{random.word()} << 32 | random.word()};
      harness.run(RowOperation::Write, row, 0, rows[row].data());
    }
  }
  RowTransaction run(RowOperation operation, std::uint32_t a, std::uint32_t b, std::uint32_t c, bool latched = false) {
    RowTransaction transaction;
    transaction.operation = operation;
    transaction.row = a;
    transaction.second_row = b;
    transaction.third_row = c;
    transaction.latched_third = latched;
    transaction.activity = activity;
    harness.delay = sc_core::SC_ZERO_TIME;
    harness.array.transport(transaction, harness.delay);
    return transaction;
  }
  void preset(bool value) {
    RowTransaction transaction;
    transaction.operation = RowOperation::PresetCarry;
    transaction.preset = value;
    transaction.row = 99;  // no row is raised
    transaction.activity = activity;
    harness.delay = sc_core::SC_ZERO_TIME;
    harness.array.transport(transaction, harness.delay);
    CHECK(transaction.ok);
    CHECK(harness.delay == sc_core::SC_ZERO_TIME);
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
  Harness harness(false);
  TruthTable table(harness, random);
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
      harness.ledger.clear();
      const RowTransaction done = table.run(sense.operation, a, b, c);
      REQUIRE(done.ok);
      const TwoWords& rows_a = table.rows[a];
      REQUIRE(words_of_latch(done.sensed) == table.expected(sense.operation, rows_a, table.rows[b], table.rows[c]));
      if (sense.operation == RowOperation::Carry || sense.operation == RowOperation::FullAdd) {
        REQUIRE(words_of_latch(done.carried) ==
                table.expected(RowOperation::Maj3, rows_a, table.rows[b], table.rows[c]));
      }
      CHECK(harness.delay == sc_time(3, SC_NS));
      for (std::size_t event = 0; event < event_count; ++event) {
        const auto one = static_cast<Event>(event);
        REQUIRE(harness.events(one) == (one == sense.event ? 1 : 0));
      }
    }
  }
  for (std::uint32_t row = 0; row < rows_in_use; ++row) {
    CHECK(words_of_latch(harness.array.peek(row)) == table.rows[row]);  // sensing changes no bit
  }
}

TEST_CASE("the carry latch of scheme A holds one bit's carry for the sum while the next one waits behind it") {
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  Harness harness(false);
  TruthTable table(harness, random);
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
      harness.run(RowOperation::Write, 12, 0, rows[0].data());  // a write in between leaves the latches alone
      const RowTransaction second = table.run(RowOperation::Sum, a, b, 99);
      REQUIRE(second.ok);
      REQUIRE(words_of_latch(second.sensed) == table.expected(RowOperation::FullAdd, rows[a], rows[b], carry));
      carry = next;
    }
  }
  CHECK(harness.events(Event::RowMaj3) == 20);
  CHECK(harness.events(Event::RowXor2) == 20);
}

TEST_CASE("a row sensed into the carry latch is the carry in of scheme A's next sum, at the cost of a read") {
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  Harness harness(false);
  TruthTable table(harness, random);
  const auto& rows = table.rows;
  harness.ledger.clear();
  for (int round = 1; round <= 20; ++round) {
    const std::uint32_t a = random.number(0, rows_in_use - 1);
    const std::uint32_t b = random.number(0, rows_in_use - 1);
    const std::uint32_t c = random.number(0, rows_in_use - 1);
    const RowTransaction load = table.run(RowOperation::ReadCarry, c, 99, 99);
    REQUIRE(load.ok);
    CHECK(harness.delay == sc_time(3, SC_NS));
    REQUIRE(words_of_latch(load.sensed) == rows[c]);
    REQUIRE(harness.events(Event::RowRead) == static_cast<std::uint64_t>(round));
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
  Harness harness(false);
  TruthTable table(harness, random);
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
  Harness harness(false);
  TruthTable table(harness, random);
  harness.ledger.clear();
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
    CHECK(harness.delay == sc_core::SC_ZERO_TIME);
  }
  for (std::size_t event = 0; event < event_count; ++event) {
    CHECK(harness.events(static_cast<Event>(event)) == 0);
  }
}

TEST_CASE("a sub-array refuses rows that do not exist, without time, counts or changes") {
  Harness harness(true);
  const std::uint64_t ones[2] = {~0ull, ~0ull};
  CHECK_FALSE(harness.run(RowOperation::Read, 16).ok);
  CHECK_FALSE(harness.run(RowOperation::Write, 0xFFFFFFFF, 0, ones).ok);
  CHECK_FALSE(harness.run(RowOperation::And2, 0, 16).ok);
  CHECK_FALSE(harness.run(RowOperation::And2, 16, 0).ok);
  CHECK(harness.delay == sc_core::SC_ZERO_TIME);
  CHECK(harness.ledger.events(Event::RowRead) + harness.ledger.events(Event::RowWrite) +
            harness.ledger.events(Event::RowAnd2) ==
        0);
  CHECK(harness.array.peek(16) == nullptr);
  CHECK(harness.array.peek(15)[1] == 0);
}

TEST_CASE("a sub-array that grants direct access hands out the very bits") {
  Harness harness(true);
  tlm::tlm_dmi dmi;
  REQUIRE(harness.array.direct_pointer(dmi));
  CHECK(dmi.get_end_address() == 16 * 128 / 8 - 1);
  const std::uint64_t words[2] = {0x0123456789abcdef, 0xf0};
  harness.run(RowOperation::Write, 9, 0, words);
  CHECK(reinterpret_cast<const std::uint64_t*>(dmi.get_dmi_ptr())[9 * 2] == words[0]);
}

TEST_CASE("a sub-array that grants no direct access hands out nothing") {
  Harness harness(false);
  tlm::tlm_dmi dmi;
  CHECK_FALSE(harness.array.direct_pointer(dmi));
}

TEST_CASE("operations accounted for cost what as many transactions cost") {
  Harness harness(true);
  const std::uint64_t words[2] = {};
  const auto count_all = [&] {
    std::array<std::uint64_t, event_count> counts{};
    for (std::size_t event = 0; event < event_count; ++event) {
      counts[event] = harness.events(static_cast<Event>(event));
    }
    return counts;
  };
  for (const RowOperation operation : {RowOperation::Read, RowOperation::And2, RowOperation::Write, RowOperation::Carry,
                                       RowOperation::ReadCarry, RowOperation::Sum, RowOperation::FullAdd}) {
    harness.ledger.clear();
    sc_time single;
    for (int i = 0; i < 1000; ++i) {
      harness.run(operation, 1, 2, words);
      single += harness.delay;
    }
    const auto one_by_one = count_all();
    harness.ledger.clear();
    RowTransaction transaction;
    transaction.activity = activity;
    transaction.operation = operation;
    transaction.accounted = 1000;
    transaction.row = 99;  // ignored
    sc_time together;
    harness.array.transport(transaction, together);
    CHECK(transaction.ok);
    CHECK(together == single);
    CHECK(count_all() == one_by_one);
  }
}

TEST_CASE("a sub-array with a stuck cell shows it in every operation and grants no direct access") {
  FaultConfig faults;
  faults.cells = {{0, 1, 3, true}, {0, 2, 4, false}};
  FaultyArray faulty(faults);
  tlm::tlm_dmi dmi;
  CHECK_FALSE(faulty.array.direct_pointer(dmi));
  const std::uint64_t zeros[2] = {};
  const std::uint64_t ones[2] = {~0ull, ~0ull};
  faulty.run(RowOperation::Write, 1, 0, 0, zeros);
  faulty.run(RowOperation::Write, 2, 0, 0, ones);
  faulty.run(RowOperation::Write, 3, 0, 0, ones);
  const auto sensed = [&](RowOperation operation, std::uint32_t a, std::uint32_t b = 0, std::uint32_t c = 0) {
    return faulty.run(operation, a, b, c).sensed[0];
  };
  CHECK(sensed(RowOperation::Read, 1) == 8);
  CHECK(sensed(RowOperation::Read, 2) == ~16ull);
  CHECK(sensed(RowOperation::And2, 1, 3) == 8);
  CHECK(sensed(RowOperation::Or2, 0, 1) == 8);
  CHECK(sensed(RowOperation::Xor2, 2, 3) == 16);
  CHECK(sensed(RowOperation::And3, 1, 2, 3) == 8);
  CHECK(sensed(RowOperation::Or3, 0, 1, 0) == 8);
  CHECK(sensed(RowOperation::Maj3, 1, 3, 0) == 8);
  CHECK(sensed(RowOperation::FullAdd, 0, 1, 0) == 8);
  CHECK(faulty.array.peek(1)[0] == 8);
  CHECK(faulty.array.fault_counts().stuck_cells == 2);
}

TEST_CASE("faults elsewhere leave a sub-array alone, with direct access") {
  FaultConfig faults;
  faults.cells = {{7, 1, 3, true}};
  FaultyArray healthy(faults);
  tlm::tlm_dmi dmi;
  CHECK(healthy.array.direct_pointer(dmi));
  CHECK(healthy.run(RowOperation::Read, 1).sensed[0] == 0);
}

TEST_CASE("a cell forgets with simulated time") {
  FaultConfig faults;
  faults.seed = 2;
  faults.retention_rate = 1000;
  FaultyArray faulty(faults);
  const auto flips = [&] { return faulty.array.fault_counts().retention_flips; };
  faulty.run(RowOperation::Read, 0);
  CHECK(flips() == 0);
  sc_core::sc_start(sc_time(100, sc_core::SC_US));  // 2,048 cells x 1,000 flips/s x 100 us
  faulty.run(RowOperation::Read, 0);
  CHECK(flips() > 150);
  CHECK(flips() < 260);
}

TEST_CASE("a sub-array takes no memory before it is written") {
  Ledger ledger;
  SubArray array({4096, 4096, sc_time(3, SC_NS), sc_time(7, SC_NS), true}, ledger, ledger.add_block({"rows", {}, 0}));
  CHECK(array.resident_bytes() == 0);
  CHECK(array.peek(4095) != nullptr);
}
