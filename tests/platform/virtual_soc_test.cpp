#include "platform/virtual_soc.h"

#include <catch2/catch.hpp>

#include "core/errors.h"
#include "support/elf_builder.h"
#include "support/test_accelerator.h"
#include "support/test_initiator.h"

using namespace spinvp;
using namespace spinvp::platform;
using Catch::Matchers::Contains;

namespace {

SocConfig default_config() {
  return load_soc_config(SPINVP_SOURCE_DIR "/configs/socs/default.yaml");
}

std::string firmware(const std::string& app) {
  return std::string(SPINVP_BINARY_DIR) + "/firmware/" + app + ".elf";
}

/// A SoC that keeps what its guest prints.
struct System {
  VirtualSoc soc;
  std::string printed;

  explicit System(HostKind host = HostKind::RiscV) : soc("soc", default_config(), host) {
    soc.on_uart_output([this](char byte) { printed += byte; });
  }
  void run(const std::string& app) {
    soc.load_firmware(firmware(app));
    sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_SEC));
  }
};

}  // namespace

TEST_CASE("the hello firmware prints its line and ends with success") {
  System system;
  system.run("hello");
  CHECK(system.printed == "hello from SpinVP: PIM chip at 0x40000000, timer 10000000 Hz\n");
  CHECK(system.soc.exit_code() == 0);
  CHECK(system.soc.cpu()->instructions() > 1000);
}

TEST_CASE("an exception of the firmware is reported and ends with its own code") {
  System system;
  system.run("exception");
  CHECK_THAT(system.printed, Contains("exception: load access fault: mcause 0x00000005, mepc 0x8001") &&
                                 Contains(", mtval 0x30000000\n"));
  CHECK(system.soc.exit_code() == 0xe5);
}

TEST_CASE("a stack overflow of the firmware is reported instead of changing data") {
  System system;
  system.run("overflow");
  CHECK_THAT(system.printed, Contains("exception: store access fault") && Contains("mtval 0x7ffff"));
  CHECK(system.soc.exit_code() == 0xe7);
}

TEST_CASE("the timer wakes a sleeping core at its tick") {
  System system;
  system.run("sleep");
  CHECK_THAT(system.printed, Contains("slept 1000") && Contains(" ticks\n"));
  CHECK(system.soc.exit_code() == 7);
  CHECK(system.soc.cpu()->sleep_time() > sc_core::sc_time(0.99, sc_core::SC_MS));
  CHECK(system.soc.cpu()->instructions() < 100000);
}

TEST_CASE("the chip's interrupts arrive once each and its writes are seen, code included") {
  System system;
  TestAccelerator accelerator("accelerator");
  system.soc.bind_accelerator(accelerator.host, accelerator.dma, accelerator.irq, accelerator.reset);
  system.run("accelerator");
  CHECK(system.printed == "before: 1\nafter: 10\nafter: 20\nafter: 30\nafter: 40\nafter: 50\n5 interrupts\n");
  CHECK(system.soc.exit_code() == 0);
  CHECK_FALSE(accelerator.write_pointer_granted);
}

TEST_CASE("without a chip its addresses answer with a bus error") {
  System system;
  system.run("accelerator");
  CHECK_THAT(system.printed, Contains("exception: store access fault") && Contains("mtval 0x40000000"));
  CHECK(system.soc.exit_code() == 0xe7);
}

TEST_CASE("firmware without valid boot information sleeps and never ends") {
  System system;
  system.soc.load_firmware(firmware("hello"));
  system.soc.write_boot_information(boot_info{});
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_SEC));
  CHECK(system.printed.empty());
  CHECK_FALSE(system.soc.exit_code());
  CHECK(system.soc.cpu()->instructions() < 10000);
}

