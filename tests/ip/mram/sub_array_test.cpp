#include "ip/mram/sub_array.h"

#include <catch2/catch.hpp>

#include "tests/ip/support/array_bench.h"
#include "tests/ip/support/streams.h"

using namespace spinvp;
using namespace spinvp::test;
using sc_core::SC_NS;
using sc_core::sc_time;

TEST_CASE("a sub-array senses what was written, one row and the AND of two") {
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  ArrayBench bench(false);
  std::vector<std::array<std::uint64_t, 2>> truth(16);
  for (std::uint32_t row = 0; row < 16; ++row) {
    truth[row] = {std::uint64_t{random.word()} << 32 | random.word(),
                  std::uint64_t{random.word()} << 32 | random.word()};
    CHECK(bench.write(row, truth[row].data()).ok);
    CHECK(bench.delay == sc_time(7, SC_NS));
  }
  for (std::uint32_t a = 0; a < 16; ++a) {
    const RowTransaction read = bench.run(RowOperation::Read, a);
    REQUIRE(read.ok);
    CHECK(bench.delay == sc_time(3, SC_NS));
    CHECK(read.sensed[0] == truth[a][0]);
    CHECK(read.sensed[1] == truth[a][1]);
    CHECK(bench.array.peek(a)[1] == truth[a][1]);
    for (std::uint32_t b = 0; b < 16; ++b) {
      const RowTransaction both = bench.run(RowOperation::And2, a, b);
      REQUIRE(both.ok);
      CHECK(bench.delay == sc_time(3, SC_NS));
      CHECK(both.sensed[0] == (truth[a][0] & truth[b][0]));
      CHECK(both.sensed[1] == (truth[a][1] & truth[b][1]));
    }
  }
  CHECK(bench.events(Event::RowWrite) == 16);
  CHECK(bench.events(Event::RowRead) == 16);
  CHECK(bench.events(Event::RowAnd2) == 256);
}

TEST_CASE("a sub-array refuses rows that do not exist, without time, counts or changes") {
  ArrayBench bench(true);
  const std::uint64_t ones[2] = {~0ull, ~0ull};
  CHECK_FALSE(bench.run(RowOperation::Read, 16).ok);
  CHECK_FALSE(bench.write(0xFFFFFFFF, ones).ok);
  CHECK_FALSE(bench.run(RowOperation::And2, 0, 16).ok);
  CHECK_FALSE(bench.run(RowOperation::And2, 16, 0).ok);
  CHECK(bench.delay == sc_core::SC_ZERO_TIME);
  CHECK(bench.ledger.events(Event::RowRead) + bench.ledger.events(Event::RowWrite) +
            bench.ledger.events(Event::RowAnd2) ==
        0);
  CHECK(bench.array.peek(16) == nullptr);
  CHECK(bench.array.peek(15)[1] == 0);
}

TEST_CASE("a sub-array that grants direct access hands out the very bits") {
  ArrayBench bench(true);
  tlm::tlm_dmi dmi;
  REQUIRE(bench.array.direct_pointer(dmi));
  CHECK(dmi.get_end_address() == 16 * 128 / 8 - 1);
  const std::uint64_t words[2] = {0x0123456789abcdef, 0xf0};
  bench.write(9, words);
  CHECK(reinterpret_cast<const std::uint64_t*>(dmi.get_dmi_ptr())[9 * 2] == words[0]);
}

TEST_CASE("a sub-array that grants no direct access hands out nothing") {
  ArrayBench bench(false);
  tlm::tlm_dmi dmi;
  CHECK_FALSE(bench.array.direct_pointer(dmi));
}

TEST_CASE("operations accounted for cost what as many transactions cost") {
  ArrayBench bench(true);
  const std::uint64_t words[2] = {};
  const auto count_all = [&] {
    std::array<std::uint64_t, event_count> counts{};
    for (std::size_t event = 0; event < event_count; ++event) {
      counts[event] = bench.events(static_cast<Event>(event));
    }
    return counts;
  };
  for (const RowOperation operation : {RowOperation::Read, RowOperation::And2, RowOperation::Write, RowOperation::Carry,
                                       RowOperation::ReadCarry, RowOperation::Sum, RowOperation::FullAdd}) {
    bench.ledger.clear();
    sc_time single;
    for (int i = 0; i < 1000; ++i) {
      RowTransaction one;
      one.operation = operation;
      one.row = 1;
      one.second_row = 2;
      one.data = words;
      bench.run(one);
      single += bench.delay;
    }
    const auto one_by_one = count_all();
    bench.ledger.clear();
    RowTransaction transaction;
    transaction.operation = operation;
    transaction.accounted = 1000;
    transaction.row = 99;  // ignored
    CHECK(bench.run(transaction).ok);
    CHECK(bench.delay == single);
    CHECK(count_all() == one_by_one);
  }
}

TEST_CASE("a sub-array takes no memory before it is written") {
  Ledger ledger;
  SubArray array({4096, 4096, sc_time(3, SC_NS), sc_time(7, SC_NS), true}, ledger, ledger.add_block({"rows", {}, 0}));
  CHECK(array.resident_bytes() == 0);
  CHECK(array.peek(4095) != nullptr);
}
