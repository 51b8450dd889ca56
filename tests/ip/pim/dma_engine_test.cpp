#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

#include "tests/ip/support/streams.h"

using namespace spinvp;
using namespace spinvp::test;
using sc_core::SC_NS;
using sc_core::sc_time;
namespace view = spinvp::interface;

namespace {

constexpr std::uint64_t window = 0x80000000;

ChipConfig chip() {
  return small_chip(32, 128, 2, 3, 4096, Detail::Fast);
}

view::StoreCommand store_of(std::uint32_t from, std::uint32_t to, std::uint32_t bytes) {
  view::StoreCommand store;
  store.memory_offset = to;
  store.buffer_address = from;
  store.bytes = bytes;
  return store;
}

// Bursts that touch memory below the streams.
std::vector<BenchMemory::Burst> data_bursts(const ChipBench& bench) {
  std::vector<BenchMemory::Burst> result;
  for (const BenchMemory::Burst& burst : bench.memory.bursts) {
    if (burst.address < window + bench.stream_offset) {
      result.push_back(burst);
    }
  }
  return result;
}

sc_time cost_of(ChipBench& bench, const Words& with, const Words& without) {
  return bench.run_stream(with).duration - bench.run_stream(without).duration;
}

// The time of one LOAD of 128 bytes: two bursts.
sc_time load_time(ChipBench& bench) {
  view::LoadCommand load;
  load.bytes = 128;
  const view::FenceCommand fence;
  // As long to fetch; six commands are decoded instead of the one before the load begins.
  const Words without = stream_of(fence, fence, fence, fence, fence);
  return bench.run_stream(stream_of(load)).duration - (bench.run_stream(without).duration - sc_time(10, SC_NS));
}

}  // namespace

TEST_CASE("LOAD and STORE move runs with strides on both sides and leave the gaps alone") {
  ChipBench bench("bench", chip());
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  const Bytes memory = random.bytes(2000);
  fill(bench, random);
  bench.write_memory(0x1000, memory);
  Bytes truth = bench.buffer(0, 4096);
  view::LoadCommand load;
  load.memory_offset = 0x1003;
  load.buffer_address = 17;
  load.bytes = 71;  // a burst and a rest
  load.rows = 9;
  load.memory_stride = 150;
  load.buffer_stride = 93;
  REQUIRE(bench.run_stream(stream_of(load)).done);
  for (std::size_t row = 0; row < 9; ++row) {
    std::copy_n(memory.begin() + static_cast<std::ptrdiff_t>(3 + row * 150), 71,
                truth.begin() + static_cast<std::ptrdiff_t>(17 + row * 93));
  }
  CHECK(bench.buffer(0, 4096) == truth);

  Bytes around = bench.read_memory(0, 0x4000);
  view::StoreCommand store = store_of(17, 0x2005, 71);
  store.rows = 9;
  store.memory_stride = 111;
  store.buffer_stride = 93;
  REQUIRE(bench.run_stream(stream_of(store)).done);
  for (std::size_t row = 0; row < 9; ++row) {
    std::copy_n(truth.begin() + static_cast<std::ptrdiff_t>(17 + row * 93), 71,
                around.begin() + static_cast<std::ptrdiff_t>(0x2005 + row * 111));
  }
  CHECK(bench.read_memory(0, 0x4000) == around);
}

TEST_CASE("each base register moves the memory addresses of its commands") {
  ChipBench bench("bench", chip());
  for (std::uint32_t base = 0; base < 4; ++base) {
    bench.bases[base] = window + 0x1000 * (base + 1);
    bench.write_memory(0x1000 * (base + 1) + 8, Bytes(4, static_cast<std::uint8_t>(base + 1)));
  }
  for (std::uint32_t base = 0; base < 4; ++base) {
    view::LoadCommand load;
    load.base = static_cast<view::Base>(base);
    load.memory_offset = 8;
    load.bytes = 4;
    REQUIRE(bench.run_stream(stream_of(load)).done);
    CHECK(bench.buffer(0, 4) == Bytes(4, static_cast<std::uint8_t>(base + 1)));
  }
}

TEST_CASE("memory above 4 GiB is reached") {
  BenchMemory::Config high;
  high.base = 0xFFFFFFFF0;  // offsets carry into the high word
  ChipBench bench("bench", chip(), high);
  bench.write_memory(8, Bytes(64, 0x77));
  view::LoadCommand load;
  load.memory_offset = 8;
  load.bytes = 64;
  CHECK(bench.run_stream(stream_of(load)).done);
  CHECK(bench.buffer(0, 64) == Bytes(64, 0x77));
  load.memory_offset = 0xF0000000;
  const StreamResult result = bench.run_stream(stream_of(load));
  CHECK(result.cause == view::ErrorCause::BusRead);
  CHECK(result.detail == 0xEFFFFFF0);
  CHECK(result.error_address == 0);
}

TEST_CASE("transfers are split into bursts, each run anew") {
  ChipBench bench("bench", chip());
  view::LoadCommand load;
  load.memory_offset = 0x104;
  load.bytes = 150;
  load.rows = 2;
  load.memory_stride = 1000;
  load.buffer_stride = 150;
  REQUIRE(bench.run_stream(stream_of(load)).done);
  const auto bursts = data_bursts(bench);
  const std::vector<std::pair<std::uint64_t, std::uint32_t>> expected = {{0x104, 64}, {0x144, 64}, {0x184, 22},
                                                                         {0x4EC, 64}, {0x52C, 64}, {0x56C, 22}};
  REQUIRE(bursts.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(bursts[i].address - window == expected[i].first);
    CHECK(bursts[i].bytes == expected[i].second);
    CHECK_FALSE(bursts[i].write);
  }
}

