// Jobs: submitted, polled, waited for; networks that take turns.
#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <thread>

#include "firmware/job_fixture.h"

using namespace spinvp::test;

TEST_CASE_METHOD(JobFixture, "submitting starts the chip and returns at once") {
  pim_job job = make_job(&first);
  REQUIRE(pim_submit(&device, &job) == PIM_OK);
  CHECK(system.now() == 1000);
  CHECK(system.waits == 0);
  CHECK(doorbells() == 1);
  CHECK(job.state == PIM_JOB_RUNNING);
  CHECK(ended.empty());
}

TEST_CASE_METHOD(JobFixture, "polling brings a job through its layers without ever waiting") {
  pim_job job = make_job(&first);
  REQUIRE(pim_submit(&device, &job) == PIM_OK);
  CHECK(poll_to_the_end() == 5);  // two load streams, two run streams, and the look that finds the end
  CHECK(system.waits == 0);
  CHECK(job.state == PIM_JOB_DONE);
  CHECK(job.error.status == PIM_OK);
  CHECK(ended == std::vector<pim_job*>{&job});
  REQUIRE(doorbells() == 4);
  for (std::size_t layer = 0; layer < 2; ++layer) {
    CHECK(stream(layer) == image_address + image.layers[layer].load_offset);
    CHECK(stream(2 + layer) == image_address + image.layers[layer].run_offset);
  }
  CHECK_FALSE(pim_poll(&device));
}

TEST_CASE_METHOD(JobFixture, "polling while a stream runs changes nothing") {
  pim_job job = make_job(&first);
  REQUIRE(pim_submit(&device, &job) == PIM_OK);
  for (int i = 0; i < 10; ++i) {
    CHECK(pim_poll(&device));
  }
  CHECK(doorbells() == 1);
  CHECK(system.now() == 1000);
}

TEST_CASE_METHOD(JobFixture, "waiting for a job sleeps until it is over") {
  pim_job job = make_job(&first);
  REQUIRE(pim_submit(&device, &job) == PIM_OK);
  CHECK(pim_wait(&device, &job) == PIM_OK);
  CHECK(system.now() == 1000 + 4 * 10);
  CHECK(ended == std::vector<pim_job*>{&job});
  CHECK(pim_wait(&device, &job) == PIM_OK);  // still over
}

TEST_CASE_METHOD(JobFixture, "jobs run in the order in which they were submitted, each with its own addresses") {
  std::vector<pim_job> jobs(5, make_job(&first));
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    jobs[i].input_address = input_address + 0x100 * i;
    jobs[i].output_address = output_address + 0x100 * i;
    REQUIRE(pim_submit(&device, &jobs[i]) == PIM_OK);
    CHECK(jobs[i].state == (i == 0 ? PIM_JOB_RUNNING : PIM_JOB_QUEUED));
  }
  CHECK(pim_wait(&device, &jobs[3]) == PIM_OK);
  CHECK(jobs[4].state != PIM_JOB_DONE);
  CHECK(pim_wait(&device, &jobs[4]) == PIM_OK);
  REQUIRE(ended.size() == jobs.size());
  REQUIRE(doorbells() == 2 + 2 * jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    CHECK(ended[i] == &jobs[i]);
    CHECK(system.chip().doorbells[2 + 2 * i].base_input == jobs[i].input_address);
    CHECK(system.chip().doorbells[2 + 2 * i].base_output == jobs[i].output_address);
  }
}

TEST_CASE_METHOD(JobFixture, "the chip has its next job before the end of the last one is told") {
  pim_job jobs[] = {make_job(&first), make_job(&first)};
  jobs[0].done = [](pim_job*, void* self) {
    auto* fixture = static_cast<JobFixture*>(self);
    CHECK(fixture->doorbells() == 5);
    CHECK((fixture->system.chip().peek(PIM_REG_STATUS) & PIM_STATUS_BUSY_MASK) != 0);
  };
  REQUIRE(pim_submit(&device, &jobs[0]) == PIM_OK);
  REQUIRE(pim_submit(&device, &jobs[1]) == PIM_OK);
  CHECK(pim_wait(&device, &jobs[1]) == PIM_OK);
}

TEST_CASE_METHOD(JobFixture, "a job may be submitted again by its own callback") {
  static int rounds;
  rounds = 0;
  pim_job job = make_job(&first);
  job.done = [](pim_job* over, void* self) {
    if (++rounds < 4) {
      CHECK(pim_submit(&static_cast<JobFixture*>(self)->device, over) == PIM_OK);
    }
  };
  REQUIRE(pim_submit(&device, &job) == PIM_OK);
  poll_to_the_end();
  CHECK(rounds == 4);
  CHECK(doorbells() == 2 + 4 * 2);
}

