#include "platform/bus.h"

#include <catch2/catch.hpp>

#include "core/errors.h"
#include "platform/memory.h"
#include "support/test_initiator.h"

using namespace spinvp;
using namespace spinvp::platform;
using Catch::Matchers::Contains;
using sc_core::SC_NS;
using sc_core::sc_time;

namespace {

/// Two memories with a gap between them; behind the second one a region nobody is bound to.
struct System {
  BusConfig config{sc_time(10, SC_NS),
                   {"cpu", "dma"},
                   {{"high", 0x80000000, 0x1000}, {"low", 0x1000, 0x100}, {"empty", 0x90000000, 0x1000}}};
  Bus bus{"bus", config};
  Memory high{"high", MemoryConfig{0x1000, false, sc_time(30, SC_NS), sc_time(5, SC_NS), 8}};
  Memory low{"low", MemoryConfig{0x100, false, {}, {}, 8}};
  TestInitiator cpu{"cpu"};
  TestInitiator dma{"dma"};

  System() {
    cpu.socket.bind(bus.initiator("cpu"));
    dma.socket.bind(bus.initiator("dma"));
    bus.region("high").bind(high.socket);
    bus.region("low").bind(low.socket);
  }
  void start() { sc_core::sc_start(sc_core::SC_ZERO_TIME); }
};

/// Speaks the approximately-timed base protocol.
struct PhasedInitiator : sc_core::sc_module, tlm::tlm_mm_interface {
  tlm_utils::simple_initiator_socket<PhasedInitiator> socket{"socket"};
  tlm::tlm_generic_payload payload{this};
  std::uint32_t value = 0;
  sc_time answered_at;

  explicit PhasedInitiator(sc_core::sc_module_name name) : sc_module(name) {
    socket.register_nb_transport_bw(this, &PhasedInitiator::nb_transport_bw);
    payload.acquire();
  }
  void free(tlm::tlm_generic_payload*) override {}

