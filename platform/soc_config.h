#pragma once

#include <cstdint>
#include <string>
#include <systemc>

#include "core/yaml.h"

namespace spinvp::platform {

struct AddressRange {
  std::uint64_t base = 0;
  std::uint64_t size = 0;  ///< bytes

  std::uint64_t end() const { return base + size; }  ///< first address behind it
};

/// The system around the chip, as `configs/socs/*.yaml` describe it. All addresses are below 4 GiB.
struct SocConfig {
  sc_core::sc_time clock_period;  ///< of the core
  sc_core::sc_time quantum;       ///< how far the core may run ahead of everything else
  sc_core::sc_time bus_latency;
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

  AddressRange firmware_memory() const { return {ram.base, boot_info - ram.base}; }
  sc_core::sc_time timer_tick() const;
};

/// Reads and checks a system description; InputError names file, line and column.
SocConfig load_soc_config(const std::string& path);
SocConfig parse_soc_config(const Yaml& yaml);

}  // namespace spinvp::platform