TEST_CASE("LOAD_ROWS fills every replica and clears the columns beyond the row") {
  ChipBench bench("bench", chip());
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  fill(bench, random);
  auto truth = bench.all_rows();
  const Bytes rows = random.bytes(2 * 3 * 11);
  bench.write_memory(0x3001, rows);
  view::LoadRowsCommand load;
  load.memory_offset = 0x3001;
  load.first_subarray = 1;
  load.subarrays = 2;
  load.replicas = 2;
  load.replica_stride = 3;  // a gap between the replicas
  load.first_row = 29;
  load.rows = 3;
  load.row_bytes = 11;
  REQUIRE(bench.run_stream(stream_of(load)).done);
  for (std::size_t replica = 0; replica < 2; ++replica) {
    for (std::size_t s = 0; s < 2; ++s) {
      for (std::size_t r = 0; r < 3; ++r) {
        Bytes row(16);
        std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>((s * 3 + r) * 11), 11, row.begin());
        std::memcpy(&truth[((1 + replica * 3 + s) * 32 + 29 + r) * 2], row.data(), 16);
      }
    }
  }
  CHECK(bench.all_rows() == truth);
}

TEST_CASE("a refused read leaves buffer and rows as they were") {
  ChipBench bench("bench", chip());
  Random random(test_seed());
  fill(bench, random);
  const Bytes buffer = bench.buffer(0, 4096);
  const auto rows = bench.all_rows();
  bench.memory.refuse_from = window + 0x1080;  // in the third burst
  bench.memory.refuse_to = window + 0x1081;
  view::LoadCommand load;
  load.memory_offset = 0x1000;
  load.bytes = 256;
  StreamResult result = bench.run_stream(stream_of(view::FenceCommand{}, load));
  CHECK(result.cause == view::ErrorCause::BusRead);
  CHECK(result.detail == static_cast<std::uint32_t>(window) + 0x1080);
  CHECK(result.error_address == 8);
  view::LoadRowsCommand load_rows;
  load_rows.memory_offset = 0x1000;
  load_rows.rows = 20;
  load_rows.row_bytes = 16;
  result = bench.run_stream(stream_of(load_rows));
  CHECK(result.cause == view::ErrorCause::BusRead);
  CHECK(result.detail == static_cast<std::uint32_t>(window) + 0x1080);
  CHECK(bench.buffer(0, 4096) == buffer);
  CHECK(bench.all_rows() == rows);
  CHECK(bench.read_register(view::registers::commands) >= 1);
}

TEST_CASE("a refused write ends the command with its address") {
  ChipBench bench("bench", chip());
  bench.memory.refuse_writes = true;
  const StreamResult result = bench.run_stream(stream_of(store_of(0, 0x1234, 16)));
  CHECK(result.cause == view::ErrorCause::BusWrite);
  CHECK(result.detail == static_cast<std::uint32_t>(window) + 0x1234);
  CHECK(result.error_address == 0);
}

TEST_CASE("a burst takes its own beats when the system is faster") {
  ChipBench bench("bench", chip());
  CHECK(load_time(bench) == sc_time(32, SC_NS));  // 2 bursts of 8 beats of 2 ns
}

TEST_CASE("a burst takes the system's time when that is longer, annotated or waited") {
  BenchMemory::Config annotates;
  annotates.latency = sc_time(100, SC_NS);
  BenchMemory::Config waits = annotates;
  waits.waits = true;
  ChipBench first("first", chip(), annotates);
  ChipBench second("second", chip(), waits);
  CHECK(load_time(first) == sc_time(200, SC_NS));
  CHECK(load_time(second) == sc_time(200, SC_NS));
}

TEST_CASE("memory that waits and memory that annotates give every DMA command the same time") {
  BenchMemory::Config annotates;
  annotates.latency = sc_time(37, SC_NS);
  BenchMemory::Config waits = annotates;
  waits.waits = true;
  ChipConfig config = chip();
  config.buffer.port_bytes = 1;            // the buffer takes longer than the bus
  config.subarray.write_latency_ns = 500;  // and so do the rows
  ChipBench first("first", config, annotates);
  ChipBench second("second", config, waits);
  view::LoadCommand load;
  load.bytes = 300;
  view::LoadRowsCommand rows;
  rows.row_bytes = 16;
  rows.rows = 5;
  for (const Words& stream : {stream_of(load), stream_of(store_of(0, 0, 300)), stream_of(rows)}) {
    CHECK(first.run_stream(stream).duration == second.run_stream(stream).duration);
  }
}

TEST_CASE("rows are written while bursts arrive: LOAD_ROWS takes the longer of the two") {
  ChipConfig config = chip();
  config.subarray.write_latency_ns = 200;
  ChipBench bench("bench", config);
  view::LoadRowsCommand rows;
  rows.row_bytes = 16;
  rows.rows = 5;
  rows.subarrays = 2;
  rows.replicas = 2;
  rows.replica_stride = 2;
  view::LoadRowsCommand half = rows;
  half.rows = 2;
  // 10 rows on the row bus against 4, whatever the number of replicas
  CHECK(cost_of(bench, stream_of(rows), stream_of(half)) == sc_time(6 * 200, SC_NS));
}
