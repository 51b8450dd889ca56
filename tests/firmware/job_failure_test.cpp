// Jobs that end badly: cancelled, too late, on a chip that fails; and how the next ones fare.
#include <catch2/catch.hpp>

#include "firmware/job_fixture.h"

using namespace spinvp::test;

TEST_CASE_METHOD(JobFixture, "a job that waits leaves the queue when it is cancelled") {
  std::vector<pim_job> jobs(4, make_job(&first));
  for (pim_job& job : jobs) {
    REQUIRE(pim_submit(&device, &job) == PIM_OK);
  }
  CHECK(pim_cancel(&device, &jobs[3]) == PIM_OK);
  CHECK(pim_cancel(&device, &jobs[1]) == PIM_OK);
  CHECK(jobs[1].state == PIM_JOB_DONE);
  CHECK(jobs[1].error.status == PIM_E_CANCELLED);
  CHECK(ended == std::vector<pim_job*>{&jobs[3], &jobs[1]});
  CHECK(pim_wait(&device, &jobs[2]) == PIM_OK);
  CHECK(doorbells() == 2 + 2 * 2);
  CHECK(device.recoveries == 0);
  CHECK(first.loads == 1);
}

TEST_CASE_METHOD(JobFixture, "cancelling the job on the chip stops it, and the next one loads again") {
  pim_job jobs[] = {make_job(&first), make_job(&first)};
  REQUIRE(pim_submit(&device, &jobs[0]) == PIM_OK);
  REQUIRE(pim_submit(&device, &jobs[1]) == PIM_OK);
  system.pass(10);
  pim_poll(&device);
  system.pass(10);
  pim_poll(&device);
  REQUIRE(doorbells() == 3);  // the first run stream is under way
  CHECK(pim_cancel(&device, &jobs[0]) == PIM_OK);
  CHECK(jobs[0].error.status == PIM_E_CANCELLED);
  CHECK(stream(3) == image_address + image.layers[0].load_offset);  // the next one has begun already
  CHECK(pim_wait(&device, &jobs[1]) == PIM_OK);
  CHECK(first.loads == 2);
  CHECK(doorbells() == 3 + 4);
}

TEST_CASE_METHOD(JobFixture, "cancelling a job that is over is refused and changes nothing") {
  pim_job job = make_job(&first);
  REQUIRE(pim_submit(&device, &job) == PIM_OK);
  REQUIRE(pim_wait(&device, &job) == PIM_OK);
  CHECK(pim_cancel(&device, &job) == PIM_E_ARGUMENT);
  CHECK(job.error.status == PIM_OK);
  CHECK(ended.size() == 1);
}

TEST_CASE_METHOD(JobFixture, "a callback may cancel the job behind its own") {
  pim_job jobs[] = {make_job(&first), make_job(&first)};
  static pim_job* behind;
  behind = &jobs[1];
  jobs[0].done = [](pim_job*, void* self) {
    CHECK(pim_cancel(&static_cast<JobFixture*>(self)->device, behind) == PIM_OK);
  };
  REQUIRE(pim_submit(&device, &jobs[0]) == PIM_OK);
  REQUIRE(pim_submit(&device, &jobs[1]) == PIM_OK);
  CHECK(pim_wait(&device, &jobs[1]) == PIM_E_CANCELLED);
  CHECK_FALSE(pim_poll(&device));
}

TEST_CASE_METHOD(JobFixture, "a job has the time that it was given, from submitting to the end") {
  pim_job job = make_job(&first);
  job.time_limit = 35;  // its fourth stream would end at 40
  REQUIRE(pim_submit(&device, &job) == PIM_OK);
  CHECK(pim_wait(&device, &job) == PIM_E_TIMEOUT);
  CHECK(system.now() == 1035);
  CHECK(job.error.layer == 1);
  CHECK_FALSE(job.error.loading);
  CHECK(job.error.found == PIM_STATUS_BUSY_MASK);
  CHECK(device.recoveries == 1);
  job.time_limit = 45;
  REQUIRE(pim_submit(&device, &job) == PIM_OK);
  CHECK(pim_wait(&device, &job) == PIM_OK);
}

TEST_CASE_METHOD(JobFixture, "a job whose time is over before its turn never reaches the chip") {
  hang();
  pim_job jobs[] = {make_job(&first), make_job(&first)};
  jobs[1].time_limit = 200;
  REQUIRE(pim_submit(&device, &jobs[0]) == PIM_OK);
  REQUIRE(pim_submit(&device, &jobs[1]) == PIM_OK);
  CHECK(pim_wait(&device, &jobs[1]) == PIM_E_TIMEOUT);
  CHECK(system.now() == 1200);
  CHECK(jobs[1].error.layer == PIM_NO_LAYER);
  CHECK(jobs[0].state == PIM_JOB_RUNNING);
  CHECK(device.recoveries == 0);
  CHECK(doorbells() == 1);
}

