#include "platform/faults/bus_faults.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <functional>
#include <string>

#include "platform/memory.h"
#include "support/test_initiator.h"

using namespace spinvp;
using namespace spinvp::platform;
using sc_core::SC_NS;
using sc_core::sc_time;
using sc_core::SC_US;

namespace {

/// An initiator and a memory of a page with faults between them.
struct Link {
  StrikeLog log;
  BusFaults faults;
  Memory memory{"memory", MemoryConfig{0x1000, false, sc_time(30, SC_NS), sc_time(5, SC_NS), 8}};
  TestInitiator initiator{"initiator"};

  explicit Link(const std::vector<std::string>& texts, FaultWire wire = FaultWire::Dma)
      : log(texts.size()), faults("faults", wire, parsed(texts), log) {
    initiator.socket.bind(faults.in);
    faults.out.bind(memory.socket);
    for (std::uint32_t i = 0; i < memory.size(); ++i) {
      memory.data()[i] = static_cast<std::uint8_t>(i);
    }
  }
  void start() { sc_core::sc_start(sc_core::SC_ZERO_TIME); }

  static std::vector<InjectedFault> parsed(const std::vector<std::string>& texts) {
    std::vector<InjectedFault> faults;
    for (const std::string& text : texts) {
      faults.push_back(parse_fault(text));
    }
    return faults;
  }
};

/// Calls a function in a thread, so that it may wait.
struct Caller : sc_core::sc_module {
  std::function<void()> work;
  bool done = false;
  sc_time done_at;

  Caller(sc_core::sc_module_name name, std::function<void()> what) : sc_module(name), work(std::move(what)) {
    SC_HAS_PROCESS(Caller);
    SC_THREAD(run);
  }
  void run() {
    work();
    done = true;
    done_at = sc_core::sc_time_stamp();
  }
};

/// A target of four phases that answers when it is told to, and its initiator.
struct PhasedLink : sc_core::sc_module, tlm::tlm_mm_interface {
  tlm_utils::simple_initiator_socket<PhasedLink> initiator{"initiator"};
  tlm_utils::simple_target_socket<PhasedLink> target{"target"};
  tlm::tlm_generic_payload payload{this};
  std::uint32_t data = 0;
  int requests = 0;
  int responses = 0;
  tlm::tlm_sync_enum answer = tlm::TLM_ACCEPTED;
  sc_time delay;
  sc_time request_delay;  ///< as the target sees it

  explicit PhasedLink(sc_core::sc_module_name name) : sc_module(name) {
    initiator.register_nb_transport_bw(this, &PhasedLink::backward);
    target.register_nb_transport_fw(this, &PhasedLink::forward);
    payload.acquire();
  }
  void free(tlm::tlm_generic_payload*) override {}

  void request(std::uint64_t address) {
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&data));
    payload.set_data_length(sizeof data);
    payload.set_streaming_width(sizeof data);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    delay = sc_core::SC_ZERO_TIME;
    answer = initiator->nb_transport_fw(payload, phase, delay);
  }
  void respond(std::uint32_t value) {
    data = value;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_time none;
    target->nb_transport_bw(payload, phase, none);
  }
  tlm::tlm_sync_enum forward(tlm::tlm_generic_payload&, tlm::tlm_phase& phase, sc_time& time) {
    request_delay = time;
    requests += phase == tlm::BEGIN_REQ ? 1 : 0;
    return tlm::TLM_ACCEPTED;
  }
  tlm::tlm_sync_enum backward(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_time&) {
    ++responses;
    return tlm::TLM_COMPLETED;
  }
};

}  // namespace

