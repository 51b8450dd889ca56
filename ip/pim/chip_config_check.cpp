#include "ip/pim/chip_config_check.h"

#include <fmt/format.h>

#include <cmath>

#include "core/errors.h"
#include "ip/pim/chip_limits.h"
#include "ip/pim/picoseconds.h"

namespace spinvp {
namespace {

class Checker {
 public:
  explicit Checker(const ChipConfig& config) : config_(config) {}

  [[noreturn]] void fail(const std::string& member, const std::string& problem) const {
    throw InputError(fmt::format("chip '{}': {} {}", config_.name, member, problem));
  }

  void count(const std::string& member, std::uint32_t value, chip_limits::CountRange range) const {
    if (value < range.least || value > range.most) {
      fail(member, fmt::format("is {}, expected {} to {}", value, range.least, range.most));
    }
  }

  // Refuses what is not a number as well.
  void quantity(const std::string& member, double value, double most) const {
    if (!(value >= 0 && value <= most)) {
      fail(member, fmt::format("is {}, expected 0 to {}", value, most));
    }
  }

  void latency(const std::string& member, double value) const { quantity(member, value, chip_limits::latency_ns); }
  void energy(const std::string& member, Femtojoules value) const {
    quantity(member + " in pJ", value.picojoules(), chip_limits::event_picojoules);
  }
  void leakage(const std::string& block, double value) const {
    quantity(block + ".leakage_watts", value, chip_limits::leakage_watts);
  }
  void area(const std::string& member, double value) const { quantity(member, value, chip_limits::area_um2); }
  void leakage_and_area(const std::string& block, double watts, double um2) const {
    leakage(block, watts);
    area(block + ".area_um2", um2);
  }

  void probability(const std::string& member, double value) const { quantity(member, value, 1); }

