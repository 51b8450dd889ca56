// How streams end, and how the driver learns of it: interrupts, errors, timeouts.
#include <catch2/catch.hpp>

#include "firmware/driver_fixture.h"

using namespace spinvp::test;

namespace {

/// Ends the n-th stream from now (counted from 0) as told, all others well.
void end_stream(MockChip& chip, int n, const StreamEnd& end) {
  chip.on_stream = [n, end](const Doorbell&) mutable { return n-- == 0 ? end : StreamEnd{}; };
}

StreamEnd error_end() {
  StreamEnd end;
  end.kind = StreamEnd::Kind::Error;
  end.cause = PIM_ERROR_CAUSE_SUBARRAY_RANGE;
  end.detail = 32;
  end.address = 0x1'8001'0040;
  return end;
}

StreamEnd never() {
  StreamEnd end;
  end.kind = StreamEnd::Kind::Never;
  return end;
}

}  // namespace

TEST_CASE_METHOD(DriverFixture, "an error of the chip comes with cause, detail, command and layer") {
  REQUIRE(open_and_load() == PIM_OK);
  end_stream(system.chip(), 1, error_end());
  CHECK(run() == PIM_E_CHIP);
  CHECK(device.error.status == PIM_E_CHIP);
  CHECK(device.error.cause == PIM_ERROR_CAUSE_SUBARRAY_RANGE);
  CHECK(device.error.detail == 32);
  CHECK(device.error.address == 0x1'8001'0040);
  CHECK(device.error.layer == 1);
  CHECK_FALSE(device.error.loading);
  CHECK_FALSE(system.chip().irq());
}

TEST_CASE_METHOD(DriverFixture, "after an error of the chip the next run loads the network again") {
  REQUIRE(open_and_load() == PIM_OK);
  end_stream(system.chip(), 0, error_end());
  CHECK(run() == PIM_E_CHIP);
  system.chip().doorbells.clear();
  CHECK(run() == PIM_OK);
  CHECK(system.chip().doorbells.size() == 4);
  CHECK(device.network.loads == 2);
  CHECK(device.error.status == PIM_OK);
  CHECK(device.error.layer == PIM_NO_LAYER);
}

TEST_CASE_METHOD(DriverFixture, "an error of the chip in a load stream names the layer and leaves nothing loaded") {
  REQUIRE(open() == PIM_OK);
  end_stream(system.chip(), 1, error_end());
  CHECK(load() == PIM_E_CHIP);
  CHECK(device.error.layer == 1);
  CHECK(device.error.loading);
  CHECK(run() == PIM_E_NOT_LOADED);
}

TEST_CASE_METHOD(DriverFixture, "STATUS.ERROR counts even when the interrupt says done") {
  REQUIRE(open_and_load() == PIM_OK);
  system.interrupt_handler = [this] {
    system.chip().poke(PIM_REG_STATUS, PIM_STATUS_DONE_MASK | PIM_STATUS_ERROR_MASK);
    pim_irq(&device);
  };
  CHECK(run() == PIM_E_CHIP);
}

TEST_CASE_METHOD(DriverFixture, "a done interrupt that STATUS does not confirm is an error, not a result") {
  REQUIRE(open_and_load() == PIM_OK);
  system.chip().sets_done = false;
  CHECK(run() == PIM_E_INCONSISTENT);
  CHECK(device.error.layer == 0);
  CHECK(device.recoveries == 1);
}

TEST_CASE_METHOD(DriverFixture, "an error interrupt counts even when STATUS says done") {
  REQUIRE(open_and_load() == PIM_OK);
  end_stream(system.chip(), 0, error_end());
  system.interrupt_handler = [this] {
    system.chip().poke(PIM_REG_STATUS, PIM_STATUS_DONE_MASK);
    pim_irq(&device);
  };
  CHECK(run() == PIM_E_CHIP);
}

TEST_CASE_METHOD(DriverFixture, "a chip that says done and is still busy is not done") {
  REQUIRE(open_and_load() == PIM_OK);
  system.interrupt_handler = [this] {
    system.chip().poke(PIM_REG_STATUS, PIM_STATUS_DONE_MASK | PIM_STATUS_BUSY_MASK);
    pim_irq(&device);
  };
  CHECK(run() == PIM_E_INCONSISTENT);
}

TEST_CASE_METHOD(DriverFixture, "a rejected doorbell is told, and the next run loads the network again") {
  REQUIRE(open_and_load() == PIM_OK);
  system.chip().hears_doorbells = false;
  CHECK(run() == PIM_E_DOORBELL_REJECTED);
  CHECK(device.error.layer == 0);
  CHECK((device.error.found & PIM_STATUS_REJECTED_MASK) != 0);
  system.chip().hears_doorbells = true;
  CHECK(run() == PIM_OK);
  CHECK(device.network.loads == 2);
}

TEST_CASE_METHOD(DriverFixture, "a chip that is busy with something else rejects the doorbell") {
  REQUIRE(open_and_load() == PIM_OK);
  system.chip().poke(PIM_REG_STATUS, PIM_STATUS_BUSY_MASK);
  CHECK(run() == PIM_E_DOORBELL_REJECTED);
}

