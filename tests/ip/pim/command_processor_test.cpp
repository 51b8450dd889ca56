#include <catch2/catch.hpp>

#include "tests/ip/support/streams.h"

using namespace spinvp;
using namespace spinvp::test;
using network::CommandStream;
using sc_core::SC_NS;
using sc_core::sc_time;
namespace lanes = spinvp::network::lanes;
namespace view = spinvp::interface;
namespace registers = spinvp::interface::registers;
using view::ErrorCause;

namespace {

ChipConfig chip() {
  return small_chip(64, 64, 2, 2, 4096, Detail::Fast);
}

// 512 bytes: at least 64 cycles.
view::LoadCommand long_load() {
  view::LoadCommand load;
  load.bytes = 512;
  return load;
}

// 256 row operations and the pipeline.
view::AndAccCommand long_and_acc() {
  view::AndAccCommand command;
  command.kernels_per_subarray = 8;
  command.kernels = 8;
  command.pixels_per_replica = 32;
  command.pixels = 32;
  command.image_row = 32;
  command.accumulator_address = 1024;
  command.accumulator_pitch = 32;
  return command;
}

Words two(const view::LoadCommand& load, const view::AndAccCommand& and_acc, std::uint32_t wait) {
  CommandStream stream(0, false);
  stream.add(load, 0);
  stream.add(and_acc, wait);
  stream.add(view::StopCommand{}, 0);
  return stream.words();
}

std::uint64_t cycles(ChipBench& bench, const Words& words) {
  const StreamResult result = bench.run_stream(words);
  REQUIRE(result.done);
  return static_cast<std::uint64_t>(result.duration / bench.chip.config().clock_period);
}

Words operator+(Words first, const Words& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

const Words stop = words_of(view::StopCommand{});
const Words fence = words_of(view::FenceCommand{});

struct Observer : StreamObserver {
  int started = 0;
  int finished = 0;
  Activity activity;
  sc_time duration;
  void stream_started() override { ++started; }
  void stream_finished(Activity of, sc_time time) override {
    ++finished;
    activity = of;
    duration = time;
  }
};

}  // namespace

TEST_CASE("lanes overlap when nobody tells them to wait, and a wait mask orders them") {
  ChipBench bench("bench", chip());
  const std::uint64_t side_by_side = cycles(bench, two(long_load(), long_and_acc(), 0));
  const std::uint64_t other_lane = cycles(bench, two(long_load(), long_and_acc(), lanes::digital | lanes::gather));
  const std::uint64_t in_turn = cycles(bench, two(long_load(), long_and_acc(), lanes::dma));
  CHECK(other_lane == side_by_side);
  CHECK(in_turn == side_by_side + 63);  // the load's 64 cycles less the one of decoding
}

TEST_CASE("commands of one lane run in order, one after the other") {
  ChipBench bench("bench", chip());
  CommandStream one(0, false);
  one.add(long_and_acc(), 0);
  CommandStream three(0, false);
  for (int i = 0; i < 3; ++i) {
    three.add(long_and_acc(), 0);
  }
  const std::uint64_t single = cycles(bench, one.words() + fence + fence + fence + fence + fence + stop);
  const std::uint64_t triple = cycles(bench, three.words() + stop);
  CHECK(triple >= 2 * 259 + single);
}

TEST_CASE("a full queue holds the stream back") {
  ChipBench bench("bench", chip());  // queue_depth 2: one runs, two wait
  const auto signal_time = [&](int commands) {
    CommandStream stream(0, false);
    for (int i = 0; i < commands; ++i) {
      stream.add(long_and_acc(), 0);
    }
    view::SignalCommand signal;
    signal.value = static_cast<std::uint32_t>(commands);
    stream.add(signal, 0);
    stream.add(view::StopCommand{}, 0);
    bench.start(stream.words());
    const sc_time start = sc_core::sc_time_stamp();
    while (bench.read_register(registers::signal_value) != static_cast<std::uint32_t>(commands)) {
      bench.run_for(sc_time(2, SC_NS));
    }
    const sc_time time = sc_core::sc_time_stamp() - start;
    REQUIRE(bench.finish().done);
    return time;
  };
  const sc_time and_acc_time(2 * 259, SC_NS);
  CHECK(signal_time(1) < and_acc_time);
  CHECK(signal_time(3) < and_acc_time);
  CHECK(signal_time(4) >= and_acc_time);
  CHECK(signal_time(5) >= and_acc_time * 2);
}

TEST_CASE("FENCE waits for the lanes that it names and SIGNAL follows in order") {
  ChipBench bench("bench", chip());
  CommandStream stream(0, false);
  stream.add(long_and_acc(), 0);
  stream.add(view::FenceCommand{}, lanes::compute);
  view::SignalCommand signal;
  signal.value = 42;
  stream.add(signal, 0);
  stream.add(view::StopCommand{}, 0);
  bench.start(stream.words());
  bench.run_for(sc_time(2 * 250, SC_NS));
  CHECK(bench.read_register(registers::signal_value) == 0);
  CHECK(bench.finish().done);
  CHECK(bench.read_register(registers::signal_value) == 42);
  CHECK((bench.read_register(registers::irq_status) & view::fields::irq_status_signal.mask()) != 0);
}

TEST_CASE("STOP waits for every lane and what follows it is not looked at") {
  ChipBench bench("bench", chip());
  const StreamResult result = bench.run_stream(words_of(long_and_acc()) + stop + Words{0xFFFFFFFF, 0xFFFFFFFF});
  CHECK(result.done);
  CHECK(result.duration > sc_time(2 * 259, SC_NS));
  CHECK(bench.read_register(registers::commands) == 2);
}

TEST_CASE("streams that end wrongly are told with the place of their end") {
  ChipBench bench("bench", chip());
  const auto check = [&](const Words& words, ErrorCause cause, std::uint32_t detail, std::uint64_t address) {
    const StreamResult result = bench.run_stream(words);
    CHECK_FALSE(result.done);
    CHECK(result.finished);
    CHECK(result.cause == cause);
    CHECK(result.detail == detail);
    CHECK(result.error_address == address);
  };
  check({}, ErrorCause::StreamEnd, 0, 0);
  check(fence + fence, ErrorCause::StreamEnd, 0, 16);
  check(fence + Words{stop[0]}, ErrorCause::BadLength, 0, 8);
  Words truncated = words_of(long_load());
  truncated.resize(5);
  check(fence + truncated, ErrorCause::BadLength, 9, 8);
  check(fence + Words{0x0000007F, 0, 0, 0}, ErrorCause::BadOpcode, 0x7F, 8);
  check(fence + Words{0x0000FF7F, 0, 0, 0}, ErrorCause::BadOpcode, 0x7F, 8);
  check(fence + Words{0x00000003, 0, 0, 0}, ErrorCause::BadLength, 0, 8);
  check(fence + Words{0x00000103, 0, 0, 0}, ErrorCause::BadLength, 1, 8);
  check(fence + Words{0x00000303, 0, 0, 0}, ErrorCause::BadLength, 3, 8);
  check(fence + Words{0x0000FF03, 0, 0, 0}, ErrorCause::BadLength, 255, 8);
  check(fence + Words{0x00100203, 0}, ErrorCause::BadField, 0, 8);
  check(fence + Words{0x00000203, 0x00010000}, ErrorCause::BadField, 1, 8);
}

TEST_CASE("a stream that cannot be read is told with the address") {
  ChipBench bench("bench", chip());
  bench.memory.refuse_from = bench.memory.base() + bench.stream_offset;
  bench.memory.refuse_to = bench.memory.refuse_from + 4;
  const StreamResult result = bench.run_stream(stop);
  CHECK(result.cause == ErrorCause::BusRead);
  CHECK(result.detail == static_cast<std::uint32_t>(bench.memory.refuse_from));
  CHECK(result.error_address == 0);
  bench.prepare(stop);
  bench.write_register(registers::stream_address_hi, 0xFFFFFFFF);
  bench.write_register(registers::stream_address_lo, 0xFFFFFFFC);
  bench.write_register(registers::stream_bytes, 0xFFFFFFFC);
  bench.write_register(registers::doorbell, 1);
  CHECK(bench.finish().cause == ErrorCause::BusRead);
}

TEST_CASE("a stream that cannot be read to its end is told with the address of the burst that was refused") {
  ChipConfig config = chip();
  config.dma.burst_bytes = 16;
  ChipBench bench("bench", config);
  const std::uint64_t start = bench.memory.base() + bench.stream_offset;
  bench.memory.refuse_from = start + 40;
  bench.memory.refuse_to = start + 41;
  Words words;
  for (int i = 0; i < 8; ++i) {
    words = words + words_of(view::FenceCommand{});
  }
  const StreamResult result = bench.run_stream(words + stop);
  CHECK(result.cause == ErrorCause::BusRead);
  CHECK(result.detail == static_cast<std::uint32_t>(start + 32));  // the third burst of the first fetch
  CHECK(result.error_address == 0);
}

TEST_CASE("a stream that is not made of whole aligned words is refused, not rounded") {
  ChipBench bench("bench", chip());
  for (const auto& [address, bytes] :
       std::vector<std::pair<std::uint32_t, std::uint32_t>>{{1, 8}, {2, 8}, {0, 9}, {0, 11}}) {
    bench.prepare(stop);
    bench.write_register(registers::stream_address_lo,
                         static_cast<std::uint32_t>(bench.memory.base() + bench.stream_offset) + address);
    bench.write_register(registers::stream_bytes, bytes);
    bench.write_register(registers::doorbell, 1);
    const StreamResult result = bench.finish();
    CHECK(result.cause == ErrorCause::Misaligned);
    CHECK(result.detail == 0);
    CHECK(result.error_address == address);
  }
  CHECK(bench.memory.bursts.empty());
}

TEST_CASE("streams longer than a fetch run whole, wherever the fetches split the commands") {
  ChipBench bench("bench", chip());
  for (std::size_t fences = 0; fences < 40; ++fences) {
    Words stream;
    for (std::size_t i = 0; i < fences; ++i) {
      stream = stream + fence;
    }
    view::SignalCommand signal;
    signal.value = static_cast<std::uint32_t>(fences + 1);
    stream = stream + words_of(long_load()) + words_of(signal) + words_of(long_and_acc()) + stop;
    REQUIRE(bench.run_stream(stream).done);
    CHECK(bench.read_register(registers::signal_value) == fences + 1);
  }
}

TEST_CASE("an error stops the stream: lanes finish what they run, nothing behind it begins") {
  ChipBench bench("bench", chip());
  bench.write_memory(0, Bytes(512, 0xAA));
  view::LoadCommand refused = long_load();
  refused.memory_offset = 0xF00000;
  view::LoadCommand behind = long_load();
  behind.buffer_address = 2048;
  CommandStream stream(3, false);
  stream.add(long_and_acc(), 0);
  stream.add(refused, 0);
  stream.add(behind, 0);
  stream.add(behind, 0);
  stream.add(view::StopCommand{}, 0);
  const StreamResult result = bench.run_stream(stream.words());
  CHECK(result.cause == ErrorCause::BusRead);
  CHECK(result.error_address == 40);
  CHECK(result.duration > sc_time(2 * 256, SC_NS));  // the sums were finished
  CHECK(bench.buffer(2048, 512) == Bytes(512, 0));
  CHECK(bench.read_register(registers::commands) == 1);
  CHECK((bench.read_register(registers::status) & 0xF) == view::fields::status_error.mask());
  // and the next stream knows nothing of it
  CHECK(bench.run_stream(words_of(behind) + stop).done);
  CHECK(bench.read_register(registers::error_cause) == 0);
  CHECK(bench.read_register(registers::error_address_lo) == 0);
  CHECK(bench.buffer(2048, 512) == Bytes(512, 0xAA));
}

TEST_CASE("a bad command leaves memory, buffer and rows as they were") {
  ChipBench bench("bench", chip());
  Random random(test_seed());
  fill(bench, random);
  const auto rows = bench.all_rows();
  const Bytes buffer = bench.buffer(0, 4096);
  view::AndAccCommand bad = long_and_acc();
  bad.accumulator_address = 4096;
  const StreamResult result = bench.run_stream(words_of(bad) + stop);
  CHECK(result.cause == ErrorCause::BufferRange);
  CHECK(result.error_address == 0);
  CHECK((bench.all_rows() == rows));
  CHECK((bench.buffer(0, 4096) == buffer));
  for (const BenchMemory::Burst& burst : bench.memory.bursts) {
    CHECK_FALSE(burst.write);
  }
}

TEST_CASE("time and events belong to the layer of their command") {
  ChipBench bench("bench", chip());
  CommandStream stream(4, true);
  stream.add(long_load(), 0);
  stream.set_layer(6);
  stream.add(long_and_acc(), lanes::dma);
  stream.add(view::StopCommand{}, 0);
  const StreamResult result = bench.run_stream(stream.words());
  REQUIRE(result.done);
  const Ledger& ledger = bench.chip.ledger();
  CHECK(ledger.events(Event::BufferWrite, {4, true}) == 512);
  CHECK(ledger.events(Event::RowAnd2, {6, true}) == 256);
  CHECK(ledger.events(Event::RowAnd2, {4, true}) == 0);
  CHECK(ledger.events(Event::RowAnd2, {6, false}) == 0);
  CHECK(ledger.events(Event::Command, {6, true}) == 2);
  CHECK(ledger.busy_picoseconds() == result.duration / sc_time(1, sc_core::SC_PS));
}

TEST_CASE("observers hear of every stream that begins and of those that finish") {
  ChipBench bench("bench", chip());
  Observer observer;
  bench.chip.add_observer(observer);
  CommandStream stream(5, true);
  stream.add(view::StopCommand{}, 0);
  const StreamResult result = bench.run_stream(stream.words());
  CHECK(observer.started == 1);
  CHECK(observer.finished == 1);
  CHECK(observer.activity.layer == 5);
  CHECK(observer.activity.once);
  CHECK(observer.duration == result.duration);
  CHECK_FALSE(bench.run_stream({}).done);
  CHECK(observer.started == 2);
  CHECK(observer.finished == 1);
}

TEST_CASE("a doorbell rung in the interrupt's own instant starts the next stream") {
  ChipBench bench("bench", chip());
  for (int round = 1; round <= 20; ++round) {
    bench.start(stop);
    REQUIRE(bench.finish().done);
    CHECK(bench.read_register(registers::commands) == static_cast<std::uint32_t>(round));
  }
}
