#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <systemc>
#include <tlm>

#include "platform/boot_info.h"
#include "platform/bus.h"
#include "platform/clint.h"
#include "platform/cpu/cpu.h"
#include "platform/faults/fault_injector.h"
#include "platform/memory.h"
#include "platform/plic.h"
#include "platform/soc_config.h"
#include "platform/test_finisher.h"
#include "platform/uart.h"

namespace spinvp::platform {

/// Who runs the driver.
enum class HostKind {
  RiscV,    ///< the RISC-V core of the SoC runs firmware
  External  ///< a module outside: bind_host()
};

/// The system around the PIM chip: host, bus, memories and devices at the addresses of the config. The chip is bound
/// from outside, as is a host other than the RISC-V core; without a chip its addresses answer with bus errors.
///
///     host --- bus --- boot ROM, RAM, UART, CLINT, PLIC, finisher
///               | \--- registers of the chip
///               +----- DMA of the chip
///
/// The core sees what the chip and the debugger write, code included: their writes are announced to it, which is why
/// they get direct memory pointers for reading only.
class VirtualSoc : public sc_core::sc_module {
 public:
  sc_core::sc_signal<bool> accelerator_reset{"accelerator_reset"};  ///< low unless somebody outside drives it

  VirtualSoc(sc_core::sc_module_name name, const SocConfig& config, HostKind host = HostKind::RiscV);

  // Before the simulation starts
  /// Connects the chip: its registers, its DMA and its interrupt line.
  void bind_accelerator(tlm::tlm_base_target_socket<>& registers, tlm::tlm_base_initiator_socket<>& dma,
                        sc_core::sc_out<bool>& irq, sc_core::sc_in<bool>& reset);
  /// Connects the host of HostKind::External.
  void bind_host(tlm::tlm_base_initiator_socket<>& host, sc_core::sc_in<bool>& external_irq);
  /// Loads an ELF executable, points the boot ROM at it and writes boot_information(). InputError as load_elf().
  void load_firmware(const std::string& path);

  // At any time
  /// What the platform itself knows; the caller adds networks, images and results.
  boot_info boot_information() const;
  void write_boot_information(const boot_info& information);
  /// Debug accesses: no simulated time, no side effects; to devices only once the simulation runs.
  /// RunError naming the address where there is nothing that can be read or written.
  void read_memory(std::uint64_t address, void* bytes, std::size_t length);
  void write_memory(std::uint64_t address, const void* bytes, std::size_t length);
  /// The same as far as it goes, for tools whose user picks the address: how many bytes from the first on were read or
  /// written.
  std::size_t peek(std::uint64_t address, std::uint8_t* bytes, std::size_t length);
  std::size_t poke(std::uint64_t address, const std::uint8_t* bytes, std::size_t length);

  /// Who gets what the guest prints; nobody at first.
  void on_uart_output(std::function<void(char)> output) { uart_.on_output(std::move(output)); }
  /// What the guest reads from its UART.
  void send_uart_input(const std::string& text) { uart_.receive(text); }
  /// What happens when the guest ends; at first stop().
  void on_finish(std::function<void(int)> finish) { finisher_.on_finish(std::move(finish)); }
  /// Ends the simulation.
  void stop();

  /// What the guest ended with; nothing while it runs.
  std::optional<int> exit_code() const { return finisher_.exit_code(); }
  /// Null for HostKind::External.
  const Cpu* cpu() const { return cpu_.get(); }
  Cpu* cpu() { return cpu_.get(); }
  /// What host and chip sent over the bus, and how long they waited for each other.
  const BusTraffic& host_traffic() const { return bus_.traffic("host"); }
  const BusTraffic& accelerator_traffic() const { return bus_.traffic("accelerator"); }
  const SocConfig& config() const { return config_; }
  /// Null unless the config has faults to inject.
  FaultInjector* faults() { return faults_.get(); }
  const FaultInjector* faults() const { return faults_.get(); }
  std::uint64_t ram_base() const { return config_.ram.base; }
  std::uint64_t ram_size() const { return config_.ram.size; }

 private:
  void bind_devices();
  void bind_interrupts();
  void bind_initiator(tlm::tlm_base_initiator_socket<>& initiator, const char* port, BusFaults* faults);
  void debug_access(tlm::tlm_command command, std::uint64_t address, std::uint8_t* bytes, std::size_t length);
  std::size_t debug_transfer(tlm::tlm_command command, std::uint64_t address, std::uint8_t* bytes, std::size_t length);
  void invalidate_code(std::uint64_t address, std::uint64_t length);

  SocConfig config_;
  Bus bus_;
  Memory boot_rom_;
  Memory ram_;
  Uart uart_;
  Clint clint_;
  Plic plic_;
  TestFinisher finisher_;
  std::unique_ptr<Cpu> cpu_;
  std::unique_ptr<FaultInjector> faults_;
  tlm_utils::simple_initiator_socket<VirtualSoc> debugger_{"debugger"};

  sc_core::sc_signal<bool> software_irq_{"software_irq"};
  sc_core::sc_signal<bool> timer_irq_{"timer_irq"};
  sc_core::sc_signal<bool> external_irq_{"external_irq"};
  sc_core::sc_signal<bool> accelerator_irq_{"accelerator_irq"};
  sc_core::sc_signal<bool> faulty_irq_{"faulty_irq"};  ///< as the chip drives it, where faults are injected
  sc_core::sc_signal<bool> unused_irq_{"unused_irq"};  ///< sources nobody drives
};

}  // namespace spinvp::platform
