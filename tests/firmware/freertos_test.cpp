// The driver's port to FreeRTOS, on a stub of the functions it calls.
#include <catch2/catch.hpp>

#include "firmware/driver_fixture.h"
#include "firmware/freertos/stub.h"
#include "firmware/ports/freertos/pim_freertos.h"

using namespace spinvp::test;

namespace {

/// A task that has jobs done by the service, which has a chip and a network.
struct ServiceFixture {
  static constexpr TickType_t poll_interval = 50;

  explicit ServiceFixture(std::uint32_t first_tick = 0) {
    rtos.first_tick = first_tick;
    rtos.other_task = [this] { pim_service_step(&service); };
    system.interrupt_handler = [this] { pim_service_isr(&service); };
    const pim_hal board = system.hal();
    REQUIRE(pim_service_open(&service, &board, MockSystem::chip_base, poll_interval) == PIM_OK);
    const std::vector<std::uint8_t> bytes = TestImage().bytes();
    system.load(DriverFixture::image_address, bytes);
    REQUIRE(pim_attach(&service.device, &network, DriverFixture::image_address, bytes.size(),
                       DriverFixture::scratch_address, DriverFixture::scratch_bytes) == PIM_OK);
    job.network = &network;
    job.input_address = DriverFixture::input_address;
    job.output_address = DriverFixture::output_address;
    job.time_limit = 1000;
  }

  MockSystem system;
  FreeRtosStub rtos{system};
  pim_service service{};
  pim_network network{};
  pim_job job{};
};

StreamEnd never(const Doorbell&) {
  StreamEnd end;
  end.kind = StreamEnd::Kind::Never;
  return end;
}

}  // namespace

TEST_CASE_METHOD(ServiceFixture, "a task has its job done and wakes when it is over") {
  CHECK(pim_service_run(&service, &job) == PIM_OK);
  CHECK(system.chip().doorbells.size() == 4);
  CHECK(system.chip().doorbells.back().base_input == DriverFixture::input_address);
  CHECK(system.now() == 1000 + 4 * 10);
  CHECK(rtos.yields == 4);
  CHECK(pim_service_run(&service, &job) == PIM_OK);
  CHECK(network.loads == 1);
}

TEST_CASE_METHOD(ServiceFixture, "a notification that is left over, or comes from elsewhere, ends no job") {
  rtos.notifications = 1;
  CHECK(pim_service_run(&service, &job) == PIM_OK);
  CHECK(job.state == PIM_JOB_DONE);
  CHECK(system.chip().doorbells.size() == 4);
  job.output_address = UINT64_MAX - 3;
  rtos.notifications = 1;
  CHECK(pim_service_run(&service, &job) == PIM_E_ARGUMENT);
  job.output_address = DriverFixture::output_address;
  system.chip().on_stream = never;
  rtos.other_task = [this] {
    pim_service_step(&service);
    ++rtos.notifications;
  };
  CHECK(pim_service_run(&service, &job) == PIM_E_TIMEOUT);
  CHECK(job.state == PIM_JOB_DONE);
}

TEST_CASE_METHOD(ServiceFixture, "a FreeRTOS task finds out about lost interrupts by its poll interval") {
  system.interrupt_is_lost = true;
  CHECK(pim_service_run(&service, &job) == PIM_OK);
  CHECK(rtos.yields == 0);
  CHECK(system.now() == 1000 + 4 * poll_interval);
}

TEST_CASE_METHOD(ServiceFixture, "a chip that hangs costs a task its time limit, and no more") {
  system.chip().on_stream = never;
  CHECK(pim_service_run(&service, &job) == PIM_E_TIMEOUT);
  CHECK(system.now() == 2000);
  system.chip().on_stream = [](const Doorbell&) { return StreamEnd{}; };
  CHECK(pim_service_run(&service, &job) == PIM_OK);
}

TEST_CASE_METHOD(ServiceFixture, "a job that the driver refuses wakes its task with the reason") {
  job.output_address = UINT64_MAX - 3;
  CHECK(pim_service_run(&service, &job) == PIM_E_ARGUMENT);
}

TEST_CASE_METHOD(ServiceFixture, "a job is cancelled by the request of another task") {
  system.chip().on_stream = never;
  int turns = 0;
  rtos.other_task = [this, &turns] {
    if (++turns == 3) {
      CHECK(pim_service_cancel(&service, &job));
    }
    pim_service_step(&service);
  };
  CHECK(pim_service_run(&service, &job) == PIM_E_CANCELLED);
  CHECK(system.now() < 2000);
}

TEST_CASE_METHOD(ServiceFixture, "a request without a place is refused") {
  for (std::uint32_t i = 0; i < PIM_SERVICE_REQUESTS; ++i) {
    CHECK(pim_service_cancel(&service, &job));
  }
  CHECK_FALSE(pim_service_cancel(&service, &job));
  CHECK(pim_service_run(&service, &job) == PIM_E_BUSY);
  CHECK(job.error.status == PIM_E_BUSY);
}

TEST_CASE("the tick counter of FreeRTOS may wrap around while a task waits") {
  ServiceFixture fixture(0xFFFFFFFFu - 1000u - 15u);  // 15 ticks from now
  CHECK(pim_service_run(&fixture.service, &fixture.job) == PIM_OK);
  fixture.system.chip().on_stream = never;
  const std::uint64_t start = fixture.system.now();
  CHECK(pim_service_run(&fixture.service, &fixture.job) == PIM_E_TIMEOUT);
  CHECK(fixture.system.now() == start + 1000);
}

TEST_CASE_METHOD(ServiceFixture, "an interrupt that is not the chip's wakes no task") {
  pim_service_isr(&service);
  CHECK(rtos.yields == 0);
  CHECK(service.wake->count == 0);
}