 private:
  const ChipConfig& config_;
};

void check_clock(const Checker& check, const ChipConfig& config) {
  const double megahertz = 1e-6 / config.clock_period.to_seconds();  // infinite for a period of 0
  if (megahertz < chip_limits::least_clock_mhz || megahertz > chip_limits::most_clock_mhz) {
    check.fail("clock_period", fmt::format("is {} ns, expected 0.01 ns (100 GHz) to 1 ms (1 kHz)",
                                           config.clock_period.to_seconds() * 1e9));
  }
  // Time is counted in picoseconds, and cycles by them.
  const double period_ps = config.clock_period.to_seconds() * 1e12;
  if (std::abs(period_ps - static_cast<double>(picoseconds(config.clock_period))) > 1e-4) {
    check.fail("clock_period", fmt::format("is {} ps, expected whole picoseconds", period_ps));
  }
}

void check_subarray(const Checker& check, const SubArrayCosts& subarray) {
  check.count("subarray.rows", subarray.rows, chip_limits::rows);
  check.count("subarray.columns", subarray.columns, chip_limits::columns);
  if (subarray.columns % chip_limits::columns_unit != 0) {
    check.fail("subarray.columns",
               fmt::format("is {}, expected a multiple of {}", subarray.columns, chip_limits::columns_unit));
  }
  check.latency("subarray.read_latency_ns", subarray.read_latency_ns);
  check.latency("subarray.write_latency_ns", subarray.write_latency_ns);
  check.energy("subarray.read_energy", subarray.read_energy);
  check.energy("subarray.and2_energy", subarray.and2_energy);
  check.energy("subarray.xor2_energy", subarray.xor2_energy);
  check.energy("subarray.maj3_energy", subarray.maj3_energy);
  check.energy("subarray.full_add_energy", subarray.full_add_energy);
  check.energy("subarray.write_energy", subarray.write_energy);
  check.leakage_and_area("subarray", subarray.leakage_watts, subarray.area_um2);
}

void check_engines(const Checker& check, const ChipConfig& config) {
  if (!config.accumulator.present && config.adder.scheme == AdditionScheme::None) {
    check.fail("accumulator.present", "is false and adder.scheme is None, expected a compute engine");
  }
  if (config.accumulator.present) {
    const auto& accumulator = config.accumulator;
    check.count("accumulator.pipeline_stages", accumulator.pipeline_stages, chip_limits::pipeline_stages);
    check.energy("accumulator.bit_count", accumulator.bit_count);
    check.energy("accumulator.shift_accumulate", accumulator.shift_accumulate);
    if (accumulator.nv_store_interval != 0) {
      check.count("accumulator.nv_store_interval", accumulator.nv_store_interval, chip_limits::nv_store_interval);
    }
    check.latency("accumulator.nv_store_latency_ns", accumulator.nv_store_latency_ns);
    check.energy("accumulator.nv_store", accumulator.nv_store);
    check.leakage_and_area("accumulator", accumulator.leakage_watts, accumulator.area_um2);
  }
  if (config.adder.scheme != AdditionScheme::None) {
    check.energy("adder.step", config.adder.step);
    check.leakage_and_area("adder", config.adder.leakage_watts, config.adder.area_um2);
    check.area("adder.level_control_area_um2", config.adder.level_control_area_um2);
    check.area("adder.lane_gather_area_um2", config.adder.lane_gather_area_um2);
  }
}

void check_buffer_and_dma(const Checker& check, const ChipConfig& config) {
  check.count("buffer.bytes", config.buffer.bytes, chip_limits::buffer_bytes);
  check.count("buffer.port_bytes", config.buffer.port_bytes, chip_limits::port_bytes);
  check.energy("buffer.read_byte", config.buffer.read_byte);
  check.energy("buffer.write_byte", config.buffer.write_byte);
  check.leakage_and_area("buffer", config.buffer.leakage_watts, config.buffer.area_um2);
  check.count("dma.bytes_per_cycle", config.dma.bytes_per_cycle, chip_limits::dma_bytes_per_cycle);
  check.count("dma.burst_bytes", config.dma.burst_bytes, chip_limits::burst_bytes);
  check.energy("dma.byte", config.dma.byte);
  check.leakage_and_area("dma", config.dma.leakage_watts, config.dma.area_um2);
  check.leakage_and_area("gather", config.gather.leakage_watts, config.gather.area_um2);
}

void check_digital_and_control(const Checker& check, const ChipConfig& config) {
  check.count("digital.lanes", config.digital.lanes, chip_limits::lanes);
  check.energy("digital.compare", config.digital.compare);
  check.energy("digital.pool", config.digital.pool);
  check.energy("digital.pack_bit", config.digital.pack_bit);
  check.count("digital.multipliers", config.digital.multipliers, chip_limits::multipliers);
  check.energy("digital.multiply", config.digital.multiply);
  check.leakage_and_area("digital", config.digital.leakage_watts, config.digital.area_um2);
  check.area("digital.multiplier_area_um2", config.digital.multiplier_area_um2);
  check.area("host_interface.area_um2", config.host_interface.area_um2);
  check.count("processor.queue_depth", config.processor.queue_depth, chip_limits::queue_depth);
  check.energy("processor.command", config.processor.command);
  check.leakage_and_area("processor", config.processor.leakage_watts, config.processor.area_um2);
}

void check_faults(const Checker& check, const ChipConfig& config) {
  const FaultConfig& faults = *config.faults;
  for (std::size_t i = 0; i < faults.sense_errors.size(); ++i) {
    check.probability(fmt::format("faults.sense_errors[{}]", i), faults.sense_errors[i]);
  }
  check.probability("faults.write_error", faults.write_error);
  check.probability("faults.stuck_density", faults.stuck_density);
  check.quantity("faults.retention_rate", faults.retention_rate, chip_limits::retention_rate);
  for (std::size_t i = 0; i < faults.cells.size(); ++i) {
    const FaultConfig::StuckCell& cell = faults.cells[i];
    if (cell.subarray >= config.subarrays() || cell.row >= config.rows() || cell.column >= config.columns()) {
      check.fail(fmt::format("faults.cells[{}]", i),
                 fmt::format("is sub-array {}, row {}, column {}, which the chip has not", cell.subarray, cell.row,
                             cell.column));
    }
  }
}

}  // namespace

void check_chip_config(const ChipConfig& config) {
  const Checker check(config);
  check_clock(check, config);
  check.count("banks", config.banks, chip_limits::banks);
  check.count("subarrays_per_bank", config.subarrays_per_bank, chip_limits::subarrays_per_bank);
  check_subarray(check, config.subarray);
  check_engines(check, config);
  check_buffer_and_dma(check, config);
  check_digital_and_control(check, config);
  if (config.faults) {
    check_faults(check, config);
  }
}

ChipConfig checked(ChipConfig config) {
  check_chip_config(config);
  return config;
}

}  // namespace spinvp
