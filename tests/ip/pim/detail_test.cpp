#include <catch2/catch.hpp>

#include "tests/ip/support/random_commands.h"

using namespace spinvp;
using namespace spinvp::test;

namespace {

// A stream of random commands that wait for random lanes, of random layers.
Words random_stream(Random& random, const ChipConfig& chip) {
  Words stream;
  const std::uint32_t count = random.number(1, 12);
  for (std::uint32_t i = 0; i <= count; ++i) {
    Words words = i < count ? random_command(random, chip) : words_of(interface::StopCommand{});
    words[0] |= random.number(0, 15) << 16;
    words[1] = random.number(0, 6) | random.number(0, 1) << 15;
    stream.insert(stream.end(), words.begin(), words.end());
  }
  return stream;
}

void check_same_ledger(const Ledger& fast, const Ledger& row) {
  REQUIRE(fast.blocks().size() == row.blocks().size());
  for (std::uint16_t layer = 0; layer <= 7; ++layer) {
    for (const bool once : {false, true}) {
      const Activity activity{layer, once};
      for (Ledger::BlockId block = 0; block < fast.blocks().size(); ++block) {
        for (std::size_t event = 0; event < event_count; ++event) {
          CAPTURE(layer, once, fast.blocks()[block].name, to_string(static_cast<Event>(event)));
          REQUIRE(fast.events(block, static_cast<Event>(event), activity) ==
                  row.events(block, static_cast<Event>(event), activity));
        }
      }
      REQUIRE(fast.busy_picoseconds(activity) == row.busy_picoseconds(activity));
      REQUIRE(fast.energy(activity) == row.energy(activity));
    }
  }
}

void check_same_chip(ChipBench& fast, ChipBench& row) {
  REQUIRE((fast.memory.data == row.memory.data));
  REQUIRE((fast.all_rows() == row.all_rows()));
  REQUIRE((fast.buffer(0, fast.chip.config().buffer.bytes) == row.buffer(0, row.chip.config().buffer.bytes)));
  for (const interface::RegisterInfo& info : interface::register_table) {
    CAPTURE(info.name);
    REQUIRE(fast.read_register(info.offset) == row.read_register(info.offset));
  }
  check_same_ledger(fast.chip.ledger(), row.chip.ledger());
}

void check_details(ChipConfig config, const BenchMemory::Config& memory, int rounds) {
  ChipBench fast("fast", config, memory);
  config.detail = Detail::Row;
  ChipBench row("row", config, memory);
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  const Bytes bytes = random.bytes(0x10000);
  fast.write_memory(0, bytes);
  row.write_memory(0, bytes);
  int done = 0;
  for (int round = 0; round < rounds; ++round) {
    CAPTURE(round);
    const Words stream = random_stream(random, config);
    const StreamResult of_fast = fast.run_stream(stream);
    const StreamResult of_row = row.run_stream(stream);
    REQUIRE(of_fast.finished);
    REQUIRE(of_fast.done == of_row.done);
    REQUIRE(of_fast.duration == of_row.duration);
    check_same_chip(fast, row);
    done += of_fast.done ? 1 : 0;
  }
  CHECK(done == rounds);
}

}  // namespace

TEST_CASE("detail row and detail fast give the same bits, times, counts and energies") {
  check_details(small_chip(48, 64, 2, 3, 4096, Detail::Fast), {}, 150);
}

TEST_CASE("detail row and detail fast agree on odd clocks, slow rows, serial counters and slow memory") {
  ChipConfig config = small_chip(48, 128, 3, 1, 4096, Detail::Fast);
  config.clock_period = sc_core::sc_time(3003, sc_core::SC_PS);
  config.subarray.write_latency_ns = 10;
  config.accumulator.bit_counter = BitCounter::Serial;
  config.processor.queue_depth = 1;
  BenchMemory::Config memory;
  memory.latency = sc_core::sc_time(12345, sc_core::SC_PS);
  memory.waits = true;
  check_details(config, memory, 150);
}

TEST_CASE("detail row and detail fast agree on in-memory addition, scheme A") {
  check_details(with_adder(small_chip(48, 64, 2, 3, 4096, Detail::Fast), AdditionScheme::A, false, false), {}, 100);
}

TEST_CASE("detail row and detail fast agree on in-memory addition, scheme B with carries in rows") {
  ChipConfig config = with_adder(small_chip(48, 128, 3, 1, 4096, Detail::Fast), AdditionScheme::B, true, true);
  config.clock_period = sc_core::sc_time(1001, sc_core::SC_PS);
  check_details(config, {}, 100);
}

TEST_CASE("chips of both details run at the same time in one simulation") {
  ChipConfig config = small_chip(48, 64, 2, 3, 4096, Detail::Fast);
  ChipBench fast("fast", config);
  config.detail = Detail::Row;
  ChipBench row("row", config);
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (int round = 0; round < 30; ++round) {
    const Words stream = random_stream(random, config);
    fast.start(stream);
    row.start(stream);
    const StreamResult of_fast = fast.finish();
    const StreamResult of_row = row.finish();
    REQUIRE(of_fast.done);
    REQUIRE(of_row.done);
    REQUIRE(of_fast.duration == of_row.duration);
    check_same_chip(fast, row);
  }
}
