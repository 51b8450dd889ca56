#include "platform/clint.h"

#include <catch2/catch.hpp>

#include "core/errors.h"
#include "support/test_initiator.h"

using namespace spinvp;
using namespace spinvp::platform;
using Catch::Matchers::Contains;
using sc_core::SC_NS;
using sc_core::sc_time;

namespace {

constexpr std::uint64_t msip = 0x0;
constexpr std::uint64_t mtimecmp = 0x4000;
constexpr std::uint64_t mtime = 0xbff8;

struct System {
  Clint clint{"clint", ClintConfig{sc_time(100, SC_NS)}};
  TestInitiator cpu{"cpu"};
  sc_core::sc_signal<bool> software_irq{"software_irq"};
  sc_core::sc_signal<bool> timer_irq{"timer_irq"};

  System() {
    cpu.socket.bind(clint.socket);
    clint.software_irq.bind(software_irq);
    clint.timer_irq.bind(timer_irq);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  void advance(double nanoseconds) { sc_core::sc_start(sc_time(nanoseconds, SC_NS)); }
  void set_compare(std::uint64_t value) {
    CHECK(cpu.write(mtimecmp, static_cast<std::uint32_t>(value)).ok());
    CHECK(cpu.write(mtimecmp + 4, static_cast<std::uint32_t>(value >> 32)).ok());
  }
};

}  // namespace

TEST_CASE("mtime counts simulated time in ticks") {
  System system;
  CHECK(system.cpu.read(mtime).value == 0);
  system.advance(999);
  CHECK(system.cpu.read(mtime).value == 9);
  system.advance(1);
  CHECK(system.cpu.read(mtime).value == 10);
  CHECK(system.cpu.peek(mtime) == 10);
}

TEST_CASE("mtime is read at the initiator's own time") {
  System system;
  CHECK(system.cpu.read(mtime, 4, sc_time(250, SC_NS)).value == 2);
}

TEST_CASE("the timer interrupt rises exactly when mtime reaches mtimecmp") {
  System system;
  system.advance(150);
  system.set_compare(10);
  system.advance(849);
  CHECK_FALSE(system.timer_irq.read());
  system.advance(1);
  system.advance(1);
  CHECK(system.timer_irq.read());
  system.set_compare(20);
  system.advance(1);
  CHECK_FALSE(system.timer_irq.read());
  system.advance(1000);
  CHECK(system.timer_irq.read());
}

TEST_CASE("a compare value in the past interrupts at once") {
  System system;
  system.advance(1000);
  system.set_compare(3);
  system.advance(1);
  CHECK(system.timer_irq.read());
}

TEST_CASE("a waiting timer costs one event, not one a tick") {
  System system;
  system.set_compare(1000000);
  const auto deltas = sc_core::sc_delta_count();
  sc_core::sc_start(sc_time(200, sc_core::SC_MS));
  CHECK(system.timer_irq.read());
  CHECK(sc_core::sc_delta_count() - deltas < 10);
}

TEST_CASE("the timer starts off and stays off with the largest compare values") {
  System system;
  CHECK(system.cpu.read(mtimecmp).value == 0xffffffff);
  CHECK(system.cpu.read(mtimecmp + 4).value == 0xffffffff);
  system.set_compare(~std::uint64_t{0} - 1);
  sc_core::sc_start(sc_time(10, sc_core::SC_SEC));
  CHECK_FALSE(system.timer_irq.read());
}

TEST_CASE("writing mtime moves the timer") {
  System system;
  system.set_compare(0x500000010);
  system.cpu.write(mtime + 4, 5);
  system.cpu.write(mtime, 8);
  CHECK(system.cpu.read(mtime + 4).value == 5);
  system.advance(799);
  CHECK_FALSE(system.timer_irq.read());
  system.advance(2);
  CHECK(system.timer_irq.read());
}

TEST_CASE("msip drives the software interrupt by its lowest bit") {
  System system;
  system.cpu.write(msip, 0xffffffff);
  settle();
  CHECK(system.software_irq.read());
  CHECK(system.cpu.read(msip).value == 1);
  system.cpu.write(msip, 0xfffffffe);
  settle();
  CHECK_FALSE(system.software_irq.read());
}

TEST_CASE("the timer has no other registers and no other sizes") {
  System system;
  CHECK(system.cpu.read(0x4).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(system.cpu.read(mtime, 8).status == tlm::TLM_BURST_ERROR_RESPONSE);
}

TEST_CASE("a timer without a tick is refused") {
  CHECK_THROWS_WITH(Clint("clint", ClintConfig{}), Contains("the tick must not be 0"));
}
