#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <optional>

#include "tests/ip/boundary/boundary_bench.h"

namespace spinvp::test {
namespace {

namespace view = spinvp::interface;
namespace registers = spinvp::interface::registers;
namespace fields = spinvp::interface::fields;
using tlm::TLM_ADDRESS_ERROR_RESPONSE;
using tlm::TLM_OK_RESPONSE;
using tlm::TLM_READ_COMMAND;
using tlm::TLM_WRITE_COMMAND;

constexpr std::uint64_t window = view::pim_subarray_window;
constexpr std::uint32_t page = 0x200;  // a little more than what registers take

ChipConfig chip() {
  return small_chip(32, 64, 2, 2, 4096, Detail::Fast);
}
constexpr std::uint64_t window_bytes = 4 * 32 * 8;

/// The registers and the window as bytes.
struct ByteModel {
  struct Place {
    bool exists = false;
    std::uint8_t value = 0;
    std::uint8_t writable = 0;  // bits
    bool acts = false;          // writes are left out of the test
    bool counts = false;        // reads are: row operations of the window show in counters
  };
  std::vector<Place> registers = std::vector<Place>(page);
  std::vector<Place> rows = std::vector<Place>(window_bytes, Place{true, 0, 0xFF, false, false});

  explicit ByteModel(Host& host) {
    for (const view::RegisterInfo& info : view::register_table) {
      std::uint32_t value = 0;
      host.debug(TLM_READ_COMMAND, info.offset, &value, 4);
      const bool acts = info.access != view::Access::Ro && info.access != view::Access::Rw;
      for (std::uint32_t byte = 0; byte < 4; ++byte) {
        const std::uint32_t writable = info.access == view::Access::Rw ? info.implemented : 0;
        registers[info.offset + byte] = {true, static_cast<std::uint8_t>(value >> (8 * byte)),
                                         static_cast<std::uint8_t>(writable >> (8 * byte)),
                                         acts || info.offset == registers::control,
                                         info.offset >= registers::cycles_lo && info.offset <= registers::commands};
      }
    }
  }

  Place* find(std::uint64_t address) {
    std::vector<Place>& part = address < window ? registers : rows;
    const std::uint64_t at = address < window ? address : address - window;
    return at < part.size() && part[at].exists ? &part[at] : nullptr;
  }