TEST_CASE_METHOD(JobFixture, "jobs behind one that hangs run on a chip that was reset and loaded again") {
  device.wait_limit = 100;
  pim_job jobs[] = {make_job(&first), make_job(&first), make_job(&second)};
  hang();
  for (pim_job& job : jobs) {
    REQUIRE(pim_submit(&device, &job) == PIM_OK);
  }
  jobs[0].done = [](pim_job*, void*) {};
  system.pass(100);
  heal();
  CHECK(pim_wait(&device, &jobs[2]) == PIM_OK);
  CHECK(jobs[0].error.status == PIM_E_TIMEOUT);
  CHECK(jobs[0].error.loading);
  CHECK(jobs[1].error.status == PIM_OK);
  CHECK(device.recoveries == 1);
  CHECK(first.loads == 1);
}

TEST_CASE_METHOD(JobFixture, "a chip that cannot be reset fails every job until it can") {
  device.wait_limit = 100;
  pim_job jobs[] = {make_job(&first), make_job(&first)};
  hang();
  system.chip().reset_works = false;
  for (pim_job& job : jobs) {
    REQUIRE(pim_submit(&device, &job) == PIM_OK);
  }
  CHECK(pim_wait(&device, &jobs[1]) == PIM_E_RESET);
  CHECK(jobs[0].error.status == PIM_E_TIMEOUT);
  CHECK(jobs[1].error.found == PIM_STATUS_BUSY_MASK);
  CHECK(doorbells() == 1);
  system.chip().reset_works = true;
  heal();
  REQUIRE(pim_submit(&device, &jobs[0]) == PIM_OK);
  CHECK(pim_wait(&device, &jobs[0]) == PIM_OK);
}

TEST_CASE_METHOD(JobFixture, "after a failure without a known reason the image is judged again before it is loaded") {
  device.wait_limit = 100;
  pim_job job = make_job(&first);
  hang();
  REQUIRE(pim_submit(&device, &job) == PIM_OK);
  REQUIRE(pim_wait(&device, &job) == PIM_E_TIMEOUT);
  heal();
  const std::uint64_t place = image_address + image.layers[0].run_offset;
  const std::uint32_t word = system.read32(place);
  system.write32(place, word ^ 0x10u);
  REQUIRE(pim_submit(&device, &job) == PIM_OK);
  CHECK(pim_wait(&device, &job) == PIM_E_IMAGE_CHECKSUM);
  CHECK(job.error.address == image_address);
  CHECK(job.error.needed != job.error.found);
  CHECK(doorbells() == 1);
  system.write32(place, word);
  REQUIRE(pim_submit(&device, &job) == PIM_OK);
  CHECK(pim_wait(&device, &job) == PIM_OK);
  CHECK_FALSE(first.suspect);
}

TEST_CASE_METHOD(JobFixture, "an error in a load stream leaves the network to be loaded by the next job") {
  system.chip().on_stream = [](const Doorbell&) {
    StreamEnd end;
    end.kind = StreamEnd::Kind::Error;
    end.cause = PIM_ERROR_CAUSE_BUS_READ;
    return end;
  };
  pim_job job = make_job(&first);
  REQUIRE(pim_submit(&device, &job) == PIM_OK);
  CHECK(pim_wait(&device, &job) == PIM_E_CHIP);
  CHECK(job.error.cause == PIM_ERROR_CAUSE_BUS_READ);
  CHECK(job.error.loading);
  CHECK(first.loads == 0);
  heal();
  REQUIRE(pim_submit(&device, &job) == PIM_OK);
  CHECK(pim_wait(&device, &job) == PIM_OK);
  CHECK(first.loads == 1);
}

TEST_CASE_METHOD(JobFixture, "recovering resets the chip, judges the network and loads it") {
  pim_job job = make_job(&first);
  REQUIRE(pim_submit(&device, &job) == PIM_OK);
  REQUIRE(pim_wait(&device, &job) == PIM_OK);
  CHECK(pim_recover(&device, &first) == PIM_OK);
  CHECK(first.loads == 2);
  CHECK(doorbells() == 6);
  REQUIRE(pim_submit(&device, &job) == PIM_OK);
  CHECK(pim_wait(&device, &job) == PIM_OK);
  CHECK(first.loads == 2);
  CHECK(pim_recover(&device, nullptr) == PIM_E_NOT_LOADED);
  system.write32(image_address + image.layers[0].run_offset, 0xBAD);
  CHECK(pim_recover(&device, &first) == PIM_E_IMAGE_CHECKSUM);
  system.chip().reset_works = false;
  CHECK(pim_recover(&device, &second) == PIM_E_RESET);
}

TEST_CASE_METHOD(JobFixture, "a reset ends every job and keeps attached networks") {
  pim_job jobs[] = {make_job(&first), make_job(&second)};
  for (pim_job& job : jobs) {
    REQUIRE(pim_submit(&device, &job) == PIM_OK);
  }
  REQUIRE(pim_reset(&device) == PIM_OK);
  CHECK(ended == std::vector<pim_job*>{&jobs[0], &jobs[1]});
  CHECK(jobs[0].error.status == PIM_E_CANCELLED);
  CHECK(jobs[1].error.status == PIM_E_CANCELLED);
  CHECK_FALSE(pim_poll(&device));
  REQUIRE(pim_submit(&device, &jobs[1]) == PIM_OK);
  CHECK(pim_wait(&device, &jobs[1]) == PIM_OK);
}

