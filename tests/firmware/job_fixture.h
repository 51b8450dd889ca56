#pragma once

#include <vector>

#include "firmware/driver_fixture.h"

namespace spinvp::test {

/// An open chip with two attached networks, `first` and `second`, which are the same image at two places, and jobs that
/// note in `ended` when they are over.
struct JobFixture : DriverFixture {
  static constexpr std::uint64_t second_image_address = 0x80020000;

  JobFixture() {
    REQUIRE(open() == PIM_OK);
    system.interrupt_handler = [this] { pim_irq(&device); };
    REQUIRE(attach(first, image_address) == PIM_OK);
    REQUIRE(attach(second, second_image_address) == PIM_OK);
  }

  pim_status attach(pim_network& network, std::uint64_t address) {
    const std::vector<std::uint8_t> bytes = image.bytes();
    system.load(address, bytes);
    return pim_attach(&device, &network, address, bytes.size(), scratch_address, scratch_bytes);
  }
  pim_job make_job(pim_network* network) {
    pim_job job{};
    job.network = network;
    job.input_address = input_address;
    job.output_address = output_address;
    job.done = [](pim_job* over, void* self) { static_cast<JobFixture*>(self)->ended.push_back(over); };
    job.done_context = this;
    return job;
  }
  /// Lets time pass between polls, as software does that has other things to do.
  int poll_to_the_end() {
    int polls = 1;
    for (; pim_poll(&device) && polls < 1000; ++polls) {
      system.pass(10);
    }
    return polls;
  }
  std::size_t doorbells() { return system.chip().doorbells.size(); }
  std::uint64_t stream(std::size_t doorbell) { return system.chip().doorbells.at(doorbell).stream_address; }
  /// Streams that are started from now on never end.
  void hang() {
    system.chip().on_stream = [](const Doorbell&) {
      StreamEnd end;
      end.kind = StreamEnd::Kind::Never;
      return end;
    };
  }
  void heal() {
    system.chip().on_stream = [](const Doorbell&) { return StreamEnd{}; };
  }

  pim_network first{};
  pim_network second{};
  std::vector<pim_job*> ended;
};

}  // namespace spinvp::test
