#include "platform/virtual_soc.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "core/errors.h"
#include "platform/boot_rom.h"
#include "platform/elf_loader.h"

namespace spinvp::platform {
namespace {

constexpr const char* host_port = "host";
constexpr const char* accelerator_port = "accelerator";
constexpr const char* debugger_port = "debugger";

/// The bus knows fixed priorities in the order of its initiators only.
BusConfig bus_config(const SocConfig& config) {
  const auto region = [](const char* name, const AddressRange& range) {
    return BusRegion{name, range.base, range.size};
  };
  BusConfig bus;
  bus.latency = config.bus_latency;
  bus.initiators = {host_port, accelerator_port, debugger_port};
  bus.regions = {region("boot_rom", config.boot_rom),
                 region("ram", config.ram),
                 region("uart", config.uart),
                 region("clint", config.clint),
                 region("plic", config.plic),
                 region("finisher", config.finisher),
                 region("pim", config.pim)};
  bus.timing = config.timing;
  bus.arbitration =
      config.bus_arbitration == SocArbitration::RoundRobin ? BusArbitration::RoundRobin : BusArbitration::FixedPriority;
  if (config.bus_arbitration == SocArbitration::ChipFirst) {
    std::swap(bus.initiators[0], bus.initiators[1]);
  }
  bus.outstanding = config.bus_outstanding;
  bus.beat_latency = config.bus_beat_latency;
  bus.beat_bytes = config.bus_beat_bytes;
  return bus;
}

/// On-chip and as fast as the bus.
MemoryConfig boot_rom_config(const SocConfig& config) {
  MemoryConfig rom;
  rom.size = config.boot_rom.size;
  rom.read_only = true;
  return rom;
}

MemoryConfig ram_config(const SocConfig& config) {
  return {config.ram.size, false, config.ram_access_latency, config.ram_beat_latency, config.ram_beat_bytes};
}

CpuConfig cpu_config(const SocConfig& config) {
  CpuConfig cpu;
  cpu.clock_period = config.clock_period;
  cpu.quantum = config.quantum;
  cpu.reset_pc = static_cast<std::uint32_t>(config.boot_rom.base);
  cpu.data_over_bus = config.data_path == DataPath::Bus;
  return cpu;
}

/// The part of [address, address + length) in `range` is all of it.
bool inside(const AddressRange& range, std::uint64_t address, std::size_t length) {
  return address >= range.base && address - range.base <= range.size && length <= range.size - (address - range.base);
}

}  // namespace

VirtualSoc::VirtualSoc(sc_core::sc_module_name name, const SocConfig& config, HostKind host)
    : sc_module(name),
      config_(config),
      bus_("bus", bus_config(config)),
      boot_rom_("boot_rom", boot_rom_config(config)),
      ram_("ram", ram_config(config)),
      uart_("uart"),
      clint_("clint", ClintConfig{config.timer_tick()}),
      plic_("plic", config.interrupt_sources),
      finisher_("finisher"),
      cpu_(host == HostKind::RiscV ? std::make_unique<Cpu>("cpu", cpu_config(config)) : nullptr),
      faults_(config.faults.empty() ? nullptr : std::make_unique<FaultInjector>(config.faults)) {
  bind_devices();
  bind_interrupts();
  finisher_.on_finish([this](int) { stop(); });
  if (cpu_) {
    bind_initiator(cpu_->bus, host_port, faults_ ? faults_->cpu() : nullptr);
    bus_.observe_writes(accelerator_port,
                        [this](std::uint64_t address, std::uint64_t length) { cpu_->memory_written(address, length); });
    bus_.observe_writes(debugger_port,
                        [this](std::uint64_t address, std::uint64_t length) { invalidate_code(address, length); });
  } else if (config_.data_path == DataPath::Bus) {
    bus_.deny_direct_memory(host_port);  // the core keeps its pointers, to fetch instructions
  }
}

void VirtualSoc::bind_devices() {
  bus_.region("boot_rom").bind(boot_rom_.socket);
  bus_.region("ram").bind(ram_.socket);
  bus_.region("uart").bind(uart_.socket);
  bus_.region("clint").bind(clint_.socket);
  bus_.region("plic").bind(plic_.socket);
  bus_.region("finisher").bind(finisher_.socket);
  debugger_.bind(bus_.initiator(debugger_port));
}

void VirtualSoc::bind_interrupts() {
  clint_.software_irq.bind(software_irq_);
  clint_.timer_irq.bind(timer_irq_);
  plic_.irq.bind(external_irq_);
  for (std::uint32_t id = 1; id <= config_.interrupt_sources; ++id) {
    plic_.sources[id - 1].bind(id == config_.pim_interrupt ? accelerator_irq_ : unused_irq_);
  }
  if (cpu_) {
    cpu_->software_irq.bind(software_irq_);
    cpu_->timer_irq.bind(timer_irq_);
    cpu_->external_irq.bind(external_irq_);
  }
}

void VirtualSoc::bind_initiator(tlm::tlm_base_initiator_socket<>& initiator, const char* port, BusFaults* faults) {
  if (faults == nullptr) {
    initiator.bind(bus_.initiator(port));
    return;
  }
  initiator.bind(faults->in);
  faults->out.bind(bus_.initiator(port));
}

void VirtualSoc::bind_accelerator(tlm::tlm_base_target_socket<>& registers, tlm::tlm_base_initiator_socket<>& dma,
                                  sc_core::sc_out<bool>& irq, sc_core::sc_in<bool>& reset) {
  bus_.region("pim").bind(registers);
  bind_initiator(dma, accelerator_port, faults_ ? faults_->dma() : nullptr);
  if (InterruptFaults* faults = faults_ ? faults_->interrupt() : nullptr) {
    irq.bind(faulty_irq_);
    faults->in.bind(faulty_irq_);
    faults->out.bind(accelerator_irq_);
  } else {
    irq.bind(accelerator_irq_);
  }
  reset.bind(accelerator_reset);
}

void VirtualSoc::bind_host(tlm::tlm_base_initiator_socket<>& host, sc_core::sc_in<bool>& external_irq) {
  bind_initiator(host, host_port, faults_ ? faults_->cpu() : nullptr);
  external_irq.bind(external_irq_);
}

void VirtualSoc::load_firmware(const std::string& path) {
  const std::uint32_t entry = load_elf(path, config_.firmware_memory(),
                                       [this](std::uint64_t address, const std::uint8_t* bytes, std::size_t length) {
                                         write_memory(address, bytes, length);
                                         return true;
                                       });
  const std::vector<std::uint8_t> code = boot_rom_code(entry, config_.boot_info);
  std::copy(code.begin(), code.end(), boot_rom_.data());
  invalidate_code(config_.boot_rom.base, code.size());
  write_boot_information(boot_information());
}

boot_info VirtualSoc::boot_information() const {
  boot_info information{};
  information.magic = BOOT_MAGIC;
  information.version = BOOT_VERSION_MAJOR_VALUE;
  information.uart_base = config_.uart.base;
  information.clint_base = config_.clint.base;
  information.plic_base = config_.plic.base;
  information.finisher_base = config_.finisher.base;
  information.pim_base = config_.pim.base;
  information.pim_irq = config_.pim_interrupt;
  information.timer_hz = config_.timer_hz;
  return information;
}

void VirtualSoc::write_boot_information(const boot_info& information) {
  static_assert(sizeof information == BOOT_INFO_BYTES, "the guest sees the same layout");
  write_memory(config_.boot_info, &information, sizeof information);
}

void VirtualSoc::read_memory(std::uint64_t address, void* bytes, std::size_t length) {
  debug_access(tlm::TLM_READ_COMMAND, address, static_cast<std::uint8_t*>(bytes), length);
}

void VirtualSoc::write_memory(std::uint64_t address, const void* bytes, std::size_t length) {
  debug_access(tlm::TLM_WRITE_COMMAND, address, static_cast<std::uint8_t*>(const_cast<void*>(bytes)), length);
}

std::size_t VirtualSoc::peek(std::uint64_t address, std::uint8_t* bytes, std::size_t length) {
  std::size_t done = debug_transfer(tlm::TLM_READ_COMMAND, address, bytes, length);
  // Registers give whole words, one at a time.
  while (done < length) {
    std::uint8_t word[4];
    const std::uint64_t from = (address + done) % sizeof word;
    if (debug_transfer(tlm::TLM_READ_COMMAND, address + done - from, word, sizeof word) != sizeof word) break;
    const std::size_t part = std::min<std::size_t>(sizeof word - from, length - done);
    std::copy_n(word + from, part, bytes + done);
    done += part;
  }
  return done;
}

std::size_t VirtualSoc::poke(std::uint64_t address, const std::uint8_t* bytes, std::size_t length) {
  return debug_transfer(tlm::TLM_WRITE_COMMAND, address, const_cast<std::uint8_t*>(bytes), length);
}

std::size_t VirtualSoc::debug_transfer(tlm::tlm_command command, std::uint64_t address, std::uint8_t* bytes,
                                       std::size_t length) {
  if (inside(config_.ram, address, length)) {
    std::uint8_t* const at = ram_.data() + (address - config_.ram.base);
    if (command == tlm::TLM_READ_COMMAND) {
      std::copy_n(at, length, bytes);
    } else {
      std::copy_n(bytes, length, at);
      invalidate_code(address, length);
    }
    return length;
  }
  if (!sc_core::sc_start_of_simulation_invoked() || length > std::numeric_limits<unsigned>::max()) return 0;
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(bytes);
  payload.set_data_length(static_cast<unsigned>(length));
  payload.set_streaming_width(static_cast<unsigned>(length));
  return debugger_->transport_dbg(payload);
}

void VirtualSoc::debug_access(tlm::tlm_command command, std::uint64_t address, std::uint8_t* bytes,
                              std::size_t length) {
  if (debug_transfer(command, address, bytes, length) != length) {
    throw RunError(fmt::format("{}: cannot {} {} bytes at {:#x}", name(),
                               command == tlm::TLM_READ_COMMAND ? "read" : "write", length, address));
  }
}

void VirtualSoc::invalidate_code(std::uint64_t address, std::uint64_t length) {
  if (cpu_) {
    cpu_->invalidate_code(address, length);
  }
}

void VirtualSoc::stop() {
  sc_core::sc_stop();
}

}  // namespace spinvp::platform
