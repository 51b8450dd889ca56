#include <catch2/catch.hpp>

#include "platform/virtual_soc.h"
#include "support/test_accelerator.h"

using namespace spinvp;
using namespace spinvp::platform;
using sc_core::sc_time;

namespace {

/// A SoC whose firmware and accelerator work together; it keeps what the guest prints and when it ends.
struct System {
  VirtualSoc soc;
  TestAccelerator accelerator{sc_core::sc_gen_unique_name("accelerator")};
  std::string printed;
  sc_time end;

  System(TimingStyle timing, DataPath data_path) : soc(sc_core::sc_gen_unique_name("soc"), config(timing, data_path)) {
    soc.on_uart_output([this](char byte) { printed += byte; });
    soc.on_finish([this](int) { end = sc_core::sc_time_stamp(); });
    soc.bind_accelerator(accelerator.host, accelerator.dma, accelerator.irq, accelerator.reset);
    soc.load_firmware(std::string(SPINVP_BINARY_DIR) + "/firmware/accelerator.elf");
  }
  static SocConfig config(TimingStyle timing, DataPath data_path) {
    SocConfig config = load_soc_config(SPINVP_SOURCE_DIR "/configs/socs/default.yaml");
    config.timing = timing;
    config.data_path = data_path;
    return config;
  }
  sc_time waiting() const { return soc.host_traffic().waiting + soc.accelerator_traffic().waiting; }
};

}  // namespace

TEST_CASE("a SoC does the same in both styles and with both data paths, only its times differ") {
  System loose(TimingStyle::Loose, DataPath::Direct);
  System approximate(TimingStyle::Approximate, DataPath::Direct);
  System loose_bus(TimingStyle::Loose, DataPath::Bus);
  System approximate_bus(TimingStyle::Approximate, DataPath::Bus);
  sc_core::sc_start(sc_time(3, sc_core::SC_MS));
  for (System* system : {&loose, &approximate, &loose_bus, &approximate_bus}) {
    CHECK(system->printed == "before: 1\nafter: 10\nafter: 20\nafter: 30\nafter: 40\nafter: 50\n5 interrupts\n");
    CHECK(system->soc.exit_code() == 0);
    CHECK(system->end > sc_core::SC_ZERO_TIME);
  }
  CHECK(loose.waiting() + loose_bus.waiting() == sc_core::SC_ZERO_TIME);
  CHECK(loose.soc.accelerator_traffic().transactions == 5);

  // The core sleeps while the accelerator writes, so nobody meets anybody.
  CHECK(approximate.waiting() == sc_core::SC_ZERO_TIME);
  CHECK(approximate.end == loose.end);
  CHECK(approximate_bus.end >= loose_bus.end);
  CHECK(approximate_bus.end - loose_bus.end <= approximate_bus.waiting());

  // Each load and store is a transaction of its own, which takes 10 + 30 + 2.5 ns: nine cycles.
  CHECK(loose_bus.soc.host_traffic().transactions > 5 * loose.soc.host_traffic().transactions);
  CHECK(loose_bus.end > loose.end);
  CHECK(loose_bus.soc.cpu()->instructions() == loose.soc.cpu()->instructions());
}