TEST_CASE_METHOD(JobFixture, "closing ends every job and leaves a silent chip") {
  pim_job jobs[] = {make_job(&first), make_job(&second)};
  for (pim_job& job : jobs) {
    REQUIRE(pim_submit(&device, &job) == PIM_OK);
  }
  REQUIRE(pim_close(&device) == PIM_OK);
  CHECK(ended.size() == 2);
  CHECK(jobs[1].state == PIM_JOB_DONE);
  CHECK(system.chip().peek(PIM_REG_STATUS) == 0);
  system.pass(1000);
  CHECK_FALSE(system.chip().irq());
  CHECK(pim_submit(&device, &jobs[0]) == PIM_E_ARGUMENT);
  CHECK(pim_cancel(&device, &jobs[0]) == PIM_E_ARGUMENT);
  CHECK(pim_wait(&device, &jobs[0]) == PIM_E_ARGUMENT);
  CHECK(pim_recover(&device, &first) == PIM_E_ARGUMENT);
}

TEST_CASE_METHOD(JobFixture, "waiting for another chip's job is refused once there is nothing left to do") {
  pim_device other{};
  const pim_hal hal = system.hal();
  system.add_chip(0x20000000);
  REQUIRE(pim_open(&other, &hal, 0x20000000) == PIM_OK);
  pim_job job = make_job(&first);
  REQUIRE(pim_submit(&device, &job) == PIM_OK);
  CHECK(pim_wait(&other, &job) == PIM_E_ARGUMENT);
  CHECK(pim_wait(&device, &job) == PIM_OK);
}

TEST_CASE_METHOD(JobFixture, "a chip that answers nonsense ends every job within its limits") {
  static std::uint32_t state;
  static MockSystem* mock;
  state = 7;
  mock = &system;
  pim_hal hal = system.hal();
  hal.read32 = [](void*, std::uint64_t address) {
    if (address < MockSystem::chip_base + PIM_REG_CONTROL || address >= 0x80000000) {
      return mock->read32(address);
    }
    state = state * 1664525u + 1013904223u;
    return (state >> 16) % 4 == 0 ? 0u : state >> 13;
  };
  hal.write32 = [](void*, std::uint64_t, std::uint32_t) {};
  hal.wait_for_interrupt = [](void*, std::uint64_t) { mock->pass(7); };
  int statuses[PIM_E_BUSY + 1] = {};
  for (int round = 0; round < 2000; ++round) {
    device.hal = hal;
    device.wait_limit = 100;
    pim_job job = make_job(&first);
    REQUIRE(pim_submit(&device, &job) == PIM_OK);
    const std::uint64_t start = system.now();
    const pim_status status = pim_wait(&device, &job);
    REQUIRE(system.now() - start <= 4 * 107);
    REQUIRE(status <= PIM_E_BUSY);
    ++statuses[status];
  }
  for (const pim_status status : {PIM_E_RESET, PIM_E_DOORBELL_REJECTED, PIM_E_CHIP, PIM_E_INCONSISTENT}) {
    CHECK(statuses[status] > 0);
  }
}

TEST_CASE_METHOD(JobFixture, "a hundred random orders of submitting, polling and cancelling end every job once") {
  std::uint32_t state = 12345;
  const auto random = [&state](std::uint32_t below) {
    state = state * 1664525u + 1013904223u;
    return (state >> 16) % below;
  };
  for (int round = 0; round < 100; ++round) {
    CAPTURE(round, state);
    std::vector<pim_job> jobs(6, make_job(&first));
    ended.clear();
    std::size_t submitted = 0;
    for (int step = 0; step < 60; ++step) {
      const std::uint32_t action = random(8);
      pim_job& job = jobs[random(6)];
      if (action < 2 && job.state != PIM_JOB_QUEUED && job.state != PIM_JOB_RUNNING) {
        job.network = random(2) == 0 ? &first : &second;
        job.time_limit = random(4) == 0 ? 1 + random(60) : 0;
        REQUIRE(pim_submit(&device, &job) == PIM_OK);
        ++submitted;
      } else if (action == 2) {
        const bool unfinished = job.state == PIM_JOB_QUEUED || job.state == PIM_JOB_RUNNING;
        CHECK((pim_cancel(&device, &job) == PIM_OK) == unfinished);
      } else if (action == 3 && random(10) == 0) {
        CHECK(pim_reset(&device) == PIM_OK);
      } else {
        system.pass(random(12));
        pim_poll(&device);
      }
    }
    poll_to_the_end();
    system.handler_calls = 0;
    REQUIRE(ended.size() == submitted);
    for (const pim_job& job : jobs) {
      CHECK((job.state == PIM_JOB_DONE || job.state == PIM_JOB_IDLE));
      const pim_status status = job.error.status;
      CHECK((status == PIM_OK || status == PIM_E_CANCELLED || status == PIM_E_TIMEOUT));
    }
  }
}
