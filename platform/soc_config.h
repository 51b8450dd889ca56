#pragma once

#include <cstdint>
#include <string>
#include <systemc>
#include <vector>

#include "core/yaml.h"
#include "platform/bus.h"
#include "platform/faults/injected_fault.h"

namespace spinvp::platform {

struct AddressRange {
  std::uint64_t base = 0;
  std::uint64_t size = 0;  ///< bytes

  std::uint64_t end() const { return base + size; }  ///< first address behind it
};

/// Who is served first where host and chip wait for the same memory or device.
enum class SocArbitration { RoundRobin, HostFirst, ChipFirst };

/// How the host's loads and stores reach memory.
enum class DataPath {
  Direct,  ///< through direct memory pointers, beside the bus: as with a cache that always hits
  Bus      ///< each as a transaction; instructions are still fetched directly
};

/// The system around the chip, as `configs/socs/*.yaml` describe it. All addresses are below 4 GiB.
struct SocConfig {
  sc_core::sc_time clock_period;  ///< of the core
  sc_core::sc_time quantum;       ///< how far the core may run ahead of everything else
  DataPath data_path = DataPath::Direct;
  TimingStyle timing = TimingStyle::Loose;  ///< of bus and memories; not in the file
  sc_core::sc_time bus_latency;
  // Approximately timed only; the values are those of a file that does not name them.
  SocArbitration bus_arbitration = SocArbitration::RoundRobin;
  std::uint32_t bus_outstanding = 4;    ///< transactions that the bus takes of each side at a time
  sc_core::sc_time bus_beat_latency{};  ///< for so long a started beat occupies the way to a memory or device
  std::uint32_t bus_beat_bytes = 8;
  sc_core::sc_time ram_access_latency;
  sc_core::sc_time ram_beat_latency;
  std::uint32_t ram_beat_bytes = 8;
  std::uint32_t timer_hz = 0;  ///< ticks of mtime a second

  AddressRange boot_rom;
  AddressRange ram;
  AddressRange uart;
  AddressRange clint;
  AddressRange plic;
  AddressRange finisher;
  AddressRange pim;

  std::uint32_t interrupt_sources = 0;
  std::uint32_t pim_interrupt = 0;  ///< source number of the chip

  std::uint32_t boot_info = 0;  ///< address; RAM below it is the firmware's, RAM above it is for data

  std::vector<InjectedFault> faults;  ///< to be injected; not in the file

  AddressRange firmware_memory() const { return {ram.base, boot_info - ram.base}; }
  sc_core::sc_time timer_tick() const;
};

/// Reads and checks a system description; InputError names file, line and column.
SocConfig load_soc_config(const std::string& path);
SocConfig parse_soc_config(const Yaml& yaml);

}  // namespace spinvp::platform
