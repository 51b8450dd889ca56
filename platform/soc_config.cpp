#include "platform/soc_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "platform/plic.h"

namespace spinvp::platform {
namespace {

constexpr std::uint64_t page = 0x1000;
constexpr std::uint64_t address_limit = std::uint64_t{1} << 32;
constexpr double picoseconds_per_second = 1e12;

struct NamedRange {
  const char* name;
  AddressRange SocConfig::*member;
  std::uint64_t minimum_size;  ///< what the device's registers need
};

constexpr NamedRange ranges[] = {
    {"boot_rom", &SocConfig::boot_rom, page}, {"ram", &SocConfig::ram, 16 * page},
    {"uart", &SocConfig::uart, page},         {"clint", &SocConfig::clint, 0x10000},
    {"plic", &SocConfig::plic, 0x400000},     {"finisher", &SocConfig::finisher, page},
    {"pim", &SocConfig::pim, page},
};

sc_core::sc_time read_time(const Yaml& yaml) {
  const double picoseconds = yaml.quantity("ps").value;
  if (picoseconds > 1e15) {
    yaml.fail(fmt::format("expected at most 1000 s, found {} s", picoseconds / picoseconds_per_second));
  }
  return sc_core::sc_time(std::round(picoseconds), sc_core::SC_PS);
}

sc_core::sc_time read_positive_time(const Yaml& yaml) {
  const sc_core::sc_time time = read_time(yaml);
  if (time == sc_core::SC_ZERO_TIME) {
    yaml.fail("must be at least 1 ps");
  }
  return time;
}

sc_core::sc_time read_clock_period(const Yaml& yaml) {
  const double hertz = yaml.quantity("Hz").value;
  if (hertz < 1.0 || hertz > 1e11) {
    yaml.fail(fmt::format("expected a clock from 1 Hz to 100 GHz, found {} Hz", hertz));
  }
  return sc_core::sc_time(std::round(picoseconds_per_second / hertz), sc_core::SC_PS);
}

std::uint32_t read_timer_hz(const Yaml& yaml) {
  const auto hertz = static_cast<std::uint32_t>(yaml.count("Hz", 1, 1000000000));
  if (std::uint64_t{1000000000000} % hertz != 0) {
    yaml.fail("a tick must be a whole number of picoseconds");
  }
  return hertz;
}

AddressRange read_range(const Yaml& yaml, std::uint64_t minimum_size) {
  yaml.allow({"base", "size"});
  const Yaml base = yaml["base"];
  const Yaml size = yaml["size"];
  const AddressRange range{base.address(), size.address()};
  if (range.size == 0) {
    size.fail("must not be 0");
  }
  if (range.base % page != 0) {
    base.fail(fmt::format("{:#x} is not a multiple of {:#x}", range.base, page));
  }
  if (range.size % page != 0) {
    size.fail(fmt::format("{:#x} is not a multiple of {:#x}", range.size, page));
  }
  if (range.size < minimum_size) {
    size.fail(fmt::format("expected at least {:#x}, found {:#x}", minimum_size, range.size));
  }
  if (range.base >= address_limit || range.size > address_limit - range.base) {
    base.fail(fmt::format("{:#x} + {:#x} is beyond the core's 32-bit addresses", range.base, range.size));
  }
  return range;
}

void read_memory_map(const Yaml& map, SocConfig& config) {
  map.allow({"boot_rom", "ram", "uart", "clint", "plic", "finisher", "pim"});
  for (std::size_t i = 0; i < std::size(ranges); ++i) {
    const Yaml yaml = map[ranges[i].name];
    const AddressRange range = read_range(yaml, ranges[i].minimum_size);
    for (std::size_t j = 0; j < i; ++j) {
      const AddressRange& other = config.*ranges[j].member;
      if (range.base < other.end() && other.base < range.end()) {
        yaml["base"].fail(fmt::format("{:#x}..{:#x} overlaps memory_map.{} ({:#x}..{:#x})", range.base, range.end() - 1,
                                      ranges[j].name, other.base, other.end() - 1));
      }
    }
    config.*ranges[i].member = range;
  }
}

void read_cpu(const Yaml& cpu, SocConfig& config) {
  cpu.allow({"clock", "quantum", "data_path"});
  config.clock_period = read_clock_period(cpu["clock"]);
  config.quantum = read_positive_time(cpu["quantum"]);
  if (cpu.has("data_path")) {
    config.data_path = cpu["data_path"].one_of({"direct", "bus"}) == "bus" ? DataPath::Bus : DataPath::Direct;
  }
}

SocArbitration read_arbitration(const Yaml& yaml) {
  const std::string name = yaml.one_of({"round_robin", "host_first", "chip_first"});
  if (name == "round_robin") {
    return SocArbitration::RoundRobin;
  }
  return name == "host_first" ? SocArbitration::HostFirst : SocArbitration::ChipFirst;
}

void read_bus(const Yaml& bus, SocConfig& config) {
  bus.allow({"latency", "arbitration", "outstanding", "beat_latency", "beat_bytes"});
  config.bus_latency = read_time(bus["latency"]);
  if (bus.has("arbitration")) {
    config.bus_arbitration = read_arbitration(bus["arbitration"]);
  }
  if (bus.has("outstanding")) {
    config.bus_outstanding = static_cast<std::uint32_t>(bus["outstanding"].count("transactions", 1, 1024));
  }
  if (bus.has("beat_latency")) {
    config.bus_beat_latency = read_time(bus["beat_latency"]);
  }
  if (bus.has("beat_bytes")) {
    config.bus_beat_bytes = static_cast<std::uint32_t>(bus["beat_bytes"].count("B", 1, 4096));
  }
}

std::uint32_t read_boot_info(const Yaml& yaml, const AddressRange& ram) {
  const std::uint64_t address = yaml.address();
  if (address % page != 0) {
    yaml.fail(fmt::format("{:#x} is not a multiple of {:#x}", address, page));
  }
  if (address <= ram.base || address >= ram.end()) {
    yaml.fail(
        fmt::format("{:#x} is not in RAM behind the firmware (RAM is {:#x}..{:#x})", address, ram.base, ram.end() - 1));
  }
  return static_cast<std::uint32_t>(address);
}

}  // namespace

sc_core::sc_time SocConfig::timer_tick() const {
  return sc_core::sc_time(picoseconds_per_second / timer_hz, sc_core::SC_PS);
}

SocConfig load_soc_config(const std::string& path) {
  return parse_soc_config(Yaml::load(path));
}

SocConfig parse_soc_config(const Yaml& yaml) {
  yaml.allow({"cpu", "bus", "ram", "timer", "memory_map", "interrupts", "boot_info"});
  SocConfig config;
  read_cpu(yaml["cpu"], config);
  read_bus(yaml["bus"], config);
  const Yaml ram = yaml["ram"];
  ram.allow({"access_latency", "beat_latency", "beat_bytes"});
  config.ram_access_latency = read_time(ram["access_latency"]);
  config.ram_beat_latency = read_time(ram["beat_latency"]);
  config.ram_beat_bytes = static_cast<std::uint32_t>(ram["beat_bytes"].count("B", 1, 4096));
  const Yaml timer = yaml["timer"];
  timer.allow({"frequency"});
  config.timer_hz = read_timer_hz(timer["frequency"]);
  read_memory_map(yaml["memory_map"], config);
  const Yaml interrupts = yaml["interrupts"];
  interrupts.allow({"sources", "pim"});
  config.interrupt_sources = static_cast<std::uint32_t>(interrupts["sources"].integer(1, Plic::max_sources));
  config.pim_interrupt = static_cast<std::uint32_t>(interrupts["pim"].integer(1, config.interrupt_sources));
  config.boot_info = read_boot_info(yaml["boot_info"], config.ram);
  return config;
}

}  // namespace spinvp::platform
