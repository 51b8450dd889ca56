// The core under a debugger that is a script.
#include "platform/cpu/cpu_debugger.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "platform/virtual_soc.h"
#include "support/test_accelerator.h"

using namespace spinvp::platform;

namespace {

/// Watches writes to all data of the firmware; steps once behind what another than the core has written.
class Script : public CpuDebugger {
 public:
  explicit Script(Cpu& cpu) : cpu_(cpu) { cpu.attach(*this); }

  Resume halted(const Halt& halt) override {
    if (halt.reason == HaltReason::Start) {
      cpu_.core().add_watch({0x80010000, 0x10000, false, true});
    } else if (halt.reason == HaltReason::Watch) {
      ++own_writes;
    } else if (halt.reason == HaltReason::OtherWrite) {
      others.push_back({halt.hit.address, cpu_.core().pc(), cpu_.cycles(), cpu_.instructions()});
      return Resume::Step;
    } else if (halt.reason == HaltReason::Step) {
      CHECK(cpu_.core().pc() == others.back().pc);
      CHECK(cpu_.cycles() == others.back().cycles);
      ++steps;
      return steps == 5 ? Resume::Detach : Resume::Run;
    }
    return Resume::Run;
  }
  bool wants_halt() override { return false; }
  void wait_for_request() override { FAIL("the chip's answer is still to come"); }

  struct Write {
    std::uint32_t address = 0;
    std::uint32_t pc = 0;
    std::uint64_t cycles = 0;
    std::uint64_t instructions = 0;
  };
  std::vector<Write> others;
  int own_writes = 0;
  int steps = 0;

 private:
  Cpu& cpu_;
};

}  // namespace

TEST_CASE("a debugger sees what the chip writes while the core sleeps, and the core sleeps on") {
  VirtualSoc soc("soc", load_soc_config(SPINVP_SOURCE_DIR "/configs/socs/default.yaml"));
  std::string printed;
  soc.on_uart_output([&](char byte) { printed += byte; });
  TestAccelerator accelerator("accelerator");
  soc.bind_accelerator(accelerator.host, accelerator.dma, accelerator.irq, accelerator.reset);
  Script script(*soc.cpu());
  soc.load_firmware(SPINVP_BINARY_DIR "/firmware/accelerator.elf");
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_SEC));

  CHECK(printed == "before: 1\nafter: 10\nafter: 20\nafter: 30\nafter: 40\nafter: 50\n5 interrupts\n");
  CHECK(soc.exit_code() == 0);
  CHECK(script.own_writes > 10);
  CHECK(script.steps == 5);
  REQUIRE(script.others.size() == 5);
  for (const Script::Write& write : script.others) {
    CHECK(write.address == script.others.front().address);
    CHECK(write.pc == script.others.front().pc);  // behind the WFI
  }
  CHECK(soc.cpu()->sleep_time() > sc_core::SC_ZERO_TIME);
}
