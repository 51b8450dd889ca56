#include "platform/memory.h"

#include <catch2/catch.hpp>

#include "core/errors.h"
#include "support/test_initiator.h"

using namespace spinvp;
using namespace spinvp::platform;
using Catch::Matchers::Contains;
using sc_core::SC_NS;
using sc_core::sc_time;

namespace {

struct System {
  Memory memory;
  TestInitiator initiator{"initiator"};

  explicit System(bool read_only = false)
      : memory("memory", MemoryConfig{0x100, read_only, sc_time(30, SC_NS), sc_time(2.5, SC_NS), 8}) {
    initiator.socket.bind(memory.socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
};

}  // namespace

TEST_CASE("memory starts as zeros and keeps what is written, whatever the size and alignment") {
  System system;
  CHECK(system.initiator.read(0xfc).value == 0);
  CHECK(system.initiator.write(0x11, 0xa5, 1).ok());
  CHECK(system.initiator.write(0x12, 0x1234, 2).ok());
  CHECK(system.initiator.read(0x10).value == 0x1234a500);
  CHECK(system.initiator.read(0x11).value == 0x001234a5);
}

TEST_CASE("an access costs its latency once and every started beat") {
  System system;
  CHECK(system.initiator.read(0, 1).delay == sc_time(32.5, SC_NS));
  CHECK(system.initiator.read(0, 8).delay == sc_time(32.5, SC_NS));
  CHECK(system.initiator.read(0, 9).delay == sc_time(35, SC_NS));
  CHECK(system.initiator.read(0, 256).delay == sc_time(30 + 32 * 2.5, SC_NS));
}

TEST_CASE("memory answers wrong accesses with the response that fits") {
  System system;
  CHECK(system.initiator.read(0x100).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(system.initiator.read(0xfd).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(system.initiator.read(~std::uint64_t{0}).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(system.initiator.read(0, 0).status == tlm::TLM_BURST_ERROR_RESPONSE);
  const auto read_with = [&](auto change) { return system.initiator.read_changed(0, change); };
  std::uint8_t enables[4] = {0xff, 0, 0xff, 0};
  CHECK(read_with([](auto& payload) { payload.set_streaming_width(0); }) == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(read_with([&](auto& payload) { payload.set_byte_enable_ptr(enables); }) == tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  CHECK(read_with([](auto& payload) { payload.set_data_ptr(nullptr); }) == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(read_with([](auto& payload) { payload.set_command(tlm::TLM_IGNORE_COMMAND); }) == tlm::TLM_OK_RESPONSE);
}

TEST_CASE("byte enables choose the bytes of an access, and a streaming width repeats its addresses") {
  System system;
  system.initiator.write(0, 0x44332211);
  std::uint8_t bytes[8] = {0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7};
  std::uint8_t enables[3] = {0xff, 0, 0};
  const auto access = [&](tlm::tlm_command command, unsigned length, unsigned width, unsigned enable_length) {
    return system.initiator.read_changed(0, [&](auto& payload) {
      payload.set_command(command);
      payload.set_data_ptr(bytes);
      payload.set_data_length(length);
      payload.set_streaming_width(width);
      payload.set_byte_enable_ptr(enable_length == 0 ? nullptr : enables);
      payload.set_byte_enable_length(enable_length);
    });
  };
  REQUIRE(access(tlm::TLM_WRITE_COMMAND, 4, 4, 3) == tlm::TLM_OK_RESPONSE);  // the enables repeat as well
  CHECK(system.initiator.read(0).value == 0xa33322a0);
  REQUIRE(access(tlm::TLM_WRITE_COMMAND, 8, 2, 0) == tlm::TLM_OK_RESPONSE);
  CHECK(system.initiator.read(0).value == 0xa333a7a6);
  REQUIRE(access(tlm::TLM_READ_COMMAND, 8, 3, 3) == tlm::TLM_OK_RESPONSE);
  const std::vector<std::uint8_t> expected{0xa6, 0xa1, 0xa2, 0xa6, 0xa4, 0xa5, 0xa6, 0xa7};
  CHECK(std::vector<std::uint8_t>(bytes, bytes + 8) == expected);
}

TEST_CASE("a direct memory pointer is the memory itself") {
  System system;
  tlm::tlm_dmi dmi;
  REQUIRE(system.initiator.direct(tlm::TLM_WRITE_COMMAND, 0x80, dmi));
  CHECK(dmi.get_start_address() == 0);
  CHECK(dmi.get_end_address() == 0xff);
  CHECK(dmi.is_read_write_allowed());
  CHECK(dmi.get_write_latency() * 4 == system.initiator.write(0x80, 0).delay);  // of a byte
  dmi.get_dmi_ptr()[4] = 0x99;
  CHECK(system.initiator.read(4).value == 0x99);
}

TEST_CASE("read-only memory refuses every way of writing") {
  System system(true);
  system.memory.data()[0] = 0x13;
  CHECK(system.initiator.read(0).value == 0x13);
  CHECK(system.initiator.write(0, 1).status == tlm::TLM_COMMAND_ERROR_RESPONSE);
  std::uint8_t byte = 1;
  CHECK(system.initiator.debug(tlm::TLM_WRITE_COMMAND, 0, &byte, 1) == 0);
  tlm::tlm_dmi dmi;
  CHECK_FALSE(system.initiator.direct(tlm::TLM_WRITE_COMMAND, 0, dmi));
  REQUIRE(system.initiator.direct(tlm::TLM_READ_COMMAND, 0, dmi));
  CHECK_FALSE(dmi.is_write_allowed());
  CHECK(system.memory.data()[0] == 0x13);
}

TEST_CASE("memory without bytes is refused") {
  CHECK_THROWS_WITH(Memory("memory", MemoryConfig{}), Contains("must not be 0"));
}
