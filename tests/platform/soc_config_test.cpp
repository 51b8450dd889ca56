#include "platform/soc_config.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "core/errors.h"

using namespace spinvp;
using namespace spinvp::platform;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using sc_core::SC_NS;
using sc_core::sc_time;

namespace {

const std::string default_path = SPINVP_SOURCE_DIR "/configs/socs/default.yaml";

/// The default config with one text replaced.
std::string with(const std::string& from, const std::string& to) {
  std::ifstream stream(default_path);
  std::ostringstream text;
  text << stream.rdbuf();
  std::string result = text.str();
  const std::size_t at = result.find(from);
  REQUIRE(at != std::string::npos);
  return result.replace(at, from.size(), to);
}

std::string refusal(const std::string& from, const std::string& to) {
  try {
    parse_soc_config(Yaml::parse(with(from, to), "soc.yaml"));
  } catch (const InputError& error) {
    CHECK_THAT(error.what(), StartsWith("soc.yaml:"));
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("the system description that ships says what it says") {
  const SocConfig config = load_soc_config(default_path);
  CHECK(config.clock_period == sc_time(5, SC_NS));
  CHECK(config.quantum == sc_time(10, sc_core::SC_US));
  CHECK(config.bus_latency == sc_time(10, SC_NS));
  CHECK(config.ram_access_latency == sc_time(30, SC_NS));
  CHECK(config.ram_beat_latency == sc_time(2.5, SC_NS));
  CHECK(config.ram_beat_bytes == 8);
  CHECK(config.timer_hz == 10000000);
  CHECK(config.timer_tick() == sc_time(100, SC_NS));
  CHECK(config.ram.base == 0x80000000);
  CHECK(config.ram.size == 64u << 20);
  CHECK(config.pim.base == 0x40000000);
  CHECK(config.interrupt_sources == 31);
  CHECK(config.pim_interrupt == 1);
  CHECK(config.firmware_memory().base == config.ram.base);
  CHECK(config.firmware_memory().end() == config.boot_info);
}

TEST_CASE("a system description says who goes first on the bus and how data reaches memory, or leaves it") {
  const SocConfig shipped = load_soc_config(default_path);
  CHECK(shipped.data_path == DataPath::Direct);
  CHECK(shipped.bus_arbitration == SocArbitration::RoundRobin);
  CHECK(shipped.bus_outstanding == 4);
  CHECK(shipped.bus_beat_latency == sc_time(5, SC_NS));
  CHECK(shipped.bus_beat_bytes == 16);
  CHECK(shipped.timing == TimingStyle::Loose);
  const auto parsed = [](const std::string& from, const std::string& to) {
    return parse_soc_config(Yaml::parse(with(from, to), "soc.yaml"));
  };
  CHECK(parsed("data_path: direct", "data_path: bus").data_path == DataPath::Bus);
  CHECK(parsed("  data_path: direct", "").data_path == DataPath::Direct);
  CHECK(parsed("arbitration: round_robin", "arbitration: chip_first").bus_arbitration == SocArbitration::ChipFirst);
  CHECK(parsed("arbitration: round_robin", "arbitration: host_first").bus_arbitration == SocArbitration::HostFirst);
  CHECK(parsed("  arbitration: round_robin", "").bus_arbitration == SocArbitration::RoundRobin);
  CHECK_THAT(refusal("arbitration: round_robin", "arbitration: lottery"),
             Contains("bus.arbitration") && Contains("chip_first"));
  CHECK_THAT(refusal("data_path: direct", "data_path: cached"), Contains("cpu.data_path") && Contains("bus"));
  CHECK_THAT(refusal("4 transactions", "0 transactions"), Contains("a whole number of transactions from 1 to 1024"));
}

TEST_CASE("a system description with an unknown key names the nearest valid one") {
  CHECK_THAT(refusal("  quantum:", "  quantom:"), Contains("unknown key 'quantom'; did you mean 'quantum'?"));
  CHECK_THAT(refusal("  uart:", "  usart:"), Contains("did you mean 'uart'?"));
  CHECK_THAT(refusal("0x00100000, size", "0x00100000, sise"), Contains("did you mean 'size'?"));
  CHECK_THAT(refusal("boot_info:", "bootinfo:"), Contains("did you mean 'boot_info'?"));
}

TEST_CASE("a system description with a wrong unit names key and unit") {
  CHECK_THAT(refusal("200 MHz", "200 ns"), Contains("cpu.clock.value: expected a quantity like '1.5 Hz'"));
  CHECK_THAT(refusal("30 ns", "30 MHz"), Contains("ram.access_latency.value: expected a quantity like '1.5 ps'"));
  CHECK_THAT(refusal("10 us", "10"), Contains("cpu.quantum.value"));
}

TEST_CASE("a parameter out of range is refused") {
  CHECK_THAT(refusal("200 MHz", "0 Hz"), Contains("expected a clock from 1 Hz to 100 GHz"));
  CHECK_THAT(refusal("10 us", "0 us"), Contains("cpu.quantum: must be at least 1 ps"));
  CHECK_THAT(refusal("10 us", "2000 s"), Contains("expected at most 1000 s"));
  CHECK_THAT(refusal("10 MHz", "3 MHz"), Contains("a tick must be a whole number of picoseconds"));
  CHECK_THAT(refusal("8 B", "0 B"), Contains("ram.beat_bytes"));
  CHECK_THAT(refusal("sources: 31", "sources: 1024"), Contains("expected a whole number from 1 to 1023"));
  CHECK_THAT(refusal("  pim: 1", "  pim: 32"), Contains("interrupts.pim: expected a whole number from 1 to 31"));
}

TEST_CASE("regions of the memory map that overlap are named with their addresses") {
  CHECK_THAT(refusal("base: 0x10000000", "base: 0x02000000"),
             Contains("overlaps memory_map.uart (0x2000000..0x2000fff)") && Contains("memory_map.clint.base"));
  CHECK_THAT(refusal("base: 0x40000000", "base: 0x83fff000"), Contains("overlaps memory_map.ram"));
}

TEST_CASE("regions of the memory map are aligned, of sufficient size and below 4 GiB") {
  CHECK_THAT(refusal("base: 0x40000000", "base: 0x40000004"),
             Contains("memory_map.pim.base: 0x40000004 is not a multiple"));
  CHECK_THAT(refusal("size: 64 MiB", "size: 65537 B"), Contains("memory_map.ram.size: 0x10001 is not a multiple"));
  CHECK_THAT(refusal("size: 64 MiB", "size: 0"), Contains("memory_map.ram.size: must not be 0"));
  CHECK_THAT(refusal("size: 4 MiB", "size: 2 MiB"), Contains("memory_map.plic.size: expected at least 0x400000"));
  CHECK_THAT(refusal("size: 64 MiB", "size: 4 GiB"), Contains("beyond the core's 32-bit addresses"));
  CHECK_THAT(refusal("base: 0x80000000", "base: 0x180000000"), Contains("beyond the core's 32-bit addresses"));
}

TEST_CASE("the boot information stands in RAM behind the firmware") {
  CHECK_THAT(refusal("boot_info: 0x80400000", "boot_info: 0x80400010"), Contains("is not a multiple of 0x1000"));
  CHECK_THAT(refusal("boot_info: 0x80400000", "boot_info: 0x80000000"), Contains("is not in RAM behind the firmware"));
  CHECK_THAT(refusal("boot_info: 0x80400000", "boot_info: 0x84000000"), Contains("is not in RAM behind the firmware"));
}

TEST_CASE("a mistake in a system description is located by line and column") {
  const std::string text = with("base: 0x40000000", "base: 0x40000004");
  const std::string before = text.substr(0, text.find("0x40000004"));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto column = before.size() - before.rfind('\n');
  CHECK_THAT(refusal("base: 0x40000000", "base: 0x40000004"),
             StartsWith("soc.yaml:" + std::to_string(line) + ":" + std::to_string(column) + ":"));
}
