#include <catch2/catch.hpp>

#include "platform/test_finisher.h"
#include "platform/uart.h"
#include "support/test_initiator.h"

using namespace spinvp::platform;

namespace {

template <typename Device>
struct System {
  Device device{"device"};
  TestInitiator initiator{"initiator"};

  System() {
    initiator.socket.bind(device.socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
};

}  // namespace

TEST_CASE("registers take only aligned accesses of four bytes") {
  System<Uart> system;
  CHECK(system.initiator.read(0x0).ok());
  CHECK(system.initiator.read(0x0, 1).status == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(system.initiator.read(0x0, 2).status == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(system.initiator.read(0x0, 8).status == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(system.initiator.read(0x0, 0).status == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(system.initiator.read(0x2).status == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(system.initiator.write(0x1, 'x').status == tlm::TLM_BURST_ERROR_RESPONSE);
  std::uint8_t enables[4] = {0xff, 0, 0, 0};
  CHECK(system.initiator.read_changed(0, [&](auto& payload) { payload.set_byte_enable_ptr(enables); }) ==
        tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
}

TEST_CASE("where there is no register there is an address error, where there is no access a command error") {
  System<Uart> system;
  CHECK(system.initiator.read(0x8).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(system.initiator.write(0xfffffffc, 1).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(system.initiator.write(0x4, 1).status == tlm::TLM_COMMAND_ERROR_RESPONSE);
}

TEST_CASE("the UART hands on what is written to txdata") {
  System<Uart> system;
  std::string printed;
  CHECK(system.initiator.write(0x0, 'x').ok());
  system.device.on_output([&](char byte) { printed += byte; });
  CHECK(system.initiator.write(0x0, 'h').ok());
  CHECK(system.initiator.write(0x0, 0xffffff00u | 'i').ok());
  CHECK(printed == "hi");
  CHECK(system.initiator.read(0x0).value == 0);
}

TEST_CASE("the UART gives received bytes one by one and says when there are none") {
  System<Uart> system;
  CHECK(system.initiator.read(0x4).value == 0x80000000);
  system.device.receive("a\xff");
  CHECK(system.initiator.read(0x4).value == 'a');
  CHECK(system.initiator.read(0x4).value == 0xff);
  CHECK(system.initiator.read(0x4).value == 0x80000000);
}

TEST_CASE("debug accesses of registers have no side effects") {
  System<Uart> system;
  std::string printed;
  system.device.on_output([&](char byte) { printed += byte; });
  system.device.receive("a");
  CHECK(system.initiator.peek(0x4) == 'a');
  CHECK(system.initiator.peek(0x4) == 'a');
  std::uint8_t bytes[16] = {};
  CHECK(system.initiator.debug(tlm::TLM_READ_COMMAND, 0x4, bytes, 16) == 4);
  CHECK(system.initiator.debug(tlm::TLM_WRITE_COMMAND, 0x0, bytes, 4) == 0);
  CHECK(printed.empty());
  CHECK(system.initiator.read(0x4).value == 'a');
}

TEST_CASE("registers give no direct memory pointers") {
  System<Uart> system;
  tlm::tlm_dmi dmi;
  CHECK_FALSE(system.initiator.direct(tlm::TLM_READ_COMMAND, 0, dmi));
}

TEST_CASE("the finisher takes 0x5555 for success, once") {
  System<TestFinisher> system;
  std::vector<int> codes;
  system.device.on_finish([&](int code) { codes.push_back(code); });
  CHECK_FALSE(system.device.exit_code());
  CHECK(system.initiator.write(0x0, 0x1234).ok());
  CHECK(codes.empty());
  CHECK(system.initiator.write(0x0, 0x5555).ok());
  CHECK(system.initiator.write(0x0, 0x00073333).ok());
  CHECK(codes == std::vector<int>{0});
  CHECK(system.device.exit_code() == 0);
}

TEST_CASE("the finisher reports the code of a failure") {
  System<TestFinisher> system;
  system.initiator.write(0x0, 0xffff3333);
  CHECK(system.device.exit_code() == 0xffff);
}

TEST_CASE("a failure with code 0 never looks like a success") {
  System<TestFinisher> system;
  system.initiator.write(0x0, 0x3333);
  CHECK(system.device.exit_code() == 1);
}
