// Checked streams: CONTROL.CHECK, STREAM_CHECKSUM, OUTPUT_BYTES, SCRATCH_BYTES.
#include <catch2/catch.hpp>

#include "core/crc32.h"
#include "tests/ip/support/streams.h"

using namespace spinvp;
using namespace spinvp::test;
namespace view = spinvp::interface;
namespace registers = spinvp::interface::registers;
namespace fields = spinvp::interface::fields;
using view::ErrorCause;

namespace {

ChipConfig chip() {
  return small_chip(64, 64, 2, 2, 4096, Detail::Fast);
}

std::uint32_t checksum_of(const Words& words) {
  Crc32 crc;
  crc.add(words.data(), words.size() * 4);
  return crc.value();
}

view::StoreCommand store(view::Base base, std::uint32_t offset, std::uint32_t bytes, std::uint32_t rows = 1,
                         std::uint32_t stride = 0) {
  view::StoreCommand command;
  command.base = base;
  command.memory_offset = offset;
  command.bytes = bytes;
  command.rows = rows;
  command.memory_stride = stride;
  command.buffer_stride = rows > 1 ? bytes : 0;
  return command;
}

view::LoadCommand load(std::uint32_t bytes) {
  view::LoadCommand command;
  command.bytes = bytes;
  command.rows = 1;
  return command;
}

/// Runs a stream whose checksum should be `checksum`, with 64 bytes of output and 256 of scratch memory.
StreamResult run_checked(ChipBench& bench, const Words& words, std::uint32_t checksum) {
  bench.prepare(words);
  bench.write_register(registers::stream_checksum, checksum);
  bench.write_register(registers::output_bytes, 64);
  bench.write_register(registers::scratch_bytes, 256);
  bench.write_register(registers::control, fields::control_enable.mask() | fields::control_check.mask());
  bench.write_register(registers::doorbell, fields::doorbell_start.mask());
  return bench.finish();
}

}  // namespace

TEST_CASE("a stream with its own checksum ends well, whatever bursts it was fetched in") {
  ChipBench bench("bench", chip());
  CHECK(fields::cap_features_stream_check.extract(bench.read_register(registers::cap_features)) == 1);
  for (const std::uint32_t commands : {0u, 1u, 5u, 40u}) {
    network::CommandStream stream(0, false);
    for (std::uint32_t i = 0; i < commands; ++i) {
      stream.add(load(8 + i), 0);
    }
    stream.add(view::StopCommand{}, 0);
    INFO(commands << " loads");
    CHECK(run_checked(bench, stream.words(), checksum_of(stream.words())).done);
  }
}

TEST_CASE("a stream with a bit that changed in any word never ends as done") {
  ChipBench bench("bench", chip());
  const Words sound = stream_of(load(24), store(view::Base::Output, 0, 16), view::FenceCommand{});
  const std::uint32_t checksum = checksum_of(sound);
  Random random(test_seed());
  CAPTURE(test_seed());
  int decoded = 0;
  for (std::size_t word = 0; word < sound.size(); ++word) {
    for (int i = 0; i < 8; ++i) {
      Words altered = sound;
      altered[word] ^= 1u << random.number(0, 31);
      const StreamResult result = run_checked(bench, altered, checksum);
      CHECK(result.finished);
      CHECK_FALSE(result.done);
      decoded += result.cause == ErrorCause::Checksum ? 1 : 0;
    }
  }
  CHECK(decoded > 10);  // many look like other commands: only the checksum tells
}

TEST_CASE("a wrong checksum is reported at STOP with the one that was found") {
  ChipBench bench("bench", chip());
  const Words words = stream_of(load(8));
  const StreamResult result = run_checked(bench, words, checksum_of(words) ^ 1);
  CHECK(result.finished);
  CHECK(result.cause == ErrorCause::Checksum);
  CHECK(result.detail == checksum_of(words));
  CHECK(result.error_address == (words.size() - 2) * 4);
}

TEST_CASE("a checked stream stores to output and scratch memory, as far as it may, and nowhere else") {
  ChipBench bench("bench", chip());
  const std::vector<std::uint8_t> before = bench.read_memory(0, bench.memory.data.size() / 2);
  const auto run = [&](const view::StoreCommand& command) {
    const Words words = stream_of(command);
    return run_checked(bench, words, checksum_of(words));
  };
  CHECK(run(store(view::Base::Output, 0, 64)).done);
  CHECK(run(store(view::Base::Output, 16, 8, 3, 16)).done);
  CHECK(run(store(view::Base::Scratch, 128, 128)).done);
  const auto refused = [&](const view::StoreCommand& command, std::uint32_t end) {
    const std::size_t bursts = bench.memory.bursts.size();
    const StreamResult result = run(command);
    CHECK(result.cause == ErrorCause::StoreRange);
    CHECK(result.detail == end);
    CHECK(result.error_address == 0);
    for (std::size_t i = bursts; i < bench.memory.bursts.size(); ++i) {
      CHECK_FALSE(bench.memory.bursts[i].write);
    }
  };
  refused(store(view::Base::Output, 1, 64), 65);
  refused(store(view::Base::Output, 0, 8, 3, 32), 72);
  refused(store(view::Base::Output, 0xFFFFFFFF, 1), 0);
  refused(store(view::Base::Scratch, 256, 1), 257);
  refused(store(view::Base::Network, 0, 4), 4);
  refused(store(view::Base::Input, 0, 4), 4);
}

TEST_CASE("a stream that is not checked needs no checksum and stores where it likes") {
  ChipBench bench("bench", chip());
  bench.write_register(registers::stream_checksum, 0x12345678);
  CHECK(bench.run_stream(stream_of(store(view::Base::Input, 0x1000, 64))).done);
}

TEST_CASE("the checksum of a stream is taken over at the doorbell and starts anew with each") {
  ChipBench bench("bench", chip());
  const Words words = stream_of(load(512));
  bench.prepare(words);
  bench.write_register(registers::stream_checksum, checksum_of(words));
  bench.write_register(registers::control, fields::control_enable.mask() | fields::control_check.mask());
  bench.write_register(registers::doorbell, fields::doorbell_start.mask());
  bench.write_register(registers::stream_checksum, 0);
  bench.write_register(registers::control, fields::control_enable.mask());
  CHECK(bench.finish().done);
  CHECK(run_checked(bench, words, checksum_of(words)).done);
  CHECK(run_checked(bench, words, checksum_of(words)).done);
}
