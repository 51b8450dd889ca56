#include "tests/ip/support/chip_bench.h"

#include <catch2/catch.hpp>

#include "network/mapping/command_stream.h"

using namespace spinvp;
using namespace spinvp::test;
using network::CommandStream;
namespace lanes = network::lanes;

namespace {

std::vector<std::uint32_t> copy_stream() {
  CommandStream stream(3, false);
  interface::LoadCommand load;
  load.memory_offset = 0x100;
  load.buffer_address = 0x20;
  load.bytes = 16;
  stream.add(load, 0);
  interface::StoreCommand store;
  store.memory_offset = 0x200;
  store.buffer_address = 0x20;
  store.bytes = 16;
  stream.add(store, lanes::dma);
  stream.add(interface::StopCommand{}, 0);
  return stream.words();
}

}  // namespace

TEST_CASE("a bench runs streams one after the other and shows what they did") {
  ChipBench bench("bench", small_chip(32, 64, 2, 2, 4096, Detail::Fast));
  for (std::uint8_t round = 1; round <= 2; ++round) {
    const std::vector<std::uint8_t> bytes(16, round);
    bench.write_memory(0x100, bytes);
    const StreamResult result = bench.run_stream(copy_stream());
    CHECK(result.done);
    CHECK(result.finished);
    CHECK(result.duration > sc_core::SC_ZERO_TIME);
    CHECK(bench.buffer(0x20, 16) == bytes);
    CHECK(bench.read_memory(0x200, 16) == bytes);
  }
}

TEST_CASE("two chips of different make work in one simulation") {
  ChipBench first("first", small_chip(32, 64, 2, 2, 4096, Detail::Fast));
  ChipConfig other = small_chip(16, 128, 1, 3, 1024, Detail::Row);
  other.clock_period = sc_core::sc_time(3, sc_core::SC_NS);
  ChipBench second("second", other);
  const std::vector<std::uint8_t> one(16, 0x11);
  const std::vector<std::uint8_t> two(16, 0x22);
  first.write_memory(0x100, one);
  second.write_memory(0x100, two);
  first.start(copy_stream());
  second.start(copy_stream());  // while the first one runs
  const StreamResult first_result = first.finish();
  const StreamResult second_result = second.finish();
  CHECK(first_result.done);
  CHECK(second_result.done);
  CHECK(second_result.duration == first_result.duration * 1.5);
  CHECK(first.read_memory(0x200, 16) == one);
  CHECK(second.read_memory(0x200, 16) == two);
}