TEST_CASE_METHOD(DriverFixture, "a stream that never ends is a timeout after the limit") {
  REQUIRE(open_and_load() == PIM_OK);
  device.wait_limit = 500;
  end_stream(system.chip(), 1, never());
  CHECK(run() == PIM_E_TIMEOUT);
  CHECK(device.error.layer == 1);
  CHECK(device.error.found == PIM_STATUS_BUSY_MASK);
  CHECK(system.now() == 1000 + 3 * 10 + 500);
  CHECK(system.chip().peek(PIM_REG_STATUS) == 0);  // stopped: it writes no memory any more
  CHECK(run() == PIM_OK);
  CHECK(device.network.loads == 2);
  REQUIRE(pim_reset(&device) == PIM_OK);
  REQUIRE(load() == PIM_OK);
  CHECK(run() == PIM_OK);
}

TEST_CASE_METHOD(DriverFixture, "a load stream that never ends is a timeout as well") {
  REQUIRE(open() == PIM_OK);
  device.wait_limit = 500;
  end_stream(system.chip(), 0, never());
  CHECK(load() == PIM_E_TIMEOUT);
  CHECK(device.error.loading);
}

TEST_CASE_METHOD(DriverFixture, "a late end belongs to nobody once its run has timed out") {
  REQUIRE(open_and_load() == PIM_OK);
  device.wait_limit = 5;
  CHECK(run() == PIM_E_TIMEOUT);
  system.pass(100);
  CHECK_FALSE(system.chip().irq());
  CHECK(system.chip().peek(PIM_REG_IRQ_STATUS) == 0);
  device.wait_limit = 500;
  CHECK(run() == PIM_OK);
}

TEST_CASE_METHOD(DriverFixture, "an interrupt that gets lost costs time, not the result") {
  REQUIRE(open_and_load() == PIM_OK);
  device.wait_limit = 500;
  system.interrupt_is_lost = true;
  CHECK(run() == PIM_OK);
  CHECK(system.now() == 1000 + 2 * 10 + 2 * 500);
}

TEST_CASE_METHOD(DriverFixture, "with a poll interval an interrupt that gets lost costs no more than that") {
  REQUIRE(open_and_load() == PIM_OK);
  device.wait_limit = 500;
  device.poll_interval = 15;
  system.interrupt_is_lost = true;
  CHECK(run() == PIM_OK);
  CHECK(system.now() == 1000 + 2 * 10 + 2 * 15);
}

TEST_CASE_METHOD(DriverFixture, "a poll interval without a wait limit looks for as long as it takes") {
  REQUIRE(open_and_load() == PIM_OK);
  device.poll_interval = 15;
  system.interrupt_is_lost = true;
  StreamEnd slow;
  slow.ticks = 1000;
  end_stream(system.chip(), 1, slow);
  CHECK(run() == PIM_OK);
  CHECK(system.now() == 1000 + 2 * 10 + 15 + 67 * 15);
}

TEST_CASE_METHOD(DriverFixture, "a wait limit near the end of time does not wrap around") {
  REQUIRE(open_and_load() == PIM_OK);
  device.wait_limit = UINT64_MAX;
  CHECK(run() == PIM_OK);
}

TEST_CASE_METHOD(DriverFixture, "waits that end for no reason are repeated") {
  REQUIRE(open_and_load() == PIM_OK);
  system.spurious_wakes = 25;
  system.waits = 0;
  CHECK(run() == PIM_OK);
  CHECK(system.waits == 27);
}

TEST_CASE_METHOD(DriverFixture, "a SIGNAL cause alone does not end a layer") {
  REQUIRE(open_and_load() == PIM_OK);
  system.chip().on_stream = [this](const Doorbell&) {
    system.chip().poke(PIM_REG_IRQ_STATUS, PIM_IRQ_STATUS_SIGNAL_MASK);
    return StreamEnd{};
  };
  system.spurious_wakes = 1;
  system.waits = 0;
  CHECK(run() == PIM_OK);
  CHECK(system.waits == 3);
}

TEST_CASE_METHOD(DriverFixture, "causes left from before do not end the next stream") {
  REQUIRE(open_and_load() == PIM_OK);
  system.chip().poke(PIM_REG_IRQ_STATUS, PIM_IRQ_STATUS_DONE_MASK | PIM_IRQ_STATUS_ERROR_MASK);
  system.chip().poke(PIM_REG_STATUS, PIM_STATUS_DONE_MASK);
  end_stream(system.chip(), 0, never());
  device.wait_limit = 100;
  CHECK(run() == PIM_E_TIMEOUT);
}

TEST_CASE_METHOD(DriverFixture, "the interrupt handler is entered once a stream: it masks and leaves the cause") {
  system.interrupt_handler = [this] {
    CHECK(pim_irq(&device));
    CHECK_FALSE(system.chip().irq());
    CHECK(system.chip().peek(PIM_REG_IRQ_STATUS) == PIM_IRQ_STATUS_DONE_MASK);
  };
  REQUIRE(open_and_load() == PIM_OK);
  REQUIRE(run() == PIM_OK);
  CHECK(system.handler_calls == 4);
}

TEST_CASE_METHOD(DriverFixture, "the interrupt handler says when the interrupt was not the chip's") {
  CHECK_FALSE(pim_irq(nullptr));
  CHECK_FALSE(pim_irq(&device));
  REQUIRE(open_and_load() == PIM_OK);
  CHECK_FALSE(pim_irq(&device));
  CHECK(system.chip().peek(PIM_REG_IRQ_ENABLE) == (PIM_IRQ_ENABLE_DONE_MASK | PIM_IRQ_ENABLE_ERROR_MASK));
}
