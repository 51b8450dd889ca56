#include "ip/mram/sub_array.h"

#include <tlm_utils/simple_initiator_socket.h>

#include <catch2/catch.hpp>

#include "tests/ip/support/streams.h"

using namespace spinvp;
using namespace spinvp::test;
using sc_core::SC_NS;
using sc_core::sc_time;

namespace {

constexpr Activity activity{4, true};

struct Harness : sc_core::sc_module {
  Ledger ledger;
  Ledger::BlockId block = ledger.add_block({"rows", {}, 0});
  tlm_utils::simple_initiator_socket<Harness, 32, RowProtocol> rows{"rows"};
  SubArray array;
  sc_time delay;

  Harness(const sc_core::sc_module_name& name, bool grants_direct_access)
      : sc_module(name),
        array("array", {16, 128, sc_time(3, SC_NS), sc_time(7, SC_NS), grants_direct_access}, ledger, block) {
    rows.bind(array.rows);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }

  RowTransaction run(RowOperation operation, std::uint32_t row, std::uint32_t second = 0,
                     const std::uint64_t* data = nullptr) {
    RowTransaction transaction;
    transaction.operation = operation;
    transaction.row = row;
    transaction.second_row = second;
    transaction.data = data;
    transaction.activity = activity;
    delay = sc_core::SC_ZERO_TIME;
    rows->b_transport(transaction, delay);
    return transaction;
  }
  std::uint64_t events(Event event) const { return ledger.events(block, event, activity); }
};

}  // namespace

TEST_CASE("a sub-array senses what was written, one row and the AND of two") {
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  Harness harness("harness", false);
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

TEST_CASE("a sub-array refuses rows that do not exist, without time, counts or changes") {
  Harness harness("harness", true);
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
  Harness harness("harness", true);
  RowTransaction transaction;
  tlm::tlm_dmi dmi;
  REQUIRE(harness.rows->get_direct_mem_ptr(transaction, dmi));
  CHECK(dmi.get_end_address() == 16 * 128 / 8 - 1);
  const std::uint64_t words[2] = {0x0123456789abcdef, 0xf0};
  harness.run(RowOperation::Write, 9, 0, words);
  CHECK(reinterpret_cast<const std::uint64_t*>(dmi.get_dmi_ptr())[9 * 2] == words[0]);
}

TEST_CASE("a sub-array that grants no direct access hands out nothing") {
  Harness harness("harness", false);
  RowTransaction transaction;
  tlm::tlm_dmi dmi;
  CHECK_FALSE(harness.rows->get_direct_mem_ptr(transaction, dmi));
}

TEST_CASE("operations accounted for cost what as many transactions cost") {
  Harness harness("harness", true);
  const std::uint64_t words[2] = {};
  const auto count_all = [&] {
    return std::array<std::uint64_t, 3>{harness.events(Event::RowRead), harness.events(Event::RowAnd2),
                                        harness.events(Event::RowWrite)};
  };
  for (const RowOperation operation : {RowOperation::Read, RowOperation::And2, RowOperation::Write}) {
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
    harness.rows->b_transport(transaction, together);
    CHECK(transaction.ok);
    CHECK(together == single);
    CHECK(count_all() == one_by_one);
  }
}
