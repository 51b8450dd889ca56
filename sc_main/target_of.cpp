#include "sc_main/target_of.h"

#include <algorithm>

#include "platform/soc_config.h"

namespace spinvp {
namespace {

network::ChipSpeed speed_of(const ChipConfig& config) {
  const std::uint32_t sensing = (config.adder.scheme == AdditionScheme::A ? 2 : 1) * config.read_cycles();
  const std::uint32_t writing = config.write_cycles();
  network::ChipSpeed speed;
  speed.row_operation_cycles = config.row_operation_cycles();
  speed.row_write_cycles = config.write_cycles();
  speed.dma_bytes_per_cycle = config.dma.bytes_per_cycle;
  speed.addition_bit_cycles = (config.adder.sum_write_cycle ? sensing + writing : std::max(sensing, writing)) +
                              (config.adder.carry_write_back ? writing : 0);
  speed.multiplies_per_cycle = config.digital.multipliers;
  speed.buffer_bytes_per_cycle = config.buffer.port_bytes;
  speed.digital_lanes = config.digital.lanes;
  speed.row_read_cycles = config.read_cycles();
  speed.pipeline_cycles = config.accumulator.pipeline_stages;
  speed.nv_store_interval = config.accumulator.nv_store_interval;
  speed.nv_store_cycles = config.cycles(config.accumulator.nv_store_latency_ns);
  speed.subarrays_per_bank = config.subarrays_per_bank;
  speed.dma_burst_bytes = config.dma.burst_bytes;
  speed.clock_ns = config.clock_period.to_seconds() * 1e9;
  return speed;
}

network::ChipEnergy energy_of(const ChipConfig& config) {
  const SubArrayCosts& costs = config.subarray;
  const bool two_senses = config.adder.scheme == AdditionScheme::A;
  network::ChipEnergy energy;
  energy.row_operation = costs.and2_energy.picojoules() + config.accumulator.bit_count.picojoules() +
                         config.accumulator.shift_accumulate.picojoules();
  energy.nv_store = config.accumulator.nv_store.picojoules();
  energy.row_read = costs.read_energy.picojoules();
  energy.row_write = costs.write_energy.picojoules();
  energy.addition_bit =
      two_senses ? costs.maj3_energy.picojoules() + costs.xor2_energy.picojoules() : costs.full_add_energy.picojoules();
  energy.addition_bit += costs.write_energy.picojoules() * (config.adder.carry_write_back ? 2 : 1);
  energy.addition_bit += config.adder.step.picojoules() * (two_senses ? 2 : 1);
  energy.multiply = config.digital.multiply.picojoules();
  energy.buffer_byte = (config.buffer.read_byte.picojoules() + config.buffer.write_byte.picojoules()) / 2;
  energy.dma_byte = config.dma.byte.picojoules();
  energy.compare = config.digital.compare.picojoules();
  energy.pool = config.digital.pool.picojoules();
  energy.pack_bit = config.digital.pack_bit.picojoules();
  energy.command = config.processor.command.picojoules();
  const double watts =
      config.subarrays() * (costs.leakage_watts + config.accumulator.leakage_watts + config.adder.leakage_watts) +
      config.buffer.leakage_watts + config.dma.leakage_watts + config.gather.leakage_watts +
      config.digital.leakage_watts + config.processor.leakage_watts;
  energy.leakage_per_ns = watts * 1e3;  // W x ns = nJ = 1,000 pJ
  return energy;
}

}  // namespace

network::ChipTarget target_of(const ChipConfig& config) {
  network::ChipTarget target;
  target.name = config.name;
  target.rows = config.rows();
  target.columns = config.columns();
  target.subarrays = config.subarrays();
  target.buffer_bytes = config.buffer.bytes;
  target.speed = speed_of(config);
  target.energy = energy_of(config);
  target.and_accumulate = config.accumulator.present;
  target.adder = config.adder.scheme != AdditionScheme::None;
  target.adder_is_single_cycle = config.adder.scheme == AdditionScheme::B;
  target.digital = config.digital.multipliers > 0;
  return target;
}

network::ChipTarget target_of(const ChipConfig& config, const platform::SocConfig& soc) {
  network::ChipTarget target = target_of(config);
  target.speed.memory_burst_ns = (soc.bus_latency + soc.ram_access_latency).to_seconds() * 1e9;
  target.speed.memory_byte_ns = soc.ram_beat_latency.to_seconds() * 1e9 / soc.ram_beat_bytes;
  return target;
}

}  // namespace spinvp
