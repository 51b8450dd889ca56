#include "ip/ledger/ledger.h"

#include <catch2/catch.hpp>

#include "tests/ip/support/streams.h"

using namespace spinvp;
using namespace spinvp::test;

namespace {

Ledger::Block block(const char* name, std::uint64_t read_cost, std::uint64_t write_cost, double leakage) {
  Ledger::Block result;
  result.name = name;
  result.costs[static_cast<std::size_t>(Event::RowRead)] = Femtojoules(read_cost);
  result.costs[static_cast<std::size_t>(Event::RowWrite)] = Femtojoules(write_cost);
  result.leakage_watts = leakage;
  return result;
}

}  // namespace

TEST_CASE("events of blocks and activities add up to totals exactly") {
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  Ledger ledger;
  const std::vector<Ledger::BlockId> blocks = {ledger.add_block(block("a", 3, 5, 0)),
                                               ledger.add_block(block("b", 7, 11, 0))};
  std::uint64_t reads = 0;
  std::uint64_t energy = 0;
  for (int i = 0; i < 200; ++i) {
    const std::size_t which = random.number(0, 1);
    const bool is_read = random.chance(2);
    const std::uint64_t times = random.word();
    const Activity activity{static_cast<std::uint16_t>(random.number(0, 5)), random.chance(2)};
    ledger.count(blocks[which], is_read ? Event::RowRead : Event::RowWrite, times, activity);
    reads += is_read ? times : 0;
    energy += times * (is_read ? (which == 0 ? 3 : 7) : (which == 0 ? 5 : 11));
  }
  std::uint64_t reads_by_activity = 0;
  std::uint64_t energy_by_activity = 0;
  std::uint64_t energy_by_block = 0;
  for (std::uint16_t layer = 0; layer <= 5; ++layer) {
    for (const bool once : {false, true}) {
      const Activity activity{layer, once};
      CHECK(ledger.events(Event::RowRead, activity) ==
            ledger.events(0, Event::RowRead, activity) + ledger.events(1, Event::RowRead, activity));
      reads_by_activity += ledger.events(Event::RowRead, activity);
      energy_by_activity += ledger.energy(activity).value();
      energy_by_block += ledger.dynamic_energy(0, activity).value() + ledger.dynamic_energy(1, activity).value();
    }
  }
  CHECK(reads_by_activity == reads);
  CHECK(ledger.events(Event::RowRead) == reads);
  CHECK(energy_by_activity == energy);
  CHECK(energy_by_block == energy);
}

TEST_CASE("leakage is power times busy time, rounded down, block by block") {
  Ledger ledger;
  ledger.add_block(block("a", 0, 0, 1.5e-6));  // 1.5 fJ a ns
  ledger.add_block(block("b", 0, 0, 4e-6));
  const Activity activity{2, false};
  ledger.add_busy_time(activity, 1001);
  CHECK(ledger.leakage_energy(0, 1001).value() == 1);
  CHECK(ledger.leakage_energy(1, 1001).value() == 4);
  CHECK(ledger.energy(activity).value() == 5);
  CHECK(ledger.idle_energy(1000000).value() == 1500 + 4000);
  CHECK(ledger.busy_picoseconds() == 1001);
  CHECK(ledger.busy_picoseconds({3, false}) == 0);
}

TEST_CASE("clearing forgets counts and times but keeps blocks") {
  Ledger ledger;
  const auto id = ledger.add_block(block("a", 3, 5, 1));
  ledger.count(id, Event::RowRead, 4, {1, true});
  ledger.add_busy_time({1, true}, 500);
  ledger.clear();
  CHECK(ledger.events(Event::RowRead) == 0);
  CHECK(ledger.busy_picoseconds() == 0);
  CHECK(ledger.energy({1, true}).value() == 0);
  REQUIRE(ledger.blocks().size() == 1);
  ledger.count(id, Event::RowRead, 2, {1, true});
  CHECK(ledger.energy({1, true}).value() == 6);
}

TEST_CASE("a block that joins late starts at zero") {
  Ledger ledger;
  const auto first = ledger.add_block(block("a", 3, 5, 0));
  ledger.count(first, Event::RowRead, 4, {2, false});
  const auto second = ledger.add_block(block("b", 7, 11, 0));
  CHECK(ledger.events(second, Event::RowRead, {2, false}) == 0);
  ledger.count(second, Event::RowRead, 1, {2, false});
  CHECK(ledger.energy({2, false}).value() == 4 * 3 + 7);
}

TEST_CASE("the highest layer number costs no more memory than any other") {
  Ledger ledger;
  for (int i = 0; i < 4096; ++i) {
    ledger.add_block({});
  }
  const Activity last{0x7FFF, true};  // 65538 activities of 4096 blocks would be 27 GB
  ledger.count(4095, Event::Command, 1, last);
  CHECK(ledger.activities() == 65538);
  CHECK(ledger.events(4095, Event::Command, last) == 1);
  CHECK(ledger.events(Event::Command, {17, false}) == 0);
  CHECK(ledger.events(Event::Command) == 1);
}

TEST_CASE("work for no layer is apart from every layer that a command can name") {
  Ledger ledger;
  const auto only = ledger.add_block(block("a", 3, 5, 0));
  ledger.count(only, Event::RowRead, 4, {Activity::no_layer, false});
  for (const std::uint16_t layer : {0, 1, 511, 0x7FFF}) {
    for (const bool once : {false, true}) {
      const Activity activity{layer, once};
      CHECK(ledger.events(Event::RowRead, activity) == 0);
      CHECK(Activity::at(activity.index()).layer == layer);
      CHECK(Activity::at(activity.index()).once == once);
    }
  }
  CHECK(ledger.activities() == 1);
  CHECK(ledger.energy({Activity::no_layer, false}).value() == 4 * 3);
}

TEST_CASE("every event has a name of its own") {
  for (std::size_t a = 0; a < event_count; ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      CHECK(std::string(to_string(static_cast<Event>(a))) != to_string(static_cast<Event>(b)));
    }
  }
}
