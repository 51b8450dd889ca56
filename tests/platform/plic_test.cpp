#include "platform/plic.h"

#include <catch2/catch.hpp>

#include "core/errors.h"
#include "support/test_initiator.h"

using namespace spinvp;
using namespace spinvp::platform;
using Catch::Matchers::Contains;

namespace {

constexpr std::uint64_t pending = 0x1000;
constexpr std::uint64_t enable = 0x2000;
constexpr std::uint64_t threshold = 0x200000;
constexpr std::uint64_t claim = 0x200004;
constexpr unsigned source_count = 40;

std::uint64_t priority(unsigned id) {
  return 4 * id;
}

struct System {
  Plic plic{"plic", source_count};
  TestInitiator cpu{"cpu"};
  sc_core::sc_vector<sc_core::sc_signal<bool>> lines{"lines", source_count};
  sc_core::sc_signal<bool> irq{"irq"};

  System() {
    cpu.socket.bind(plic.socket);
    plic.sources.bind(lines);
    plic.irq.bind(irq);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  void drive(unsigned id, bool level) {
    lines[id - 1].write(level);
    settle();
  }
  void enable_source(unsigned id, std::uint32_t level) {
    const std::uint64_t word = enable + id / 32 * 4;
    cpu.write(priority(id), level);
    cpu.write(word, cpu.read(word).value | 1u << id % 32);
    settle();
  }
  void complete(unsigned id) {
    cpu.write(claim, id);
    settle();
  }
  std::uint32_t take() {
    const std::uint32_t id = cpu.read(claim).value;
    settle();
    return id;
  }
};

}  // namespace

TEST_CASE("a source interrupts until it is claimed, and again if it is still high at completion") {
  System system;
  system.enable_source(3, 1);
  system.drive(3, true);
  CHECK(system.irq.read());
  CHECK(system.cpu.read(pending).value == 1u << 3);
  CHECK(system.take() == 3);
  CHECK_FALSE(system.irq.read());
  CHECK(system.cpu.read(pending).value == 0);
  system.complete(3);
  CHECK(system.irq.read());
  CHECK(system.take() == 3);
  system.drive(3, false);
  system.complete(3);
  CHECK_FALSE(system.irq.read());
  CHECK(system.take() == 0);
}

TEST_CASE("the highest priority is claimed first, then the lowest number") {
  System system;
  system.enable_source(2, 1);
  system.enable_source(5, 3);
  system.enable_source(33, 3);
  for (const unsigned id : {2u, 33u, 5u}) {
    system.drive(id, true);
  }
  CHECK(system.take() == 5);
  CHECK(system.irq.read());
  CHECK(system.take() == 33);
  CHECK(system.take() == 2);
  CHECK(system.take() == 0);
  CHECK_FALSE(system.irq.read());
}

TEST_CASE("priority 0 and sources that are not enabled never interrupt") {
  System system;
  system.enable_source(4, 0);
  system.cpu.write(priority(6), 7);
  system.drive(4, true);
  system.drive(6, true);
  CHECK_FALSE(system.irq.read());
  CHECK(system.cpu.read(pending).value == (1u << 4 | 1u << 6));
  CHECK(system.take() == 0);
  system.enable_source(6, 7);
  CHECK(system.irq.read());
}

TEST_CASE("the threshold holds back its own priority and lower ones, but not a claim") {
  System system;
  system.enable_source(1, 2);
  system.cpu.write(threshold, 2);
  system.drive(1, true);
  CHECK_FALSE(system.irq.read());
  system.cpu.write(threshold, 1);
  settle();
  CHECK(system.irq.read());
  system.cpu.write(threshold, 7);
  settle();
  CHECK_FALSE(system.irq.read());
  CHECK(system.take() == 1);
}

TEST_CASE("a request stays pending when its line falls before the claim") {
  System system;
  system.enable_source(1, 1);
  system.drive(1, true);
  system.drive(1, false);
  CHECK(system.take() == 1);
  system.complete(1);
  CHECK_FALSE(system.irq.read());
}

TEST_CASE("completing what is not enabled or does not exist changes nothing") {
  System system;
  system.enable_source(1, 1);
  system.drive(1, true);
  CHECK(system.take() == 1);
  system.complete(0);
  system.complete(2);
  system.complete(41);
  system.complete(0xffffffff);
  CHECK_FALSE(system.irq.read());
  system.complete(1);
  CHECK(system.irq.read());
}

TEST_CASE("a debugger sees what a claim would return without claiming it") {
  System system;
  system.enable_source(1, 1);
  system.drive(1, true);
  CHECK(system.cpu.peek(claim) == 1);
  CHECK(system.irq.read());
  CHECK(system.take() == 1);
}

TEST_CASE("registers of the interrupt controller keep only bits that exist") {
  System system;
  system.cpu.write(enable, 0xffffffff);
  system.cpu.write(enable + 4, 0xffffffff);
  CHECK(system.cpu.read(enable).value == 0xfffffffe);
  CHECK(system.cpu.read(enable + 4).value == 0x1ff);
  system.cpu.write(priority(40), 0xffffffff);
  CHECK(system.cpu.read(priority(40)).value == Plic::max_priority);
  CHECK(system.cpu.read(priority(0)).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(system.cpu.read(priority(41)).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(system.cpu.write(pending, 1).status == tlm::TLM_COMMAND_ERROR_RESPONSE);
  CHECK(system.cpu.read(claim, 1).status == tlm::TLM_BURST_ERROR_RESPONSE);
}

TEST_CASE("an interrupt controller has 1 to 1023 sources") {
  CHECK_THROWS_WITH(Plic("plic", 0), Contains("expected 1 to 1023 sources, found 0"));
  CHECK_THROWS_WITH(Plic("plic", 1024), Contains("found 1024"));
}
