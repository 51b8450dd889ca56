// Every link of the system around the chip holds to the base protocol while firmware runs.
#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/boot_info.h"
#include "platform/boot_rom.h"
#include "platform/bus.h"
#include "platform/clint.h"
#include "platform/cpu/cpu.h"
#include "platform/elf_loader.h"
#include "platform/faults/bus_faults.h"
#include "platform/memory.h"
#include "platform/plic.h"
#include "platform/soc_config.h"
#include "platform/test_finisher.h"
#include "platform/uart.h"
#include "support/test_accelerator.h"
#include "support/worker.h"
#include "tests/support/protocol_checker.h"

using namespace spinvp;
using namespace spinvp::platform;
using sc_core::sc_time;
using test::ProtocolChecker;

namespace {

constexpr std::uint64_t refused_offset = 0x3000000;  ///< in RAM: of what the fault of the DMA refuses

SocConfig soc_config(TimingStyle timing, DataPath data_path) {
  SocConfig config = load_soc_config(SPINVP_SOURCE_DIR "/configs/socs/default.yaml");
  config.timing = timing;
  config.data_path = data_path;
  return config;
}

BusConfig bus_config(const SocConfig& soc) {
  BusConfig bus;
  bus.latency = soc.bus_latency;
  bus.initiators = {"cpu", "accelerator", "worker"};
  bus.regions = {{"boot_rom", soc.boot_rom.base, soc.boot_rom.size},
                 {"ram", soc.ram.base, soc.ram.size},
                 {"uart", soc.uart.base, soc.uart.size},
                 {"clint", soc.clint.base, soc.clint.size},
                 {"plic", soc.plic.base, soc.plic.size},
                 {"finisher", soc.finisher.base, soc.finisher.size},
                 {"pim", soc.pim.base, soc.pim.size}};
  bus.timing = soc.timing;
  bus.outstanding = soc.bus_outstanding;
  bus.beat_latency = soc.bus_beat_latency;
  bus.beat_bytes = soc.bus_beat_bytes;
  return bus;
}

CpuConfig cpu_config(const SocConfig& soc) {
  CpuConfig cpu;
  cpu.clock_period = soc.clock_period;
  cpu.quantum = soc.quantum;
  cpu.reset_pc = static_cast<std::uint32_t>(soc.boot_rom.base);
  cpu.data_over_bus = soc.data_path == DataPath::Bus;
  return cpu;
}

/// The blocks of VirtualSoc with a checker on every link, faults injected in front of the bus, and a worker that reads
/// RAM meanwhile: in phases where the system is approximately timed.
struct CheckedSystem : sc_core::sc_module {
  using Checker = ProtocolChecker<>;

  const SocConfig config;
  const std::vector<InjectedFault> faults;
  StrikeLog strikes{3};
  std::vector<std::unique_ptr<Checker>> checkers;
  Bus bus;
  Cpu cpu;
  Memory boot_rom;
  Memory ram;
  Uart uart{"uart"};
  Clint clint;
  Plic plic;
  TestFinisher finisher{"finisher"};
  TestAccelerator accelerator{"accelerator"};
  Worker worker;
  BusFaults cpu_faults;
  BusFaults worker_faults;
  std::string printed;
  const Worker::Script* reads = nullptr;

  CheckedSystem(sc_core::sc_module_name name, TimingStyle timing, DataPath data_path, const std::string& app)
      : sc_module(name),
        config(soc_config(timing, data_path)),
        faults({parse_fault("bus_error:port=cpu,address=0x40000100,size=4"), parse_fault("stall:time=3 us,every=7"),
                parse_fault("bus_error:port=dma,address=0x83000000,size=4")}),
        bus("bus", bus_config(config)),
        cpu("cpu", cpu_config(config)),
        boot_rom("boot_rom", MemoryConfig{config.boot_rom.size, true, {}, {}, 8}),
        ram("ram", MemoryConfig{config.ram.size, false, config.ram_access_latency, config.ram_beat_latency,
                                config.ram_beat_bytes}),
        clint("clint", ClintConfig{config.timer_tick()}),
        plic("plic", config.interrupt_sources),
        worker("worker", timing == TimingStyle::Approximate ? std::optional(Worker::ResponseEnd::Call) : std::nullopt),
        cpu_faults("cpu_faults", FaultWire::Cpu, faults, strikes),
        worker_faults("worker_faults", FaultWire::Dma, faults, strikes) {
    link(cpu.bus, cpu_faults.in, "cpu", {false, true});
    link(cpu_faults.out, bus.initiator("cpu"), "cpu_faults", {true, true});
    link(worker.socket, worker_faults.in, "worker", {false, true});
    link(worker_faults.out, bus.initiator("worker"), "worker_faults", {true, true});
    link(accelerator.dma, bus.initiator("accelerator"), "dma", {false, true});
    link_region("boot_rom", boot_rom.socket);
    link_region("ram", ram.socket);
    link_region("uart", uart.socket);
    link_region("clint", clint.socket);
    link_region("plic", plic.socket);
    link_region("finisher", finisher.socket);
    link_region("pim", accelerator.host);
    bind_interrupts();
    uart.on_output([this](char byte) { printed += byte; });
    finisher.on_finish([](int) {});
    bus.observe_writes("accelerator",
                       [this](std::uint64_t address, std::uint64_t length) { cpu.memory_written(address, length); });
    load(app);
    reads = &worker.add(script());
  }

