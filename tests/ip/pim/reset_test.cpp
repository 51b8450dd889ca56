#include <catch2/catch.hpp>

#include "tests/ip/support/streams.h"

using namespace spinvp;
using namespace spinvp::test;
using sc_core::SC_NS;
using sc_core::sc_time;
using sc_core::SC_US;
namespace view = spinvp::interface;
namespace registers = spinvp::interface::registers;
namespace fields = spinvp::interface::fields;

namespace {

constexpr std::uint32_t reset_bit = 2;

ChipConfig chip() {
  return small_chip(32, 64, 2, 2, 4096, Detail::Fast);
}

BenchMemory::Config memory_that(bool waits) {
  BenchMemory::Config config;
  config.latency = sc_time(1, SC_US);
  config.waits = waits;
  return config;
}

view::LoadCommand load_of(std::uint32_t from, std::uint32_t to, std::uint32_t bytes) {
  view::LoadCommand load;
  load.memory_offset = from;
  load.buffer_address = to;
  load.bytes = bytes;
  return load;
}

void check_as_new(ChipBench& bench) {
  for (const view::RegisterInfo& info : view::register_table) {
    if (info.is_capability) {
      continue;
    }
    CAPTURE(info.name);
    CHECK(bench.read_register(info.offset) == info.reset);
  }
  bench.run_for(sc_core::SC_ZERO_TIME);
  CHECK_FALSE(bench.irq.read());
}

// A reset while a long load runs, at any of many instants; then a stream as if nothing had been.
void check_reset_at_many_instants(bool waits) {
  ChipBench bench("bench", chip(), memory_that(waits));
  const Bytes good(64, 0x5A);
  bench.write_memory(0x100, good);
  std::uint64_t at = 0;
  for (int round = 0; round < 40; ++round, at += 217) {
    bench.start(stream_of(load_of(0x200, 0x200, 1024), load_of(0x200, 0x200, 1024)));
    bench.run_for(sc_time(static_cast<double>(at), SC_NS));
    bench.write_register(registers::control, reset_bit);
    check_as_new(bench);
    const StreamResult result = bench.run_stream(stream_of(load_of(0x100, 0, 64)));
    CHECK(result.done);
    CHECK(bench.buffer(0, 64) == good);
    CHECK(bench.read_register(registers::commands) == 2);
  }
}

// The old stream's load is refused by the bus after the reset: the next stream must not hear of it.
void check_old_error_stays_away(bool waits) {
  ChipBench bench("bench", chip(), memory_that(waits));
  bench.start(stream_of(load_of(0xF00000, 0, 64)));  // beyond the memory
  bench.run_for(sc_time(2500, SC_NS));               // the stream has been fetched, the load waits for its answer
  bench.write_register(registers::control, reset_bit);
  const StreamResult result = bench.run_stream(stream_of(load_of(0x100, 0, 64)));
  CHECK(result.done);
  CHECK(result.cause == view::ErrorCause::None);
}

}  // namespace

TEST_CASE("a reset in the middle of a stream leaves a chip as new, with memory that annotates its time") {
  check_reset_at_many_instants(false);
}

TEST_CASE("a reset in the middle of a stream leaves a chip as new, with memory that waits") {
  check_reset_at_many_instants(true);
}

TEST_CASE("an error of what a reset abandoned does not reach the next stream, with memory that annotates its time") {
  check_old_error_stays_away(false);
}

TEST_CASE("an error of what a reset abandoned does not reach the next stream, with memory that waits") {
  check_old_error_stays_away(true);
}

TEST_CASE("a load that a reset abandoned while it waited changes nothing on the chip") {
  ChipBench bench("bench", chip(), memory_that(true));
  bench.write_memory(0, Bytes(1024, 0xFF));
  bench.start(stream_of(load_of(0, 0x400, 1024)));
  bench.run_for(sc_time(4, SC_US));
  const std::size_t bursts = bench.memory.bursts.size();
  bench.write_register(registers::control, reset_bit);
  bench.run_for(sc_time(100, SC_US));
  CHECK(bench.memory.bursts.size() == bursts);  // the burst in flight was the last
  CHECK(bench.buffer(0x400, 1024) == Bytes(1024, 0));
  CHECK(bench.read_register(registers::commands) == 0);
}

TEST_CASE("rows keep their bits over a reset") {
  ChipBench bench("bench", chip());
  Random random(test_seed());
  fill(bench, random);
  const auto before = bench.all_rows();
  bench.write_register(registers::control, reset_bit);
  bench.run_for(sc_time(1, SC_US));
  CHECK(bench.all_rows() == before);
}

TEST_CASE("reset and doorbell at one instant start the new stream and only it") {
  ChipBench bench("bench", chip());
  view::SignalCommand first;
  first.value = 1;
  bench.start(stream_of(first));
  bench.write_register(registers::control, reset_bit);  // before the first stream had its first cycle
  view::SignalCommand second;
  second.value = 2;
  CHECK(bench.run_stream(stream_of(second)).done);
  CHECK(bench.read_register(registers::signal_value) == 2);
  CHECK(bench.read_register(registers::commands) == 2);
}

TEST_CASE("a reset before a rung doorbell is heard cancels it") {
  ChipBench bench("bench", chip());
  bench.start(stream_of(view::SignalCommand{}));
  bench.write_register(registers::control, reset_bit);
  bench.run_for(sc_time(10, SC_US));
  check_as_new(bench);
  CHECK(bench.memory.bursts.empty());
}

TEST_CASE("resets one upon another while a stream runs end in a chip as new") {
  ChipBench bench("bench", chip(), memory_that(true));
  for (int i = 0; i < 5; ++i) {
    bench.start(stream_of(load_of(0, 0, 256)));
    bench.run_for(sc_time(1500, SC_NS));
    bench.write_register(registers::control, reset_bit);
    bench.write_register(registers::control, 1);
    bench.write_register(registers::doorbell, 1);
    bench.write_register(registers::control, reset_bit);
  }
  check_as_new(bench);
  CHECK(bench.run_stream(stream_of(load_of(0, 0, 256))).done);
}

TEST_CASE("the reset pin resets like the register and holds the registers while it is high") {
  ChipBench bench("bench", chip(), memory_that(false));
  bench.start(stream_of(load_of(0, 0, 1024)));
  bench.run_for(sc_time(3, SC_US));
  bench.reset.write(true);
  bench.run_for(sc_time(1, SC_US));
  check_as_new(bench);
  bench.write_register(registers::control, 1);
  bench.write_register(registers::doorbell, 1);
  check_as_new(bench);
  bench.reset.write(false);
  bench.run_for(sc_time(1, SC_US));
  check_as_new(bench);
  CHECK(bench.run_stream(stream_of(load_of(0, 0, 64))).done);
}

TEST_CASE("a reset clears an error and the interrupt") {
  ChipBench bench("bench", chip());
  CHECK(bench.run_stream({}).cause == view::ErrorCause::StreamEnd);
  CHECK(bench.irq.read());
  bench.write_register(registers::control, reset_bit);
  check_as_new(bench);
}