TEST_CASE_METHOD(JobFixture, "networks take turns, and each change loads the next one's weights") {
  std::vector<pim_job> jobs;
  for (pim_network* network : {&first, &first, &second, &first, &second, &second}) {
    jobs.push_back(make_job(network));
  }
  for (pim_job& job : jobs) {
    REQUIRE(pim_submit(&device, &job) == PIM_OK);
  }
  CHECK(pim_wait(&device, &jobs.back()) == PIM_OK);
  CHECK(first.loads == 2);
  CHECK(second.loads == 2);
  CHECK(doorbells() == 2 * jobs.size() + 4 * 2);
  const Doorbell& last = system.chip().doorbells.back();
  CHECK(last.base_network == second_image_address);
  CHECK(last.stream_address == second_image_address + image.layers[1].run_offset);
}

TEST_CASE_METHOD(JobFixture, "a network that streams its weights takes the other one's away as well") {
  image.header.weights_stationary = 0;
  for (pim_image_layer& layer : image.layers) {
    layer.load_offset = layer.load_bytes = 0;
  }
  pim_network streamed{};
  REQUIRE(attach(streamed, 0x80030000) == PIM_OK);
  pim_job jobs[] = {make_job(&first), make_job(&streamed), make_job(&first)};
  for (pim_job& job : jobs) {
    REQUIRE(pim_submit(&device, &job) == PIM_OK);
  }
  CHECK(pim_wait(&device, &jobs[2]) == PIM_OK);
  CHECK(first.loads == 2);
  CHECK(streamed.loads == 1);
  CHECK(doorbells() == 4 + 2 + 4);
}

TEST_CASE_METHOD(JobFixture, "the network of pim_load takes turns with attached ones") {
  pim_job job = make_job(nullptr);
  CHECK(pim_submit(&device, &job) == PIM_E_NOT_LOADED);
  REQUIRE(load() == PIM_OK);
  pim_job other = make_job(&second);
  REQUIRE(pim_submit(&device, &job) == PIM_OK);
  REQUIRE(pim_submit(&device, &other) == PIM_OK);
  CHECK(run() == PIM_OK);  // behind both, and back on the chip
  CHECK(job.error.status == PIM_OK);
  CHECK(other.error.status == PIM_OK);
  CHECK(device.network.loads == 2);
  CHECK(second.loads == 1);
}

TEST_CASE("jobs of two chips run at the same time") {
  constexpr std::uint64_t second_base = 0x20000000;
  JobFixture fixture;
  MockSystem& system = fixture.system;
  system.add_chip(second_base);
  pim_device other{};
  const pim_hal hal = system.hal();
  REQUIRE(pim_open(&other, &hal, second_base) == PIM_OK);
  pim_network network{};
  REQUIRE(pim_attach(&other, &network, JobFixture::image_address, fixture.image.bytes().size(), 0x90000000, 4096) ==
          PIM_OK);
  system.interrupt_handler = [&] {
    pim_irq(&fixture.device);
    pim_irq(&other);
  };
  pim_job jobs[] = {fixture.make_job(&fixture.first), fixture.make_job(&network)};
  REQUIRE(pim_submit(&fixture.device, &jobs[0]) == PIM_OK);
  REQUIRE(pim_submit(&other, &jobs[1]) == PIM_OK);
  while (pim_poll(&fixture.device) | pim_poll(&other)) {
    system.pass(10);
  }
  CHECK(fixture.ended.size() == 2);
  CHECK(system.now() == 1000 + 4 * 10);  // as long as one of them alone
}

TEST_CASE_METHOD(JobFixture, "the time of the next look is what a sleeper needs to know") {
  CHECK(pim_wake_time(&device) == PIM_NO_DEADLINE);
  device.wait_limit = 500;
  pim_job job = make_job(&first);
  pim_job limited = make_job(&first);
  limited.time_limit = 300;
  REQUIRE(pim_submit(&device, &job) == PIM_OK);
  CHECK(pim_wake_time(&device) == 1500);
  REQUIRE(pim_submit(&device, &limited) == PIM_OK);
  CHECK(pim_wake_time(&device) == 1300);
  device.poll_interval = 100;
  CHECK(pim_wake_time(&device) == 1100);
}

TEST_CASE_METHOD(JobFixture, "what cannot be is refused and leaves everything as it is") {
  pim_job job = make_job(&first);
  CHECK(pim_submit(nullptr, &job) == PIM_E_ARGUMENT);
  CHECK(pim_submit(&device, nullptr) == PIM_E_ARGUMENT);
  CHECK(pim_wait(&device, nullptr) == PIM_E_ARGUMENT);
  CHECK(pim_wait(&device, &job) == PIM_E_ARGUMENT);  // never submitted
  CHECK(pim_cancel(&device, &job) == PIM_E_ARGUMENT);
  CHECK(pim_attach(&device, nullptr, image_address, 64, scratch_address, 64) == PIM_E_ARGUMENT);
  CHECK_FALSE(pim_poll(nullptr));
  pim_network empty{};
  pim_job homeless = make_job(&empty);
  CHECK(pim_submit(&device, &homeless) == PIM_E_NOT_LOADED);
  job.output_address = UINT64_MAX - 3;
  CHECK(pim_submit(&device, &job) == PIM_E_ARGUMENT);
  job = make_job(&first);
  REQUIRE(pim_submit(&device, &job) == PIM_OK);
  CHECK(pim_submit(&device, &job) == PIM_E_BUSY);
  CHECK(attach(first, image_address) == PIM_E_BUSY);
  CHECK(load() == PIM_E_BUSY);
  CHECK(pim_recover(&device, &first) == PIM_E_BUSY);
  CHECK(pim_wait(&device, &job) == PIM_OK);
  CHECK(ended.size() == 1);
}

