#include "ip/config/chip_file.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "core/yaml.h"
#include "ip/config/costs.h"
#include "ip/config/fault_reader.h"
#include "ip/config/technology_file.h"
#include "ip/pim/chip_limits.h"

namespace spinvp {
namespace {

std::uint32_t count(const Yaml& yaml, const std::string& unit, chip_limits::CountRange range) {
  return static_cast<std::uint32_t>(yaml.count(unit, range.least, range.most));
}

void read_organisation(const Yaml& yaml, const std::string& technology, ChipConfig& config) {
  yaml.allow({"banks", "subarrays_per_bank", "rows", "columns"});
  config.banks = count(yaml["banks"], "banks", chip_limits::banks);
  config.subarrays_per_bank = count(yaml["subarrays_per_bank"], "sub-arrays", chip_limits::subarrays_per_bank);
  const std::uint32_t rows = count(yaml["rows"], "rows", chip_limits::rows);
  const std::uint32_t columns = count(yaml["columns"], "columns", chip_limits::columns);
  if (columns % chip_limits::columns_unit != 0) {
    yaml["columns"]["value"].fail("expected a multiple of 64 columns");
  }
  config.subarray = load_technology(technology, rows, columns);
}

void read_accumulator(const Yaml& yaml, ChipConfig& config) {
  yaml.allow({"bit_counter", "pipeline_stages", "bit_count_energy", "shift_accumulate_energy", "accumulator",
              "nv_store", "leakage", "area"});
  config.accumulator.present = true;
  config.accumulator.bit_counter =
      yaml["bit_counter"].one_of({"tree", "serial"}) == "tree" ? BitCounter::Tree : BitCounter::Serial;
  config.accumulator.pipeline_stages = count(yaml["pipeline_stages"], "cycles", chip_limits::pipeline_stages);
  const double per_column = read_picojoules(yaml["bit_count_energy"], "pJ/column");
  config.accumulator.bit_count = from_picojoules(per_column * config.columns());
  config.accumulator.shift_accumulate = read_energy(yaml["shift_accumulate_energy"], "pJ");
  config.accumulator.leakage_watts = read_leakage_watts(yaml["leakage"]);
  config.accumulator.area_um2 = read_area(yaml["area"]);
  if (yaml["accumulator"].one_of({"cmos", "nv_fa"}) == "nv_fa") {
    const Yaml store = yaml["nv_store"];
    store.allow({"interval", "latency", "energy"});
    config.accumulator.nv_store_interval = count(store["interval"], "accumulations", chip_limits::nv_store_interval);
    config.accumulator.nv_store_latency_ns = read_latency_ns(store["latency"]);
    config.accumulator.nv_store = read_energy(store["energy"], "pJ");
  }
}

void read_adder(const Yaml& yaml, ChipConfig& config) {
  yaml.allow({"scheme", "carry_write_back", "sum_write_cycle", "step_energy", "leakage", "area", "level_control_area",
              "lane_gather_area"});
  config.adder.scheme = yaml["scheme"].one_of({"A", "B"}) == "A" ? AdditionScheme::A : AdditionScheme::B;
  config.adder.carry_write_back = yaml["carry_write_back"].boolean();
  config.adder.sum_write_cycle = yaml["sum_write_cycle"].boolean();
  config.adder.step = read_energy(yaml["step_energy"], "pJ");
  config.adder.leakage_watts = read_leakage_watts(yaml["leakage"]);
  config.adder.area_um2 = read_area(yaml["area"]);
  config.adder.level_control_area_um2 = read_area(yaml["level_control_area"]);
  config.adder.lane_gather_area_um2 = read_area(yaml["lane_gather_area"]);
}

void read_buffer(const Yaml& yaml, ChipConfig& config) {
  yaml.allow({"size", "port_width", "read_energy", "write_energy", "leakage", "area"});
  config.buffer.bytes = count(yaml["size"], "B", chip_limits::buffer_bytes);
  config.buffer.port_bytes = count(yaml["port_width"], "B/cycle", chip_limits::port_bytes);
  config.buffer.read_byte = read_energy(yaml["read_energy"], "pJ/B");
  config.buffer.write_byte = read_energy(yaml["write_energy"], "pJ/B");
  config.buffer.leakage_watts = read_leakage_watts(yaml["leakage"]);
  config.buffer.area_um2 = read_area(yaml["area"]);
}

void read_dma(const Yaml& yaml, ChipConfig& config) {
  yaml.allow({"width", "burst", "energy", "leakage", "area"});
  config.dma.bytes_per_cycle = count(yaml["width"], "B/cycle", chip_limits::dma_bytes_per_cycle);
  config.dma.burst_bytes = count(yaml["burst"], "B", chip_limits::burst_bytes);
  config.dma.byte = read_energy(yaml["energy"], "pJ/B");
  config.dma.leakage_watts = read_leakage_watts(yaml["leakage"]);
  config.dma.area_um2 = read_area(yaml["area"]);
}

void read_digital(const Yaml& yaml, ChipConfig& config) {
  yaml.allow({"lanes", "compare_energy", "pool_energy", "pack_energy", "multipliers", "multiply_energy", "leakage",
              "area", "multiplier_area"});
  config.digital.lanes = count(yaml["lanes"], "lanes", chip_limits::lanes);
  config.digital.compare = read_energy(yaml["compare_energy"], "pJ");
  config.digital.pool = read_energy(yaml["pool_energy"], "pJ");
  config.digital.pack_bit = read_energy(yaml["pack_energy"], "pJ/bit");
  config.digital.multipliers = count(yaml["multipliers"], "multipliers", chip_limits::multipliers);
  config.digital.multiply = read_energy(yaml["multiply_energy"], "pJ");
  config.digital.leakage_watts = read_leakage_watts(yaml["leakage"]);
  config.digital.area_um2 = read_area(yaml["area"]);
  config.digital.multiplier_area_um2 = read_area(yaml["multiplier_area"]);
}

}  // namespace

ChipConfig load_chip_config(const std::string& path) {
  const Yaml yaml = Yaml::load(path);
  yaml.allow({"name", "description", "technology", "clock", "organisation", "and_accumulator", "in_memory_adder",
              "global_buffer", "dma", "row_gather", "digital_unit", "host_interface", "command_processor", "faults"});
  ChipConfig config;
  config.name = yaml["name"].text();
  if (config.name.empty()) {
    yaml["name"].fail("expected a name, found an empty text");
  }
  const double megahertz = yaml["clock"].quantity("MHz").value;
  if (megahertz < chip_limits::least_clock_mhz || megahertz > chip_limits::most_clock_mhz) {
    yaml["clock"]["value"].fail("expected a clock from 1 kHz to 100 GHz");
  }
  const double period_ps = std::round(1e6 / megahertz);
  config.clock_period = sc_core::sc_time(period_ps, sc_core::SC_PS);
  if (std::abs(config.clock_period.to_seconds() * 1e12 - period_ps) > 0.5) {
    yaml["clock"]["value"].fail(
        fmt::format("expected a clock whose period is a multiple of SystemC's time resolution, "
                    "{}; it is {} ps",
                    sc_core::sc_get_time_resolution().to_string(), period_ps));
  }

  const auto technology = std::filesystem::path(path).parent_path() / yaml["technology"].text();
  std::error_code unknown;  // whoever opens it says why
  if (!std::filesystem::exists(technology, unknown) && !unknown) {
    yaml["technology"].fail(
        fmt::format("there is no file {} (the path is relative to this file)", technology.lexically_normal().string()));
  }
  read_organisation(yaml["organisation"], technology.lexically_normal().string(), config);
  if (yaml.has("and_accumulator")) {
    read_accumulator(yaml["and_accumulator"], config);
  }
  if (yaml.has("in_memory_adder")) {
    read_adder(yaml["in_memory_adder"], config);
  }
  if (!config.accumulator.present && config.adder.scheme == AdditionScheme::None) {
    yaml.fail("expected a compute engine: and_accumulator, in_memory_adder or both");
  }
  read_buffer(yaml["global_buffer"], config);
  read_dma(yaml["dma"], config);
  yaml["row_gather"].allow({"leakage", "area"});
  config.gather.leakage_watts = read_leakage_watts(yaml["row_gather"]["leakage"]);
  config.gather.area_um2 = read_area(yaml["row_gather"]["area"]);
  read_digital(yaml["digital_unit"], config);

  yaml["host_interface"].allow({"area"});
  config.host_interface.area_um2 = read_area(yaml["host_interface"]["area"]);

  const Yaml processor = yaml["command_processor"];
  processor.allow({"queue_depth", "command_energy", "leakage", "area"});
  config.processor.queue_depth = count(processor["queue_depth"], "commands", chip_limits::queue_depth);
  config.processor.command = read_energy(processor["command_energy"], "pJ");
  config.processor.leakage_watts = read_leakage_watts(processor["leakage"]);
  config.processor.area_um2 = read_area(processor["area"]);
  if (yaml.has("faults")) {
    config.faults = std::make_shared<const FaultConfig>(read_faults(
        yaml["faults"], technology.lexically_normal().string(), config.subarrays(), config.rows(), config.columns()));
  }
  return config;
}

}  // namespace spinvp