TEST_CASE("a bus error at an address refuses what overlaps it and nothing else") {
  Link link({"bus_error:port=dma,address=0x100,size=8"});
  link.start();
  CHECK(link.initiator.read(0xFC).ok());
  CHECK(link.initiator.read(0x108).ok());
  CHECK(link.initiator.read(0xFD).status == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(link.initiator.read(0x107, 1).status == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(link.initiator.write(0x100, 0xFFFFFFFF).status == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(link.memory.data()[0x100] == 0x00);  // the memory never saw it
  REQUIRE(link.log.count(0) == 3);
  CHECK(link.log.first(0)[2].address == 0x100);
  CHECK(link.log.first(0)[2].write);
}

TEST_CASE("occurrences of accesses are counted from one, by command, and can be limited") {
  Link link({"bus_error:port=dma,nth=3,access=read", "bus_error:port=dma,every=4,count=2,access=write"});
  link.start();
  std::string reads;
  std::string writes;
  for (int i = 0; i < 14; ++i) {
    reads += link.initiator.read(0).ok() ? '.' : 'x';
    writes += link.initiator.write(8, 1).ok() ? '.' : 'x';
  }
  CHECK(reads == "..x...........");
  CHECK(writes == "...x...x......");
}

TEST_CASE("faults of other wires do nothing") {
  Link link({"bus_error:port=cpu", "lost_interrupt:nth=1"});
  link.start();
  CHECK(link.initiator.read(0).ok());
  CHECK(link.log.count(0) == 0);
}

TEST_CASE("bits change in words of command streams only, and only in what is read") {
  Link link({"corrupt_command:mask=0x80000001,nth=2"});
  link.faults.set_command_ranges({{0x200, 8}, {0x100, 8}});
  link.start();
  CHECK(link.initiator.read(0x0).value == 0x03020100);
  CHECK(link.initiator.read(0x108).value == 0x0B0A0908);
  CHECK(link.initiator.write(0x104, 0x07060504).ok());
  CHECK(link.initiator.read(0x100).value == 0x03020100);
  CHECK(link.initiator.read(0x204).value == (0x07060504 ^ 0x80000001));
  CHECK(link.initiator.read(0x204).value == 0x07060504);
  REQUIRE(link.log.count(0) == 1);
  CHECK(link.log.first(0)[0].address == 0x204);
}

TEST_CASE("a word of a burst is struck by its own address") {
  Link link({"corrupt_command:mask=0xFF,address=0x104"});
  link.faults.set_command_ranges({{0x100, 0x10}});
  link.start();
  std::uint8_t bytes[16] = {};
  link.initiator.read_changed(0xFE, [&](tlm::tlm_generic_payload& payload) {
    payload.set_data_ptr(bytes);
    payload.set_data_length(sizeof bytes);
    payload.set_streaming_width(sizeof bytes);
  });
  CHECK(bytes[0x104 - 0xFE] == (0x04 ^ 0xFF));
  CHECK(bytes[0x105 - 0xFE] == 0x05);
  CHECK(bytes[0x100 - 0xFE] == 0x00);
}

TEST_CASE("a stall makes one access late, and an endless one never ends") {
  Link link({"stall:time=5 us,nth=2", "stall:time=forever,address=0x800"});
  Caller caller("caller", [&] {
    CHECK(link.initiator.read(0).ok());
    CHECK(sc_core::sc_time_stamp() == sc_core::SC_ZERO_TIME);
    CHECK(link.initiator.read(0).ok());
  });
  Caller waiter("waiter", [&] {
    wait(10, SC_US);
    link.initiator.read(0x800);
  });
  sc_core::sc_start(sc_time(1, sc_core::SC_SEC));
  CHECK(caller.done);
  CHECK(caller.done_at == sc_time(5, SC_US));
  CHECK_FALSE(waiter.done);
  CHECK(link.log.first(1).at(0).time == sc_time(10, SC_US));
}

TEST_CASE("direct memory is granted up to where a fault looks, and there not at all") {
  Link link({"bus_error:port=dma,address=0x100,size=0x100"});
  link.start();
  tlm::tlm_dmi dmi;
  REQUIRE(link.initiator.direct(tlm::TLM_READ_COMMAND, 0x10, dmi));
  CHECK(dmi.get_start_address() == 0);
  CHECK(dmi.get_end_address() == 0xFF);
  REQUIRE(link.initiator.direct(tlm::TLM_READ_COMMAND, 0x300, dmi));
  CHECK(dmi.get_start_address() == 0x200);
  CHECK(dmi.get_end_address() == 0xFFF);
  CHECK(dmi.get_dmi_ptr() == link.memory.data() + 0x200);
  CHECK_FALSE(link.initiator.direct(tlm::TLM_READ_COMMAND, 0x180, dmi));
  CHECK(dmi.get_start_address() == 0x100);
  CHECK(dmi.get_end_address() == 0x1FF);
  std::uint32_t word = 0;
  CHECK(link.initiator.debug(tlm::TLM_READ_COMMAND, 0x180, &word, 4) == 4);
  CHECK(link.log.count(0) == 0);
}

TEST_CASE("non-blocking accesses are refused, delayed, lost and corrupted as well") {
  const std::vector<InjectedFault> config =
      Link::parsed({"bus_error:port=dma,address=0x10", "stall:time=3 us,nth=2", "stall:time=forever,address=0x20",
                    "corrupt_command:mask=0xF0"});
  StrikeLog log(config.size());
  BusFaults faults("faults", FaultWire::Dma, config, log);
  faults.set_command_ranges({{0x30, 4}});
  PhasedLink link("link");
  link.initiator.bind(faults.in);
  faults.out.bind(link.target);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);

  link.request(0x10);
  CHECK(link.answer == tlm::TLM_COMPLETED);
  CHECK(link.payload.get_response_status() == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(link.requests == 0);
  link.request(0x40);
  CHECK(link.answer == tlm::TLM_ACCEPTED);
  CHECK(link.request_delay == sc_time(3, SC_US));  // as the target is told,
  CHECK(link.delay == sc_core::SC_ZERO_TIME);      // and nobody else
  link.respond(7);
  CHECK(link.data == 7);
  link.request(0x30);
  link.respond(0xFF);
  CHECK(link.data == 0x0F);
  CHECK(link.responses == 2);
  CHECK(link.requests == 2);
  link.request(0x20);
  CHECK(link.answer == tlm::TLM_ACCEPTED);
  CHECK(link.requests == 2);
  CHECK(log.count(2) == 1);
}
