#include "ip/pim/chip_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/yaml.h"
#include "ip/mram/costs.h"

namespace spinvp {
namespace {

std::uint32_t count(const Yaml& yaml, const std::string& unit, std::int64_t minimum, std::int64_t maximum) {
  return static_cast<std::uint32_t>(yaml.count(unit, minimum, maximum));
}

void read_organisation(const Yaml& yaml, const std::string& technology, ChipConfig& config) {
  yaml.allow({"banks", "subarrays_per_bank", "rows", "columns"});
  config.banks = count(yaml["banks"], "banks", 1, 4096);
  config.subarrays_per_bank = count(yaml["subarrays_per_bank"], "sub-arrays", 1, 256);
  const std::uint32_t rows = count(yaml["rows"], "rows", 2, 4096);
  const std::uint32_t columns = count(yaml["columns"], "columns", 64, 4096);
  if (columns % 64 != 0) {
    yaml["columns"]["value"].fail("expected a multiple of 64 columns");
  }
  config.subarray = load_technology(technology, rows, columns);
}

void read_accumulator(const Yaml& yaml, ChipConfig& config) {
  yaml.allow({"bit_counter", "pipeline_stages", "bit_count_energy", "shift_accumulate_energy", "leakage"});
  config.accumulator.bit_counter =
      yaml["bit_counter"].one_of({"tree", "serial"}) == "tree" ? BitCounter::Tree : BitCounter::Serial;
  config.accumulator.pipeline_stages = count(yaml["pipeline_stages"], "cycles", 1, 64);
  const double per_column = read_picojoules(yaml["bit_count_energy"], "pJ/column");
  config.accumulator.bit_count = from_picojoules(per_column * config.columns());
  config.accumulator.shift_accumulate = read_energy(yaml["shift_accumulate_energy"], "pJ");
  config.accumulator.leakage_watts = read_leakage_watts(yaml["leakage"]);
}

void read_buffer(const Yaml& yaml, ChipConfig& config) {
  yaml.allow({"size", "port_width", "read_energy", "write_energy", "leakage"});
  config.buffer.bytes = count(yaml["size"], "B", 1024, 1 << 30);
  config.buffer.port_bytes = count(yaml["port_width"], "B/cycle", 1, 4096);
  config.buffer.read_byte = read_energy(yaml["read_energy"], "pJ/B");
  config.buffer.write_byte = read_energy(yaml["write_energy"], "pJ/B");
  config.buffer.leakage_watts = read_leakage_watts(yaml["leakage"]);
}

void read_dma(const Yaml& yaml, ChipConfig& config) {
  yaml.allow({"width", "burst", "energy", "leakage"});
  config.dma.bytes_per_cycle = count(yaml["width"], "B/cycle", 1, 256);
  config.dma.burst_bytes = count(yaml["burst"], "B", 4, 4096);
  config.dma.byte = read_energy(yaml["energy"], "pJ/B");
  config.dma.leakage_watts = read_leakage_watts(yaml["leakage"]);
}

void read_digital(const Yaml& yaml, ChipConfig& config) {
  yaml.allow({"lanes", "compare_energy", "pool_energy", "pack_energy", "leakage"});
  config.digital.lanes = count(yaml["lanes"], "lanes", 1, 65536);
  config.digital.compare = read_energy(yaml["compare_energy"], "pJ");
  config.digital.pool = read_energy(yaml["pool_energy"], "pJ");
  config.digital.pack_bit = read_energy(yaml["pack_energy"], "pJ/bit");
  config.digital.leakage_watts = read_leakage_watts(yaml["leakage"]);
}

}  // namespace

std::uint32_t ChipConfig::cycles(double latency_ns) const {
  const double period_ns = clock_period.to_seconds() * 1e9;
  return static_cast<std::uint32_t>(std::max(1.0, std::ceil(latency_ns / period_ns - 1e-9)));
}

std::uint32_t ChipConfig::row_operation_cycles() const {
  const std::uint32_t counting = accumulator.bit_counter == BitCounter::Tree ? 1 : columns();
  return std::max(read_cycles(), counting);
}

SubArrayConfig ChipConfig::subarray_config() const {
  return {rows(), columns(), clock_period * read_cycles(), clock_period * write_cycles(), detail == Detail::Fast};
}

ChipConfig load_chip_config(const std::string& path) {
  const Yaml yaml = Yaml::load(path);
  yaml.allow({"name", "description", "technology", "clock", "organisation", "and_accumulator", "global_buffer", "dma",
              "row_gather", "digital_unit", "command_processor"});
  ChipConfig config;
  config.name = yaml["name"].text();
  const double megahertz = yaml["clock"].quantity("MHz").value;
  if (megahertz < 0.001 || megahertz > 1e5) {
    yaml["clock"]["value"].fail("expected a clock from 1 kHz to 100 GHz");
  }
  config.clock_period = sc_core::sc_time(std::round(1e6 / megahertz), sc_core::SC_PS);

  const auto technology = std::filesystem::path(path).parent_path() / yaml["technology"].text();
  if (!std::filesystem::exists(technology)) {
    yaml["technology"].fail(
        fmt::format("there is no file {} (the path is relative to this file)", technology.lexically_normal().string()));
  }
  read_organisation(yaml["organisation"], technology.lexically_normal().string(), config);
  read_accumulator(yaml["and_accumulator"], config);
  read_buffer(yaml["global_buffer"], config);
  read_dma(yaml["dma"], config);
  yaml["row_gather"].allow({"leakage"});
  config.gather.leakage_watts = read_leakage_watts(yaml["row_gather"]["leakage"]);
  read_digital(yaml["digital_unit"], config);

  const Yaml processor = yaml["command_processor"];
  processor.allow({"queue_depth", "command_energy", "leakage"});
  config.processor.queue_depth = count(processor["queue_depth"], "commands", 1, 1024);
  config.processor.command = read_energy(processor["command_energy"], "pJ");
  config.processor.leakage_watts = read_leakage_watts(processor["leakage"]);
  return config;
}

}  // namespace spinvp
