#pragma once

#include "ip/pim/chip_config.h"

/// A chip described in code: two sub-arrays of 64 rows x 512 columns with AND-accumulation at 500 MHz. The costs are
/// assumed, near those of configs/chips/imce.yaml, which says where each of its numbers comes from; what is left out
/// costs nothing.
inline spinvp::ChipConfig small_chip() {
  using spinvp::Femtojoules;
  spinvp::ChipConfig chip;
  chip.name = "small";
  chip.clock_period = sc_core::sc_time(2, sc_core::SC_NS);
  chip.banks = 1;
  chip.subarrays_per_bank = 2;
  chip.subarray.rows = 64;
  chip.subarray.columns = 512;
  chip.subarray.read_latency_ns = 1.3;
  chip.subarray.write_latency_ns = 1.5;
  chip.subarray.read_energy = Femtojoules(60'000);
  chip.subarray.and2_energy = Femtojoules(70'000);
  chip.subarray.write_energy = Femtojoules(100'000);
  chip.subarray.leakage_watts = 10e-6;
  chip.accumulator.present = true;
  chip.accumulator.pipeline_stages = 3;
  chip.accumulator.bit_count = Femtojoules(5'000);
  chip.accumulator.shift_accumulate = Femtojoules(200);
  chip.buffer.bytes = 4096;
  chip.buffer.port_bytes = 64;
  chip.buffer.read_byte = Femtojoules(500);
  chip.buffer.write_byte = Femtojoules(500);
  chip.dma.bytes_per_cycle = 16;
  chip.dma.burst_bytes = 256;
  chip.dma.byte = Femtojoules(2'000);
  chip.digital.lanes = 16;
  chip.digital.multipliers = 1;
  chip.processor.queue_depth = 4;
  chip.processor.command = Femtojoules(20'000);
  return chip;
}
