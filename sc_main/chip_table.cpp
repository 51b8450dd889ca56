#include "sc_main/chip_table.h"

#include <fmt/format.h>

#include <vector>

#include "ip/pim/chip_area.h"

namespace spinvp {
namespace {

void print_costs(const SubArrayCosts& costs) {
  fmt::print("\nA sub-array: sense {:.3f} ns, write {:.3f} ns, leakage {:.3g} uW\n", costs.read_latency_ns,
             costs.write_latency_ns, costs.leakage_watts * 1e6);
  fmt::print("{:<20}  {:>10}\n", "row operation", "pJ");
  const auto line = [](const char* name, Femtojoules energy) {
    fmt::print("{:<20}  {:>10.2f}\n", name, energy.picojoules());
  };
  line("READ", costs.read_energy);
  line("AND2, OR2", costs.and2_energy);
  line("XOR2", costs.xor2_energy);
  line("AND3, OR3, MAJ3", costs.maj3_energy);
  line("FULL ADD", costs.full_add_energy);
  line("WRITE", costs.write_energy);
}

void print_area(const std::vector<AreaPart>& parts) {
  const double total = total_area_um2(parts);
  fmt::print("\nArea, without wiring between the blocks and pads\n");
  fmt::print("{:<20}  {:>6}  {:>12}  {:>10}  {:>6}\n", "part", "count", "each um2", "mm2", "share");
  for (const AreaPart& part : parts) {
    fmt::print("{:<20}  {:>6}  {:>12.0f}  {:>10.4f}  {:>4.1f} %\n", part.name, part.count, part.each_um2,
               part.total_um2() / 1e6, total > 0 ? 100 * part.total_um2() / total : 0);
  }
  fmt::print("{:<20}  {:>6}  {:>12}  {:>10.4f}  {:>4.1f} %\n", "total", "", "", total / 1e6, 100.0);
}

}  // namespace

void print_chip(const ChipConfig& config) {
  fmt::print("{}: {} banks x {} sub-arrays of {} x {} ({:.1f} Mb), clock {:.4g} MHz\n", config.name, config.banks,
             config.subarrays_per_bank, config.rows(), config.columns(),
             static_cast<double>(config.subarrays()) * config.rows() * config.columns() / (1 << 20),
             1e-6 / config.clock_period.to_seconds());
  print_costs(config.subarray);
  print_area(chip_area(config));
}

}  // namespace spinvp