  void request_read(std::uint64_t address) {
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(sizeof value);
    payload.set_streaming_width(sizeof value);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_time delay;
    socket->nb_transport_fw(payload, phase, delay);
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase& phase, sc_time& delay) {
    if (phase != tlm::BEGIN_RESP) {
      return tlm::TLM_ACCEPTED;
    }
    answered_at = sc_core::sc_time_stamp() + delay;
    phase = tlm::END_RESP;
    return tlm::TLM_COMPLETED;
  }
};

std::string refusal(const std::vector<BusRegion>& regions) {
  try {
    Bus bus("bus", BusConfig{{}, {}, regions});
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("the bus gives a target addresses relative to its region and the initiator its payload back") {
  System system;
  system.start();
  const Answer answer = system.cpu.write(0x80000010, 0x12345678);
  CHECK(answer.ok());
  CHECK(answer.address == 0x80000010);
  CHECK(system.high.data()[0x10] == 0x78);
  CHECK(system.cpu.write(0x1000, 7).ok());
  CHECK(system.low.data()[0] == 7);
  CHECK(system.dma.read(0x80000010).value == 0x12345678);
}

TEST_CASE("the bus adds its latency to the target's") {
  System system;
  system.start();
  CHECK(system.cpu.read(0x80000000).delay == sc_time(10 + 30 + 5, SC_NS));
  CHECK(system.cpu.read(0x80000000, 64).delay == sc_time(10 + 30 + 8 * 5, SC_NS));
  CHECK(system.cpu.read(0x30000000).delay == sc_time(10, SC_NS));
}

TEST_CASE("the bus answers with an address error where no region holds the whole access") {
  System system;
  system.start();
  const auto status = [&](std::uint64_t address, unsigned length) { return system.cpu.read(address, length).status; };
  CHECK(status(0x0, 4) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(status(0x10fe, 4) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(status(0x1100, 4) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(status(0xffe, 4) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(status(~std::uint64_t{0}, 4) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(status(0x90000000, 4) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(status(0x10fc, 4) == tlm::TLM_OK_RESPONSE);
}

TEST_CASE("the bus translates the ranges of direct memory pointers") {
  System system;
  system.start();
  tlm::tlm_dmi dmi;
  REQUIRE(system.cpu.direct(tlm::TLM_WRITE_COMMAND, 0x80000800, dmi));
  CHECK(dmi.get_start_address() == 0x80000000);
  CHECK(dmi.get_end_address() == 0x80000fff);
  CHECK(dmi.get_dmi_ptr() == system.high.data());
  CHECK(dmi.is_read_write_allowed());
  CHECK(dmi.get_read_latency() * 4 == sc_time(10 + 30 + 5, SC_NS));  // of a byte
  CHECK_FALSE(system.cpu.direct(tlm::TLM_READ_COMMAND, 0x2000, dmi));
  CHECK_FALSE(system.cpu.direct(tlm::TLM_READ_COMMAND, 0x90000000, dmi));
}

TEST_CASE("the bus tells every initiator in its own addresses that direct memory pointers are void") {
  System system;
  system.start();
  system.high.socket->invalidate_direct_mem_ptr(0x10, 0x1f);
  system.low.socket->invalidate_direct_mem_ptr(0, ~std::uint64_t{0});
  const std::vector<std::pair<std::uint64_t, std::uint64_t>> expected{{0x80000010, 0x8000001f}, {0x1000, 0x10ff}};
  CHECK(system.cpu.invalidated == expected);
  CHECK(system.dma.invalidated == expected);
}

TEST_CASE("debug accesses pass the bus up to the end of the region") {
  System system;
  system.start();
  std::uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  CHECK(system.cpu.debug(tlm::TLM_WRITE_COMMAND, 0x10fc, bytes, 8) == 4);
  CHECK(system.low.data()[0xff] == 4);
  CHECK(system.cpu.debug(tlm::TLM_READ_COMMAND, 0x80000ffe, bytes, 8) == 2);
  CHECK(system.cpu.debug(tlm::TLM_READ_COMMAND, 0x2000, bytes, 8) == 0);
  CHECK(system.cpu.debug(tlm::TLM_READ_COMMAND, 0x90000000, bytes, 8) == 0);
}

TEST_CASE("no write of an observed initiator passes unseen") {
  System system;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> seen;
  system.bus.observe_writes("dma",
                            [&](std::uint64_t address, std::uint64_t length) { seen.emplace_back(address, length); });
  system.start();
  std::uint8_t byte = 1;
  system.cpu.write(0x80000000, 1);
  system.dma.write(0x80000004, 1);
  system.dma.write(0x80000008, 1, 16);
  system.dma.write(0x2000, 1);
  system.dma.read(0x80000000);
  system.dma.debug(tlm::TLM_WRITE_COMMAND, 0x1001, &byte, 1);
  CHECK(seen == std::vector<std::pair<std::uint64_t, std::uint64_t>>{{0x80000004, 4}, {0x80000008, 16}, {0x1001, 1}});

  tlm::tlm_dmi dmi;
  CHECK_FALSE(system.dma.direct(tlm::TLM_WRITE_COMMAND, 0x80000000, dmi));
  REQUIRE(system.dma.direct(tlm::TLM_READ_COMMAND, 0x80000000, dmi));
  CHECK_FALSE(dmi.is_write_allowed());
  CHECK(system.cpu.direct(tlm::TLM_WRITE_COMMAND, 0x80000000, dmi));
}

TEST_CASE("the bus serves an initiator that speaks in phases") {
  BusConfig config{sc_time(10, SC_NS), {"dma"}, {{"ram", 0x1000, 0x100}}};
  Bus bus("bus", config);
  Memory ram("ram", MemoryConfig{0x100, false, sc_time(30, SC_NS), sc_time(5, SC_NS), 8});
  PhasedInitiator dma("dma");
  dma.socket.bind(bus.initiator("dma"));
  bus.region("ram").bind(ram.socket);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  ram.data()[4] = 0x42;
  dma.request_read(0x1004);
  sc_core::sc_start(sc_time(1, sc_core::SC_US));
  CHECK(dma.payload.is_response_ok());
  CHECK(dma.value == 0x42);
  CHECK(dma.answered_at == sc_time(10 + 30 + 5, SC_NS));
}

TEST_CASE("the bus refuses regions that overlap, are empty or wrap around") {
  CHECK_THAT(refusal({{"a", 0x1000, 0x1000}, {"b", 0x1fff, 1}}),
             Contains("region 'b' (0x1fff..0x1fff) overlaps region 'a' (0x1000..0x1fff)"));
  CHECK_THAT(refusal({{"a", 0x1000, 0}}), Contains("region 'a' at 0x1000 has size 0"));
  CHECK_THAT(refusal({{"a", 0xfffffffffffff000, 0x1001}}), Contains("passes the end of the address space"));
  CHECK(refusal({{"a", 0xfffffffffffff000, 0x1000}, {"b", 0, 0x1000}}) == "accepted");
}

TEST_CASE("the bus names a port that does not exist") {
  Bus bus("bus", BusConfig{{}, {"cpu"}, {{"ram", 0, 0x1000}}});
  CHECK_THROWS_WITH(bus.region("rom"), Contains("no region 'rom'"));
  CHECK_THROWS_WITH(bus.initiator("dma"), Contains("no initiator 'dma'"));
}