TEST_CASE_METHOD(JobFixture, "a network that is attached anew in the same memory is loaded again") {
  pim_job job = make_job(&first);
  REQUIRE(pim_submit(&device, &job) == PIM_OK);
  REQUIRE(pim_wait(&device, &job) == PIM_OK);
  REQUIRE(attach(first, 0x80030000) == PIM_OK);
  REQUIRE(pim_submit(&device, &job) == PIM_OK);
  REQUIRE(pim_wait(&device, &job) == PIM_OK);
  CHECK(doorbells() == 8);
  CHECK(system.chip().doorbells.back().base_network == 0x80030000);
}

TEST_CASE_METHOD(JobFixture, "a network whose image does not pass cannot run") {
  image.header.rows = 128;
  CHECK(attach(first, image_address) == PIM_E_ROWS);
  pim_job job = make_job(&first);
  CHECK(pim_submit(&device, &job) == PIM_E_NOT_LOADED);
  CHECK(doorbells() == 0);
}

TEST_CASE_METHOD(JobFixture, "the lock is never nested, and free while the driver sleeps or calls back") {
  static int depth;
  static int locks;
  static MockSystem* mock;
  depth = locks = 0;
  mock = &system;
  pim_hal hal = system.hal();
  hal.lock = [](void*) {
    CHECK(++depth == 1);
    ++locks;
  };
  hal.unlock = [](void*) { CHECK(--depth == 0); };
  hal.wait_for_interrupt = [](void*, std::uint64_t) {
    CHECK(depth == 0);
    mock->pass(10);
  };
  hal.write32 = [](void*, std::uint64_t address, std::uint32_t value) {
    CHECK((depth == 1 || locks == 0 || address == MockSystem::chip_base + PIM_REG_IRQ_ENABLE));  // pim_irq() has none
    mock->write32(address, value);
  };
  REQUIRE(pim_open(&device, &hal, MockSystem::chip_base) == PIM_OK);
  REQUIRE(load() == PIM_OK);
  REQUIRE(attach(second, second_image_address) == PIM_OK);
  pim_job jobs[] = {make_job(&second), make_job(nullptr), make_job(&second)};
  for (pim_job& job : jobs) {
    job.done = [](pim_job*, void*) { CHECK(depth == 0); };
    REQUIRE(pim_submit(&device, &job) == PIM_OK);
  }
  CHECK(pim_cancel(&device, &jobs[1]) == PIM_OK);
  CHECK(pim_wait(&device, &jobs[2]) == PIM_OK);
  CHECK(run() == PIM_OK);
  CHECK(pim_recover(&device, nullptr) == PIM_OK);
  CHECK(pim_reset(&device) == PIM_OK);
  CHECK(pim_close(&device) == PIM_OK);
  CHECK(depth == 0);
  CHECK(locks > 10);
}

TEST_CASE_METHOD(JobFixture, "threads that share a handle under a mutex all get their jobs done") {
  static std::mutex mutex;
  static MockSystem* mock;
  mock = &system;
  pim_hal hal = system.hal();
  hal.lock = [](void*) { mutex.lock(); };
  hal.unlock = [](void*) { mutex.unlock(); };
  hal.wait_for_interrupt = [](void*, std::uint64_t) {
    const std::lock_guard<std::mutex> guard(mutex);
    mock->handler_calls = 0;
    mock->pass(10);
  };
  device.hal = hal;
  constexpr int threads = 4;
  constexpr int jobs = 50;
  std::atomic<int> well{0};
  std::atomic<int> cancelled{0};
  std::vector<std::thread> pool;
  for (int i = 0; i < threads; ++i) {
    pool.emplace_back([this, i, &well, &cancelled] {
      for (int n = 0; n < jobs; ++n) {
        pim_job job{};
        job.network = (i + n) % 3 == 0 ? &second : &first;
        job.input_address = input_address + static_cast<std::uint64_t>(i) * 0x100;
        job.output_address = output_address + static_cast<std::uint64_t>(i) * 0x100;
        pim_status status = pim_submit(&device, &job);
        if (n % 10 == 9) {
          pim_cancel(&device, &job);
        }
        status = status == PIM_OK ? pim_wait(&device, &job) : status;
        well += status == PIM_OK ? 1 : 0;
        cancelled += status == PIM_E_CANCELLED ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : pool) {
    thread.join();
  }
  CHECK(well + cancelled == threads * jobs);
  CHECK(well >= threads * jobs * 9 / 10);
  CHECK_FALSE(pim_poll(&device));
}
