#include "tests/ip/support/streams.h"

#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace spinvp::test {
namespace {

constexpr std::uint32_t staging = 0x40000;  // memory offset that helpers use

void require_done(ChipBench& bench, const Words& words) {
  if (!bench.run_stream(words).done) {
    throw std::runtime_error("a stream that prepares a test did not finish");
  }
}

}  // namespace

std::uint32_t test_seed() {
  const char* const wanted = std::getenv("SPINVP_TEST_SEED");
  return wanted != nullptr ? static_cast<std::uint32_t>(std::strtoul(wanted, nullptr, 0)) : 20240607u;
}

Bytes Random::bytes(std::size_t count) {
  Bytes out(count);
  for (std::uint8_t& byte : out) {
    byte = static_cast<std::uint8_t>(engine_());
  }
  return out;
}

void put_buffer(ChipBench& bench, std::uint32_t address, const Bytes& bytes) {
  bench.write_memory(staging, bytes);
  interface::LoadCommand load;
  load.memory_offset = staging;
  load.buffer_address = address;
  load.bytes = static_cast<std::uint32_t>(bytes.size());
  require_done(bench, stream_of(load));
}

void put_rows(ChipBench& bench, std::uint32_t subarray, std::uint32_t first_row, const Bytes& bytes) {
  bench.write_memory(staging, bytes);
  interface::LoadRowsCommand load;
  load.memory_offset = staging;
  load.first_subarray = subarray;
  load.first_row = first_row;
  load.row_bytes = bench.chip.config().row_bytes();
  load.rows = static_cast<std::uint32_t>(bytes.size()) / load.row_bytes;
  require_done(bench, stream_of(load));
}

void fill(ChipBench& bench, Random& random) {
  const ChipConfig& config = bench.chip.config();
  put_buffer(bench, 0, random.bytes(config.buffer.bytes));
  for (std::uint32_t subarray = 0; subarray < config.subarrays(); ++subarray) {
    put_rows(bench, subarray, 0, random.bytes(std::size_t{config.rows()} * config.row_bytes()));
  }
}

std::int32_t buffer_int(ChipBench& bench, std::uint32_t address) {
  std::int32_t value = 0;
  std::memcpy(&value, bench.buffer(address, 4).data(), 4);
  return value;
}

Bytes bytes_of(const std::vector<std::int32_t>& values) {
  Bytes bytes(values.size() * 4);
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

}  // namespace spinvp::test