TEST_CASE("the boot information says where everything is") {
  System system;
  const SocConfig& config = system.soc.config();
  const boot_info information = system.soc.boot_information();
  CHECK(information.magic == BOOT_MAGIC);
  CHECK(information.version == BOOT_VERSION_MAJOR_VALUE);
  CHECK(information.uart_base == config.uart.base);
  CHECK(information.clint_base == config.clint.base);
  CHECK(information.plic_base == config.plic.base);
  CHECK(information.finisher_base == config.finisher.base);
  CHECK(information.pim_base == config.pim.base);
  CHECK(information.pim_irq == config.pim_interrupt);
  CHECK(information.timer_hz == config.timer_hz);
  system.soc.load_firmware(firmware("hello"));
  boot_info written{};
  system.soc.read_memory(config.boot_info, &written, sizeof written);
  CHECK(written.pim_base == information.pim_base);
}

TEST_CASE("another host takes the core's place") {
  System system(HostKind::External);
  TestInitiator host("host");
  sc_core::sc_signal<bool> unused("unused");
  struct Listener : sc_core::sc_module {
    sc_core::sc_in<bool> irq{"irq"};
    explicit Listener(sc_core::sc_module_name name) : sc_module(name) {}
  } listener("listener");
  TestAccelerator accelerator("accelerator");
  system.soc.bind_accelerator(accelerator.host, accelerator.dma, accelerator.irq, accelerator.reset);
  system.soc.bind_host(host.socket, listener.irq);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);

  CHECK(system.soc.cpu() == nullptr);
  CHECK(host.write(0x10000000, '!').ok());
  CHECK(system.printed == "!");
  CHECK(host.write(0x0c000004, 1).ok());
  CHECK(host.write(0x0c002000, 2).ok());
  CHECK(host.write(0x40000000, 0x80001000).ok());
  sc_core::sc_start(sc_core::sc_time(2, sc_core::SC_US));
  CHECK(listener.irq.read());
  CHECK(host.read(0x80001000).value == (0x513u | 10u << 20));
  CHECK(accelerator.write_pointer_granted);
  CHECK(host.write(0x00100000, 0x00033333).ok());
  CHECK(system.soc.exit_code() == 3);
}

TEST_CASE("tools read and write memory before the simulation") {
  System system;
  const std::uint64_t last = system.soc.ram_base() + system.soc.ram_size() - 4;
  std::uint32_t value = 0x12345678;
  system.soc.write_memory(last, &value, 4);
  value = 0;
  system.soc.read_memory(last, &value, 4);
  CHECK(value == 0x12345678);
  CHECK_THROWS_WITH(system.soc.read_memory(last + 2, &value, 4), Contains("cannot read 4 bytes at 0x83fffffe"));
  CHECK_THROWS_AS(system.soc.write_memory(0x1000, &value, 4), RunError);
}

TEST_CASE("tools look into devices while the simulation runs") {
  // Without the core: the address sanitizer loses its way when an exception is thrown after coroutines have run.
  System system(HostKind::External);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  std::uint32_t value = 0;
  system.soc.send_uart_input("x");
  system.soc.read_memory(0x10000004, &value, 4);
  CHECK(value == 'x');
  CHECK_THROWS_WITH(system.soc.read_memory(0x30000000, &value, 4), Contains("cannot read 4 bytes at 0x30000000"));
  CHECK_THROWS_WITH(system.soc.write_memory(0x10000000, &value, 4), Contains("cannot write 4 bytes at 0x10000000"));
}

TEST_CASE("what happens when the guest ends can be replaced") {
  System system;
  int code = -1;
  system.soc.on_finish([&](int finished) { code = finished; });
  system.run("hello");
  CHECK(code == 0);
  CHECK(sc_core::sc_time_stamp() == sc_core::sc_time(1, sc_core::SC_SEC));
}

TEST_CASE("firmware that reaches into the data above it is refused") {
  System system;
  ElfBuilder elf;
  elf.segments[1].p_paddr = 0x803fffff;
  CHECK_THROWS_WITH(system.soc.load_firmware(elf.write("reaching")),
                    Contains("the segment at 0x803fffff..0x80400001 is outside the memory for firmware"));
}