  std::string complaints() const {
    std::string all;
    for (const auto& checker : checkers) {
      const std::string some = checker->complaints();
      all += some.empty() ? "" : std::string(checker->basename()) + ": " + some;
    }
    return all;
  }
  /// Accesses that are transactions, in whatever style.
  std::uint64_t transactions(const std::string& link) const {
    for (const auto& checker : checkers) {
      if (checker->basename() == "at_" + link) {
        return checker->rules().traffic().blocking + checker->rules().traffic().completed;
      }
    }
    return 0;
  }

 private:
  template <typename Initiator, typename Target>
  void link(Initiator& initiator, Target& target, const std::string& name, test::LinkEnds ends) {
    checkers.push_back(std::make_unique<Checker>(("at_" + name).c_str(), ends));
    initiator.bind(checkers.back()->target);
    checkers.back()->initiator.bind(target);
  }
  template <typename Target>
  void link_region(const std::string& name, Target& target) {
    link(bus.region(name), target, name, {true, false});
  }

  void bind_interrupts() {
    clint.software_irq.bind(software_irq_);
    clint.timer_irq.bind(timer_irq_);
    plic.irq.bind(external_irq_);
    for (std::uint32_t id = 1; id <= config.interrupt_sources; ++id) {
      plic.sources[id - 1].bind(id == config.pim_interrupt ? accelerator_irq_ : unused_);
    }
    accelerator.irq.bind(accelerator_irq_);
    accelerator.reset.bind(unused_);
    cpu.software_irq.bind(software_irq_);
    cpu.timer_irq.bind(timer_irq_);
    cpu.external_irq.bind(external_irq_);
  }

  void load(const std::string& app) {
    const std::uint32_t entry =
        load_elf(std::string(SPINVP_BINARY_DIR) + "/firmware/" + app + ".elf", config.firmware_memory(),
                 [this](std::uint64_t address, const std::uint8_t* bytes, std::size_t length) {
                   std::memcpy(ram.data() + (address - config.ram.base), bytes, length);
                   return true;
                 });
    const std::vector<std::uint8_t> code = boot_rom_code(entry, config.boot_info);
    std::memcpy(boot_rom.data(), code.data(), code.size());
    boot_info information{};
    information.magic = BOOT_MAGIC;
    information.version = BOOT_VERSION_MAJOR_VALUE;
    information.uart_base = static_cast<std::uint32_t>(config.uart.base);
    information.clint_base = static_cast<std::uint32_t>(config.clint.base);
    information.plic_base = static_cast<std::uint32_t>(config.plic.base);
    information.finisher_base = static_cast<std::uint32_t>(config.finisher.base);
    information.pim_base = static_cast<std::uint32_t>(config.pim.base);
    information.pim_irq = config.pim_interrupt;
    information.timer_hz = config.timer_hz;
    std::memcpy(ram.data() + (config.boot_info - config.ram.base), &information, sizeof information);
  }

  /// Reads of 4 to 256 bytes behind the firmware's memory; every tenth is one that the fault refuses.
  Worker::Script script() const {
    Worker::Script accesses;
    for (std::uint32_t i = 0; i < 100; ++i) {
      Access access;
      access.at = sc_time(i, sc_core::SC_US);
      access.address = config.ram.base + refused_offset + (i % 10 == 9 ? 0 : 64);
      access.data.resize(4u << (i % 7));
      accesses.push_back(access);
    }
    return accesses;
  }

  sc_core::sc_signal<bool> software_irq_{"software_irq"};
  sc_core::sc_signal<bool> timer_irq_{"timer_irq"};
  sc_core::sc_signal<bool> external_irq_{"external_irq"};
  sc_core::sc_signal<bool> accelerator_irq_{"accelerator_irq"};
  sc_core::sc_signal<bool> unused_{"unused"};
};

void run_by_the_rules(TimingStyle timing) {
  CheckedSystem direct("direct", timing, DataPath::Direct, "accelerator");
  CheckedSystem on_bus("on_bus", timing, DataPath::Bus, "accelerator");
  CheckedSystem asleep("asleep", timing, DataPath::Bus, "sleep");
  sc_core::sc_start(sc_time(4, sc_core::SC_MS));
  for (const CheckedSystem* system : {&direct, &on_bus, &asleep}) {
    INFO(system->basename());
    CHECK(system->complaints() == "");
    for (const char* link : {"cpu", "cpu_faults", "worker", "worker_faults", "ram", "uart", "finisher"}) {
      INFO(link);
      CHECK(system->transactions(link) > 0);
    }
    CHECK(system->strikes.count(0) == 0);
    CHECK(system->strikes.count(1) == 14);
    CHECK(system->strikes.count(2) == 10);
    for (std::size_t i = 0; i < system->reads->size(); ++i) {
      CHECK((*system->reads)[i].status == (i % 10 == 9 ? tlm::TLM_GENERIC_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE));
    }
  }
  for (const CheckedSystem* system : {&direct, &on_bus}) {
    CHECK(system->printed == "before: 1\nafter: 10\nafter: 20\nafter: 30\nafter: 40\nafter: 50\n5 interrupts\n");
    CHECK(system->finisher.exit_code() == 0);
    CHECK(system->transactions("plic") > 10);
    CHECK(system->transactions("pim") == 10);
    CHECK(system->transactions("dma") == 5);
  }
  CHECK(on_bus.transactions("ram") > 5 * direct.transactions("ram"));
  CHECK(asleep.finisher.exit_code() == 7);
  CHECK(asleep.transactions("clint") > 3);
}

}  // namespace

TEST_CASE("all links of a loosely-timed system hold to the base protocol while firmware runs") {
  run_by_the_rules(TimingStyle::Loose);
}

TEST_CASE("all links of an approximately-timed system hold to the base protocol while firmware runs") {
  run_by_the_rules(TimingStyle::Approximate);
}
