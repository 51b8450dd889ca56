#include "ip/pim/host_window.h"

#include <catch2/catch.hpp>
#include <numeric>
#include <vector>

#include "tests/ip/support/streams.h"

using namespace spinvp;
using namespace spinvp::test;
using sc_core::SC_NS;
using sc_core::sc_time;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t rows = 8;
constexpr std::uint32_t row_bytes = 16;
constexpr std::uint32_t subarrays = 6;
constexpr std::uint64_t window = HostWindow::offset;
constexpr std::uint64_t window_bytes = subarrays * rows * row_bytes;

struct Host {
  ChipBench bench{"bench", small_chip(rows, row_bytes * 8, 2, 3, 4096, Detail::Fast)};
  sc_time delay;

  tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t address, Bytes& data) {
    return bench.access(command, window + address, data.data(), static_cast<unsigned>(data.size()));
  }
  Bytes read(std::uint64_t address, std::size_t length) {
    Bytes data(length);
    CHECK(access(tlm::TLM_READ_COMMAND, address, data) == tlm::TLM_OK_RESPONSE);
    return data;
  }
  void write(std::uint64_t address, Bytes data) {
    CHECK(access(tlm::TLM_WRITE_COMMAND, address, data) == tlm::TLM_OK_RESPONSE);
  }
  std::uint64_t events(Event event) const { return bench.chip.ledger().events(event, HostWindow::activity); }
};

Bytes counting(std::size_t length, std::uint8_t first) {
  Bytes data(length);
  std::iota(data.begin(), data.end(), first);
  return data;
}

}  // namespace

TEST_CASE("the host finds byte b of row r of sub-array s where the window's formula says") {
  Host host;
  for (const std::uint32_t subarray : {0u, 2u, 3u, 5u}) {
    for (const std::uint32_t row : {0u, 7u}) {
      const Bytes data = counting(row_bytes, static_cast<std::uint8_t>(subarray * 16 + row));
      host.write((subarray * rows + row) * row_bytes, data);
      const std::vector<std::uint64_t> words = host.bench.row(subarray, row);
      for (std::uint32_t byte = 0; byte < row_bytes; ++byte) {
        CHECK(((words[byte / 8] >> (byte % 8 * 8)) & 0xff) == data[byte]);
      }
      CHECK(host.read((subarray * rows + row) * row_bytes, row_bytes) == data);
    }
  }
}

TEST_CASE("any length and alignment works, across rows, sub-arrays and banks") {
  Host host;
  Bytes truth(window_bytes);
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (int i = 0; i < 300; ++i) {
    const std::uint64_t address = random.word() % window_bytes;
    const std::size_t length = 1 + random.word() % std::min<std::uint64_t>(window_bytes - address, 100);
    const Bytes data = counting(length, static_cast<std::uint8_t>(random.word()));
    host.write(address, data);
    std::copy(data.begin(), data.end(), truth.begin() + static_cast<std::ptrdiff_t>(address));
    const std::uint64_t from = random.word() % window_bytes;
    const std::size_t count = 1 + random.word() % std::min<std::uint64_t>(window_bytes - from, 100);
    REQUIRE(host.read(from, count) == Bytes(truth.begin() + static_cast<std::ptrdiff_t>(from),
                                            truth.begin() + static_cast<std::ptrdiff_t>(from + count)));
  }
  CHECK(host.read(0, window_bytes) == truth);
}

TEST_CASE("an access costs the senses and writes of the rows that it touches, for no layer") {
  Host host;
  host.read(0, 4);
  CHECK(host.events(Event::RowRead) == 1);
  host.read(row_bytes - 1, 2);
  CHECK(host.events(Event::RowRead) == 3);
  host.write(0, counting(row_bytes, 0));  // a whole row needs no sense
  CHECK(host.events(Event::RowRead) == 3);
  CHECK(host.events(Event::RowWrite) == 1);
  host.write(8, counting(row_bytes * 2, 0));  // half, whole, half
  CHECK(host.events(Event::RowRead) == 5);
  CHECK(host.events(Event::RowWrite) == 4);
  CHECK(host.bench.chip.ledger().events(Event::RowRead, Activity{}) == 0);
}

TEST_CASE("an access takes the time of its row operations") {
  Host host;
  host.read(0, 4);  // the bench is elaborated
  Bytes word(4);
  tlm::tlm_generic_payload payload;
  payload.set_read();
  payload.set_address(window);
  payload.set_data_ptr(word.data());
  payload.set_data_length(4);
  payload.set_streaming_width(4);
  sc_time delay(100, SC_NS);
  host.bench.chip.host.get_base_export()->b_transport(payload, delay);
  CHECK(payload.is_response_ok());
  CHECK(payload.get_address() == window);
  CHECK(delay == sc_time(102, SC_NS));  // a sense: one cycle of 2 ns
  payload.set_write();
  host.bench.chip.host.get_base_export()->b_transport(payload, delay);
  CHECK(delay == sc_time(108, SC_NS));  // a sense and a write of two cycles
}

TEST_CASE("beyond the window, between registers and window, and with odd payloads there is an error") {
  Host host;
  Bytes one(1);
  CHECK(host.access(tlm::TLM_READ_COMMAND, window_bytes - 1, one) == tlm::TLM_OK_RESPONSE);
  CHECK(host.access(tlm::TLM_READ_COMMAND, window_bytes, one) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  Bytes two(2);
  CHECK(host.access(tlm::TLM_WRITE_COMMAND, window_bytes - 1, two) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(host.access(tlm::TLM_READ_COMMAND, ~std::uint64_t{0} - window, one) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  std::uint32_t word = 0;
  CHECK(host.bench.access(tlm::TLM_READ_COMMAND, window - 4, &word, 4) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(host.events(Event::RowWrite) == 0);
}

TEST_CASE("while a stream runs the window refuses the host, before and behind it not") {
  Host host;
  host.write(3, {42});
  interface::SignalCommand signal;
  signal.value = 7;
  host.bench.start(stream_of(signal));
  Bytes one(1);
  CHECK(host.access(tlm::TLM_READ_COMMAND, 3, one) == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(host.access(tlm::TLM_WRITE_COMMAND, 3, one) == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(host.bench.finish().done);
  CHECK(host.read(3, 1) == Bytes{42});
}

TEST_CASE("a debugger reads and writes the window without cost, also while a stream runs") {
  Host host;
  interface::SignalCommand signal;
  host.bench.start(stream_of(signal));
  tlm::tlm_generic_payload payload;
  Bytes data = counting(200, 9);  // more than one sub-array
  payload.set_write();
  payload.set_address(window + 20);
  payload.set_data_ptr(data.data());
  payload.set_data_length(200);
  CHECK(host.bench.chip.host.get_base_export()->transport_dbg(payload) == 200);
  Bytes back(200);
  payload.set_read();
  payload.set_data_ptr(back.data());
  CHECK(host.bench.chip.host.get_base_export()->transport_dbg(payload) == 200);
  CHECK(back == data);
  payload.set_address(window + window_bytes - 10);
  CHECK(host.bench.chip.host.get_base_export()->transport_dbg(payload) == 10);
  payload.set_address(window + window_bytes);
  CHECK(host.bench.chip.host.get_base_export()->transport_dbg(payload) == 0);
  CHECK(host.events(Event::RowRead) + host.events(Event::RowWrite) == 0);
  CHECK(host.bench.finish().done);
  CHECK(host.read(20, 200) == data);
}