  /// What the chip must answer, with the effects here; nothing when the test should not try this.
  std::optional<tlm::tlm_response_status> expect(const Access& access, Bytes& data) {
    const std::size_t width = std::min<std::size_t>(access.streaming_width, data.size());
    const auto enabled = [&](std::size_t i) {
      return access.enables.empty() || access.enables[i % access.enables.size()] != 0;
    };
    for (std::size_t i = 0; i < data.size(); ++i) {
      const std::uint64_t address = access.address + i % width;
      const bool in_window = access.address >= window;
      const Place* const place = in_window && address - window >= window_bytes ? nullptr : find(address);
      // The window is judged as a whole; of the registers, what is touched.
      if (place == nullptr && (in_window || enabled(i))) {
        return TLM_ADDRESS_ERROR_RESPONSE;
      }
      if (place != nullptr && (access.command == TLM_WRITE_COMMAND ? place->acts : place->counts)) {
        return {};
      }
    }
    for (std::size_t i = 0; i < data.size(); ++i) {
      Place* const place = find(access.address + i % width);
      if (!enabled(i) || place == nullptr) {
        continue;
      }
      if (access.command == TLM_READ_COMMAND) {
        data[i] = place->value;
      } else if (access.command == TLM_WRITE_COMMAND) {
        place->value = static_cast<std::uint8_t>((place->value & ~place->writable) | (data[i] & place->writable));
      }
    }
    return TLM_OK_RESPONSE;
  }
};

Access draw_access(Random& random, std::size_t length) {
  Access access;
  access.command = random.chance(8) ? tlm::TLM_IGNORE_COMMAND : random.chance(2) ? TLM_READ_COMMAND : TLM_WRITE_COMMAND;
  access.address = random.chance(2) ? random.number(0, page - 100)
                                    : window + random.number(0, static_cast<std::uint32_t>(window_bytes) + 8);
  const auto most = static_cast<std::uint32_t>(length);
  access.streaming_width = random.chance(2) ? random.number(1, most) : most;
  if (random.chance(2)) {
    access.enables.resize(random.number(1, most + 4));
    for (std::uint8_t& enable : access.enables) {
      enable = random.chance(2) ? 0xFF : 0;
    }
  }
  return access;
}

void random_accesses(Host& host, int count, int& done) {
  Random random(test_seed());
  ByteModel model(host);
  for (int i = 0; i < count; ++i) {
    const std::size_t length = random.chance(3) ? random.number(1, 90) : random.number(1, 9);
    const Access access = draw_access(random, length);
    Bytes data = random.bytes(length);
    Bytes expected = data;
    const auto status = model.expect(access, expected);
    if (!status) {
      continue;
    }
    CAPTURE(i, access.address, access.command, length, access.streaming_width, access.enables.size());
    REQUIRE(host.access(access, data) == *status);
    REQUIRE(data == expected);
    ++done;
  }
}

/// The program runs in a thread: its failures are told at the end.
template <class Bench>
void run(Bench& bench, const Host::Program& program) {
  bench.host.runs(program);
  sc_core::sc_start(sc_core::sc_time(100, sc_core::SC_MS));
  CHECK(bench.host.finished);
  CHECK(bench.complaints() == "");
}

}  // namespace

TEST_CASE("registers and sub-arrays are bytes to any access of any style at any width") {
  CAPTURE(test_seed());
  BoundaryBench<32, 32> blocking("blocking", Style::Blocking, chip());
  BoundaryBench<64, 32> decoupled("decoupled", Style::Decoupled, chip());
  BoundaryBench<128, 64> four("four", Style::FourPhases, chip());
  BoundaryBench<256, 128> two("two", Style::TwoPhases, chip());
  BoundaryBench<512, 256> wide("wide", Style::Decoupled, chip());
  int done = 0;
  const Host::Program program = [&](Host& host) { random_accesses(host, 1500, done); };
  for (Host* host : {&decoupled.host, &four.host, &two.host, &wide.host}) {
    host->runs(program);
  }
  run(blocking, program);
  CHECK(done > 5 * 1000);
  CHECK(decoupled.complaints() + four.complaints() + two.complaints() + wide.complaints() == "");
  CHECK((decoupled.host.finished && four.host.finished && two.host.finished && wide.host.finished));
  CHECK(two.host_checker.rules().traffic().completed > 1000);
}

TEST_CASE("part of a register that acts leaves out what was not written") {
  BoundaryBench<> bench("bench", Style::Blocking, chip());
  run(bench, [](Host& host) {
    Bytes high{0xFF, 0xFF, 0xFF};
    CHECK(host.access({TLM_WRITE_COMMAND, registers::doorbell + 1, 0, {}}, high) == TLM_OK_RESPONSE);
    CHECK(host.read(registers::status) == 0);  // START is in the first byte: not even rejected
    Bytes low{1};
    CHECK(host.access({TLM_WRITE_COMMAND, registers::doorbell, 0, {}}, low) == TLM_OK_RESPONSE);
    CHECK(host.read(registers::status) == fields::status_rejected.mask());
    host.write(registers::irq_enable, 7);
    Bytes bytes{0xFF, 0x12, 0xFF, 0x34};
    CHECK(host.access({TLM_WRITE_COMMAND, registers::stream_bytes, 0, {0, 0xFF}}, bytes) == TLM_OK_RESPONSE);
    CHECK(host.read(registers::stream_bytes) == 0x34001200);
  });
}

TEST_CASE("a burst that meets a hole changes no register") {
  BoundaryBench<> bench("bench", Style::Blocking, chip());
  run(bench, [](Host& host) {
    const std::uint32_t last = registers::stream_bytes;
    Bytes all(0x1000 - last, 0xFF);  // to the end of the page, where nothing is
    CHECK(host.access({TLM_WRITE_COMMAND, last, 0, {}}, all) == TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(host.read(last) == 0);
    Bytes across(16);
    CHECK(host.access({TLM_READ_COMMAND, window - 8, 0, {}}, across) == TLM_ADDRESS_ERROR_RESPONSE);
  });
}

TEST_CASE("hosts that make mistakes get an error response") {
  BoundaryBench<> bench("bench", Style::Blocking, chip());
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  for (const std::uint64_t address : {std::uint64_t{registers::id}, window}) {
    const auto answer = [&](const std::function<void(tlm::tlm_generic_payload&)>& mistake) {
      tlm::tlm_generic_payload payload;
      std::uint8_t data[4] = {};
      payload.set_read();
      payload.set_address(address);
      payload.set_data_ptr(data);
      payload.set_data_length(4);
      payload.set_streaming_width(4);
      mistake(payload);
      sc_core::sc_time delay;
      bench.chip.host.get_base_export()->b_transport(payload, delay);
      return payload.get_response_status();
    };
    std::uint8_t enable = 0xFF;
    CHECK(answer([](auto&) {}) == TLM_OK_RESPONSE);
    CHECK(answer([](auto& payload) { payload.set_command(static_cast<tlm::tlm_command>(7)); }) ==
          tlm::TLM_COMMAND_ERROR_RESPONSE);
    CHECK(answer([](auto& payload) { payload.set_data_length(0); }) == tlm::TLM_BURST_ERROR_RESPONSE);
    CHECK(answer([](auto& payload) { payload.set_streaming_width(0); }) == tlm::TLM_BURST_ERROR_RESPONSE);
    CHECK(answer([&](auto& payload) { payload.set_byte_enable_ptr(&enable); }) == tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    CHECK(answer([](auto& payload) { payload.set_data_ptr(nullptr); }) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(answer([](auto& payload) {
            payload.set_data_ptr(nullptr);
            payload.set_write();
          }) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(answer([](auto& payload) {
            payload.set_data_ptr(nullptr);
            payload.set_command(tlm::TLM_IGNORE_COMMAND);
          }) == TLM_OK_RESPONSE);
    CHECK(bench.host.debug(TLM_READ_COMMAND, address, nullptr, 4) == 0);
    CHECK(bench.host.debug(TLM_WRITE_COMMAND, address, nullptr, 4) == 0);
    std::uint8_t ones[4] = {0xFF, 0xFF, 0xFF, 0xFF};
    CHECK(bench.host.debug(static_cast<tlm::tlm_command>(7), address, ones, 4) == 0);
  }
  CHECK(*bench.chip.peek_row(0, 0) == 0);
}

TEST_CASE("debug accesses read many registers at once, write rows, and change nothing else") {
  BoundaryBench<> bench("bench", Style::Blocking, chip());
  run(bench, [](Host& host) {
    std::uint32_t words[3] = {};
    CHECK(host.debug(TLM_READ_COMMAND, registers::id, words, 8) == 8);
    CHECK(words[0] == host.read(registers::id));
    CHECK(words[1] == host.read(registers::id + 4));
    std::uint8_t byte = 0;
    CHECK(host.debug(TLM_READ_COMMAND, registers::id + 1, &byte, 1) == 1);
    CHECK(byte == (words[0] >> 8 & 0xFF));
    CHECK(host.debug(TLM_READ_COMMAND, 0xFF0, words, 12) == 0);
    CHECK(host.debug(TLM_READ_COMMAND, window - 4, words, 12) == 0);
    CHECK(host.debug(TLM_WRITE_COMMAND, registers::stream_bytes, words, 4) == 0);
    CHECK(host.debug(TLM_WRITE_COMMAND, window + 13, words, 12) == 12);
    Bytes back(12);
    CHECK(host.access({TLM_READ_COMMAND, window + 13, 0, {}}, back) == TLM_OK_RESPONSE);
    CHECK(std::memcmp(back.data(), words, 12) == 0);
  });
}

TEST_CASE("a host that runs ahead of time is let to catch up before the chip acts") {
  BoundaryBench<> bench("bench", Style::Blocking, chip());
  sc_core::sc_time delay(50, sc_core::SC_NS);
  run(bench, [&](Host&) {
    tlm::tlm_generic_payload payload;
    std::uint32_t value = 0;
    payload.set_read();
    payload.set_address(registers::id);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    bench.chip.host.get_base_export()->b_transport(payload, delay);
    CHECK(sc_core::sc_time_stamp() == sc_core::sc_time(50, sc_core::SC_NS));
  });
  CHECK(delay == sc_core::SC_ZERO_TIME);
}

TEST_CASE("sub-arrays are granted as direct memory until a doorbell takes them back") {
  ChipConfig granting = chip();
  granting.host_dmi = true;
  BoundaryBench<> bench("bench", Style::Blocking, granting);
  BoundaryBench<> strict("strict", Style::Blocking, chip());
  ChipConfig seen = granting;
  seen.detail = Detail::Row;
  BoundaryBench<> rows("rows", Style::Blocking, seen);
  ChipConfig failing = granting;
  FaultConfig faults;
  faults.cells.push_back({1, 0, 0, true});  // in the second sub-array alone
  failing.faults = std::make_shared<const FaultConfig>(faults);
  BoundaryBench<> faulty("faulty", Style::Blocking, failing);
  bench.memory.put(0x100, stream_of(view::FenceCommand{}));
  run(bench, [&](Host& host) {
    tlm::tlm_dmi dmi;
    CHECK_FALSE(host.direct(TLM_READ_COMMAND, registers::id, dmi));
    CHECK_FALSE(host.direct(TLM_READ_COMMAND, window + window_bytes, dmi));
    CHECK_FALSE(strict.host.direct(TLM_READ_COMMAND, window, dmi));
    CHECK_FALSE(rows.host.direct(TLM_READ_COMMAND, window, dmi));
    CHECK(faulty.host.direct(TLM_READ_COMMAND, window, dmi));
    CHECK_FALSE(faulty.host.direct(TLM_READ_COMMAND, window + 32 * 8, dmi));
    const std::uint64_t second = window + 32 * 8;  // the second sub-array
    REQUIRE(host.direct(TLM_WRITE_COMMAND, second + 9, dmi));
    CHECK(dmi.get_start_address() == second);
    CHECK(dmi.get_end_address() == second + 32 * 8 - 1);
    dmi.get_dmi_ptr()[9] = 0x5A;
    Bytes byte(1);
    CHECK(host.access({TLM_READ_COMMAND, second + 9, 0, {}}, byte) == TLM_OK_RESPONSE);
    CHECK(byte[0] == 0x5A);
    host.start(SystemMemory::base + 0x100, stream_of(view::FenceCommand{}).size(), SystemMemory::base);
    REQUIRE(host.invalidated.size() == 1);
    CHECK(host.invalidated[0] == std::make_pair(window, window + window_bytes - 1));  // a bus may add its base
    CHECK_FALSE(host.direct(TLM_READ_COMMAND, second, dmi));                          // while it runs
    CHECK(host.access({TLM_READ_COMMAND, second, 0, {}}, byte) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(host.poll() == fields::status_done.mask());
    CHECK(host.direct(TLM_READ_COMMAND, second, dmi));
    host.write(registers::control, fields::control_enable.mask() | fields::control_reset.mask());
    CHECK(host.direct(TLM_READ_COMMAND, second, dmi));
  });
}

}  // namespace spinvp::test
